/**
 * Which passwords are refused: those that are guessed first. Length is asked for by the contract;
 * there are no rules about kinds of characters, since those make worse passwords. Pure.
 */

/** The commonest of those that leaked, of twelve characters and more; but for patterns. */
const COMMONEST = new Set(
  `administrator adminadmin123 administrador abcdefg12345 basketball123 bismillah123
  changeme1234 changemenow1 chocolate123 computer1234 defaultpassword football1234 galatasaray1905
  hello1234567 iloveyou1234 iloveyou12345 iloveyouforever iloveyousomuch jesuschrist1 letmein12345
  liverpool123 liverpoolfc1 manchester123 manchesterunited master123456 minecraft123 monkey123456
  motherfucker mynameisjohn mypassword12 mypassword123 p@ssw0rd1234 p@ssword1234 pa55word1234
  passw0rd1234 password1234 password12345 password123456 password1234567 password12345678
  password123456789 passwordpassword pokemon12345 princess1234 qazwsxedc123 qwerty123456
  qwerty1234567 qwerty12345678 qwertyuiop12 qwertyuiop123 qwertyuiop1234567890 rockyou12345
  scoobydoo123 secret123456 sunshine1234 superman1234 superstar123 tinkerbell123 trustno1trustno1
  unbelievable undertaker123 welcome12345 welcome123456 whatever1234 1q2w3e4r5t6y 1qaz2wsx3edc
  1qaz2wsx3edc4rfv q1w2e3r4t5y6 zaq12wsxcde3 zxcvbnm12345 zxcvbnm123456 asdfghjkl123 asdfghjkl1234
  correcthorsebatterystaple`.split(/\s+/),
);
/** Runs along a keyboard or an alphabet, both ways. */
const RUNS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiopasdfghjklzxcvbnm'];
const UNIT_MOST = 6;
/** Fewer different characters than this are a pattern. */
const DIFFERENT_LEAST = 5;

/** One short piece again and again, or one run from its beginning to its end. */
function isPattern(text: string): boolean {
  if (new Set(text).size < DIFFERENT_LEAST) return true;
  for (let length = 1; length <= UNIT_MOST; length++) {
    const unit = text.slice(0, length);
    if (unit.repeat(Math.ceil(text.length / length)).slice(0, text.length) === text) return true;
  }
  return RUNS.some((run) => {
    const [twice, back] = [run + run, [...run].reverse().join('')];
    return twice.includes(text) || (back + back).includes(text);
  });
}

/** Why a password cannot be used; undefined: it can. `email` is whose it is to be. */
export function refusalOf(password: string, email: string): string | undefined {
  const text = password.normalize('NFKC').toLowerCase();
  if (COMMONEST.has(text) || isPattern(text)) {
    return 'It is one of the passwords that are guessed first.';
  }
  const [local = ''] = email.toLowerCase().split('@');
  const rest = text.replaceAll(email.toLowerCase(), '').replaceAll(local, '').replace(/\d+/g, '');
  if (rest.length < text.length && rest.length <= 3) return 'It is made of the e-mail.';
  return undefined;
}

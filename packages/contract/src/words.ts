/**
 * Words for search: how a text becomes words, the same for the indexes, for the questions and for
 * the test of each answer. Owns folding and cutting. Never knows where words are kept.
 *
 * Folding makes `MÜLLER`, `Müller` and `muller`, or `İstanbul` and `istanbul`, one word: Unicode's
 * compatibility form (NFKC), case folded, without the diacritics that Latin, Greek and Cyrillic
 * letters carry. Scripts without spaces between words are cut into single characters and pairs.
 */

/** Characters of a word that count; a longer one is cut. */
export const WORD_LENGTH = 64;

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the ASCII characters.
const ASCII = /^[\u0000-\u007f]*$/;
const DIACRITICS = /[\u0300-\u036f]/g;
const WORDS = /[\p{L}\p{N}\p{M}]+/gu;
const UNSPACED_SCRIPTS = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar'];
const UNSPACED = new RegExp(
  `[${UNSPACED_SCRIPTS.map((name) => `\\p{Script=${name}}`).join('')}]`,
  'u',
);
const UNSPACED_RUNS = new RegExp(`(?:${UNSPACED.source}\\p{M}*)+|[^]`, 'gu');

/** One form for all spellings that a reader would call the same. Folding twice is once. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const plain = text.normalize('NFKD').replace(DIACRITICS, '');
  // By upper case, for ß, ı and ſ have no other lower case; by lower case before, for ẞ.
  const folded = plain.toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKD').replace(DIACRITICS, '').normalize('NFC');
}

const LETTER_BEFORE = /[\p{L}\p{N}\p{M}]$/u;
const LETTER_AFTER = /^[\p{L}\p{N}\p{M}]/u;

/** Whether a word may end between two texts: beside no letter, or where none is written apart. */
const isBorder = (before: string, after: string): boolean => {
  const [last = ''] = LETTER_BEFORE.exec(before) ?? [];
  const [first = ''] = LETTER_AFTER.exec(after) ?? [];
  return last === '' || first === '' || UNSPACED.test(last) || UNSPACED.test(first);
};

/** Whether a folded text holds another one that neither begins nor ends inside a word. */
export function holdsWhole(text: string, part: string): boolean {
  if (part === '') return false;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const end = at + part.length;
    // Two units, for the letters that take two.
    const before = text.slice(Math.max(0, at - 2), at);
    const after = text.slice(end, end + 2);
    if (isBorder(before, part.slice(0, 2)) && isBorder(part.slice(-2), after)) return true;
  }
  return false;
}

function cut(word: string): string {
  if (word.length <= WORD_LENGTH) return word;
  const short = word.slice(0, WORD_LENGTH);
  return short.isWellFormed() ? short : short.slice(0, -1);
}

/** Single characters and pairs, in order: `東京都` is 東 東京 京 京都 都. */
function pushUnspaced(words: string[], run: string): void {
  const characters = [...run];
  for (const [index, character] of characters.entries()) {
    words.push(character);
    const next = characters[index + 1];
    if (next !== undefined) words.push(character + next);
  }
}

/** Words of a text in their order, folded. */
export function wordsOf(text: string): string[] {
  const folded = fold(text);
  const found = folded.match(WORDS) ?? [];
  if (ASCII.test(folded) || !UNSPACED.test(folded)) return found.map(cut);
  const words: string[] = [];
  for (const word of found) {
    let spaced = '';
    const flush = () => {
      if (spaced !== '') words.push(cut(spaced));
      spaced = '';
    };
    for (const [part] of word.matchAll(UNSPACED_RUNS)) {
      if (UNSPACED.test(part)) {
        flush();
        pushUnspaced(words, part);
      } else {
        spaced += part;
      }
    }
    flush();
  }
  return words;
}

/** Words for search: one form for what a reader calls the same, the same for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fold, WORD_LENGTH, wordsOf } from './words.ts';

test('folding: case, umlauts, ligatures, widths, Turkish i, final sigma', () => {
  const same = [
    ['MÜLLER', 'Müller', 'mu\u0308ller', 'muller'],
    ['İstanbul', 'ISTANBUL', 'istanbul', 'ıstanbul'],
    ['Straße', 'STRASSE', 'strasse'],
    ['ΟΔΟΣ', 'οδος', 'οδοσ', 'ὁδός'],
    ['ﬁle', 'FILE', 'ｆｉｌｅ'],
    ['Čaka Ø', 'caka Ø', 'CAKA ø'],
    ['Ёлка', 'елка'],
    ['①', '1'],
  ];
  for (const [first = '', ...others] of same) {
    for (const other of others) assert.equal(fold(other), fold(first), other);
  }
  assert.notEqual(fold('ä'), fold('b'));
  assert.notEqual(fold('が'), fold('か'), 'marks of other scripts tell words apart');
});

test('folding twice is folding once, for every character', () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const once = fold(String.fromCodePoint(code));
    if (fold(once) !== once) assert.fail(`U+${code.toString(16)}: ${once} ${fold(once)}`);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(fold(fold(text)), fold(text));
    }),
  );
});

test('words: letters, digits and their marks; all else parts them', () => {
  assert.deepEqual(wordsOf('dana.weiss@acme.example'), ['dana', 'weiss', 'acme', 'example']);
  assert.deepEqual(wordsOf('invoice_created /roles/0'), ['invoice', 'created', 'roles', '0']);
  assert.deepEqual(wordsOf('203.0.113.7'), ['203', '0', '113', '7']);
  assert.deepEqual(wordsOf('नमस्ते दुनिया'), ['नमस्ते', 'दुनिया']);
  assert.deepEqual(wordsOf(' …!? '), []);
});

test('words of scripts without spaces: characters and pairs', () => {
  assert.deepEqual(wordsOf('東京都'), ['東', '東京', '京', '京都', '都']);
  assert.deepEqual(wordsOf('v2東京ok'), ['v2', '東', '東京', '京', 'ok']);
  assert.deepEqual(wordsOf('한국어 텍스트'), ['한국어', '텍스트']);
  assert.ok(wordsOf('ภาษาไทย').length > 1);
});

test('a long word is cut, never inside a character', () => {
  assert.deepEqual(wordsOf('a'.repeat(200)), ['a'.repeat(WORD_LENGTH)]);
  const [word = ''] = wordsOf(`a${'𐐨'.repeat(100)}`);
  assert.ok(word.isWellFormed() && word.length <= WORD_LENGTH);
});

test('words of words are themselves, so an index and a question agree', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      for (const word of wordsOf(text)) {
        const again = wordsOf(word);
        assert.ok(again.includes(word) || again.join('') === word, JSON.stringify([word, again]));
      }
    }),
  );
});

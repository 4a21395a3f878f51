/**
 * Text of events on a terminal. Whoever is recorded chooses names and user agents: printed as
 * they are, they could move the cursor, retitle the window or forge lines. Owns that cleaning
 * and the width of text; every value that is shown goes through here.
 */

/** Control characters (C0, DEL, C1), line separators, and characters that turn writing round. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;
const BREAKS = /[\t\r\n\u2028\u2029]+/g;
/** In JSON all of C0 is escaped already; the rest is not. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Characters that take two columns: East Asian writing and emoji. */
const WIDE = new RegExp(
  '^[\\p{Emoji_Presentation}\\p{scx=Han}\\p{scx=Hangul}' +
    '\\p{scx=Hiragana}\\p{scx=Katakana}\\uff01-\\uff60]',
  'u',
);
const EMOJI_STYLE = '\ufe0f';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line that no terminal acts upon: breaks become blanks, the rest that is unsafe `�`. */
export const clean = (text: string): string =>
  PRINTABLE_ASCII.test(text) ? text : text.replace(BREAKS, ' ').replace(UNSAFE, '\ufffd');

/** JSON, or YAML whose quoted texts escape C0, with what a terminal would act upon escaped. */
export const escapeUnsafe = (text: string): string =>
  text.replace(
    UNSAFE_IN_JSON,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** JSON of the value on one line, with what a terminal would act upon escaped. */
export const cleanJson = (value: unknown): string => escapeUnsafe(JSON.stringify(value));

const graphemeWidth = (grapheme: string): number =>
  WIDE.test(grapheme) || grapheme.includes(EMOJI_STYLE) ? 2 : 1;

/** Columns that clean text takes on a terminal. */
export const widthOf = (text: string): number => {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
};

/** The text if it fits into `width` columns, else its beginning and an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
};

/** The text with blanks behind it, `width` columns in all. */
export const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Markdown tables in the form that the formatter keeps. */

/** Texts here have no wide characters, so a code point is a column. */
const widthOf = (text: string): number => [...text].length;
const cellOf = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim();

/** A table with its columns in line. In: one text a column and row. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => titles.map((_, column) => cellOf(row[column] ?? '')));
  const widths = titles.map((title, column) =>
    Math.max(3, widthOf(title), ...cells.map((row) => widthOf(row[column] ?? ''))),
  );
  const line = (row: readonly string[]): string => {
    const padded = widths.map((width, column) => {
      const text = row[column] ?? '';
      return text + ' '.repeat(width - widthOf(text));
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(titles), line(rule), ...cells.map(line)].join('\n');
}

export const code = (text: string): string => `\`${text}\``;

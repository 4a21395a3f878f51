/** The guide's page about imports, for tests that hold it against the importers' tables. */
import { readFile } from 'node:fs/promises';

const PAGE = new URL('../../../docs/guide/import.md', import.meta.url);

/** The section with this title, to the next one. */
export const guideSection = async (title: string): Promise<string> => {
  const [, after = ''] = (await readFile(PAGE, 'utf8')).split(`\n## ${title}\n`);
  return after.split('\n## ')[0] ?? '';
};

/** The rows that say what a table of fields says, one a field. */
export const guideRows = (table: Readonly<Record<string, readonly string[] | undefined>>) =>
  Object.entries(table).map(
    ([field, places = []]) =>
      `| ${places.map((place) => `\`${place}\``).join(', else ')} | \`${field}\` |`,
  );

/** Which of the words the section does not name. */
export const unnamed = (section: string, words: readonly string[]): string[] =>
  words.filter((word) => !section.includes(`\`${word}\``));

/** The guide to the query language says what the language does: nothing in it may rot. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseQuery, QUERY_KEYS, QUERY_LIMITS, QueryError } from '@annals/contract/query';

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = await read('docs/guide/query.md');

const sectionOf = (title: string): string => {
  const [, after = ''] = page.split(`\n## ${title}\n`);
  return after.split('\n## ')[0] ?? '';
};
/** Cells of the rows of a section's table, without its head. */
const rowsOf = (title: string): string[][] =>
  sectionOf(title)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
const codesIn = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

test('every query of the guides can be read', async () => {
  const blocks = [...page.matchAll(/```query\n(.*?)```/gs)].flatMap(([, text = '']) =>
    text.trimEnd().split('\n'),
  );
  const cells = [
    ...rowsOf('Values').flatMap(([first = '']) => codesIn(first)),
    ...rowsOf('Keys').flatMap((cell) => codesIn(cell.at(-1) ?? '')),
    ...rowsOf('When it cannot be read').flatMap((cell) => codesIn(cell.at(-1) ?? '')),
  ];
  const words = codesIn(sectionOf('Words').replace(/`metadata\.original`/, ''));
  const others = await Promise.all(
    ['reading', 'demo', 'operating'].map((name) => read(`docs/guide/${name}.md`)),
  );
  const flags = [page, ...others].flatMap((text) => [
    ...[...text.matchAll(/ -q '([^']+)'/g)].map(([, query = '']) => query),
    ...[...text.matchAll(/--data-urlencode 'q=([^']+)'/g)].map(([, query = '']) => query),
  ]);
  const bad = 'outcome:denied who:ada';
  const queries = [...blocks, ...cells, ...words, ...flags].filter((query) => query !== bad);
  assert(blocks.length > 10 && cells.length > 40 && words.length > 5 && flags.length > 5);
  for (const query of queries) assert.doesNotThrow(() => parseQuery(query), query);
});

test('every key has its row, with an example that uses it', () => {
  const rows = rowsOf('Keys').map((cells) => [cells[0] ?? '', cells.at(-1) ?? '']);
  const keys = rows.map(([first = '']) => codesIn(first)[0]?.replace('.NAME', ''));
  assert.deepEqual(keys.toSorted(), [...QUERY_KEYS].toSorted());
  for (const [at, [, example = '']] of rows.entries()) {
    assert(example.startsWith(`\`${keys[at]}`), example);
  }
});

test('what cannot be read is told as the guide says', () => {
  const rows = rowsOf('When it cannot be read');
  assert(rows.length > 5);
  for (const [wrong = '', told = ''] of rows) {
    const [query = ''] = codesIn(wrong);
    assert.throws(
      () => parseQuery(query),
      (error) => error instanceof QueryError && error.hint.includes(told.replaceAll('\\', '')),
      query,
    );
  }
  const bad = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '').errors[0];
  assert.throws(() => parseQuery('outcome:denied who:ada'), {
    position: bad.position,
    expected: bad.expected,
    hint: bad.hint,
    message: bad.detail,
  });
});

test('grammar and limits are those of the language', async () => {
  const source = await read('packages/contract/src/query.ts');
  for (const line of sectionOf('Grammar').split('```')[1]?.split('\n').slice(1, -1) ?? []) {
    assert(source.includes(` *     ${line}\n`), line);
  }
  const { length, terms, depth } = QUERY_LIMITS;
  const limits = `${length.toLocaleString('en')} characters, ${terms} terms and ${depth} groups`;
  assert(page.includes(limits), limits);
});

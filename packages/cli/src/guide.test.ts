/** The guides to queries and definitions say what these do: nothing in them may rot. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { type Definition, ViewDefinition } from '@annals/contract/definition';
import { diffDefinitions } from '@annals/contract/diff-definitions';
import { parseQuery, QUERY_KEYS, QUERY_LIMITS, QueryError } from '@annals/contract/query';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';
import { changeLines } from './definition-changes.ts';
import { parseDefinition } from './definition-file.ts';

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
    ['reading', 'demo', 'operating', 'definition'].map((name) => read(`docs/guide/${name}.md`)),
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

describe('the guide to definitions', async () => {
  const guide = await read('docs/guide/definition.md');
  const blockOf = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(guide)?.[1] ?? '';
  const { definition, findings } = parseDefinition(blockOf('yaml'));

  test('its example can be applied and lacks nothing', () => {
    assert.deepEqual(findings, []);
    assert(definition);
  });

  test('what it says a change is told as, is so', () => {
    assert(definition);
    const { activity, ...views } = definition.views;
    const { agent, ...roles } = definition.roles;
    assert(activity && agent);
    const { targets: _targets, ...shown } = activity;
    const after: Definition = {
      ...definition,
      views: { activity: { ...shown, reach: 'P30D' }, ...views },
      roles: { agent: { ...agent, grants: { ...agent.grants, activity: ['read'] } }, ...roles },
    };
    const changes = diffDefinitions(definition, after).filter(({ effect }) => effect !== 'other');
    const lines = changeLines(changes, testTerminal());
    assert.equal(`${lines.join('\n')}\n`, blockOf('text'));
  });

  test('every field of a view has its row', () => {
    const rows = guide.split('\n').filter((line) => line.startsWith('| `'));
    const told = rows.flatMap((row) => codesIn(row.split(' | ')[0] ?? ''));
    assert.deepEqual(told.toSorted(), Object.keys(ViewDefinition.properties).toSorted());
  });

  test('every command in it has the flags that it shows', async () => {
    const lines = guide.split('\n').filter((line) => line.startsWith('npx annals '));
    assert(lines.length > 8);
    for (const line of lines) {
      const terminal = testTerminal();
      const [, , name = ''] = line.split(' ');
      const { signal } = new AbortController();
      await run(['help', name], { terminal, config: readConfig({}), signal });
      for (const [flag] of line.matchAll(/--[a-z-]+/g)) {
        assert.match(terminal.out(), new RegExp(`^  (-\\w, )?${flag} `, 'm'), line);
      }
    }
  });
});

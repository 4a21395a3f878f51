/** The guides say what queries, definitions, views and blueprints do: nothing in them may rot. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { type Definition, ViewDefinition } from '@annals/contract/definition';
import { diffDefinitions } from '@annals/contract/diff-definitions';
import { ERRORS, isErrorCode } from '@annals/contract/errors';
import { parseQuery, QUERY_KEYS, QUERY_LIMITS, QueryError } from '@annals/contract/query';
import { NOTICES } from '@annals/contract/route';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';
import { changeLines } from './definition-changes.ts';
import { parseDefinition } from './definition-file.ts';
import { blueprintsIn } from './init.ts';

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = await read('docs/guide/query.md');
/** Guides in which every command is looked at. */
const COMMANDS_IN = ['definition', 'views', 'blueprints', 'demo', 'start'] as const;

/** How the tables of the blueprints write what a role may. */
const LETTERS = { read: 'r', export: 'e', schedule: 's', findings: 'f' } as const;

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
    [...COMMANDS_IN, 'reading', 'operating'].map((name) => read(`docs/guide/${name}.md`)),
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
});

describe('commands in guides', () => {
  for (const name of COMMANDS_IN) {
    test(`every one of ${name}.md has the flags that it shows`, async () => {
      const guide = await read(`docs/guide/${name}.md`);
      const lines = [...guide.matchAll(/(?:^|`)(npx annals [^`\n#]+)/gm)].map(([, line]) => line);
      assert(lines.length > 2);
      for (const line of lines) {
        const terminal = testTerminal();
        const [, , command = ''] = line?.trim().split(' ') ?? [];
        const { signal } = new AbortController();
        await run(['help', command], { terminal, config: readConfig({}), signal });
        for (const [flag] of line?.matchAll(/--[a-z-]+/g) ?? []) {
          assert.match(terminal.out(), new RegExp(`^  (-\\w, )?${flag} `, 'm'), line);
        }
      }
    });
  }
});

describe('the guide to views', async () => {
  const guide = await read('docs/guide/views.md');
  const rows = guide.split('\n').filter((line) => line.startsWith('| `'));

  test('tells every notice, and codes with their status', () => {
    for (const notice of NOTICES) assert(guide.includes(`\`${notice}\``), notice);
    const told = rows.flatMap((row) => {
      const [, code = '', status = ''] = /^\| `(\w+)` \| (\d{3}) \|/.exec(row) ?? [];
      return code === '' ? [] : [[code, Number(status)] as const];
    });
    assert(told.length > 12);
    for (const [code, status] of told) {
      assert(isErrorCode(code), code);
      assert.equal(ERRORS[code].status, status, code);
    }
  });
});

describe('the guide to blueprints', async () => {
  const guide = await read('docs/guide/blueprints.md');
  const blueprints = await blueprintsIn();

  test('has them all', () => {
    const named = [...guide.matchAll(/^\| \[`(\w+)`\]/gm)].map(([, name]) => name);
    assert.deepEqual(
      named,
      blueprints.map(({ name }) => name),
    );
  });

  for (const { name, text } of blueprints) {
    test(`tells views, limits and roles of ${name}`, () => {
      const { definition } = parseDefinition(text);
      assert(definition);
      const [, after = ''] = guide.split(`\n## ${name}\n`);
      const [section = ''] = after.split('\n## ');
      const told = section.split('\n').flatMap((line) => {
        const [view, , ...cells] = line.split('|').slice(1, -1);
        const own = /`(\w+)`/.exec(view ?? '')?.[1];
        return own === undefined ? [] : [[own, ...cells.map((cell) => cell.trim())]];
      });
      assert.deepEqual(told, cellsOf(definition));
      for (const [role, { grants }] of Object.entries(definition.roles)) {
        if (grants === undefined) assert(section.includes(`\`${role}\``), role);
      }
    });
  }
});

/** Of each view: its name, limits, what it demands, and who has it. */
const cellsOf = ({ views, roles }: Definition): string[][] =>
  Object.entries(views).map(([name, view]) => {
    const limits = (['reach', 'floor', 'window', 'delay'] as const).flatMap((limit) =>
      view[limit] === undefined ? [] : [`${limit} ${view[limit]}`],
    );
    const demands = (view.filters ?? []).flatMap(({ key, required, one }) =>
      required ? [one ? `${key} (one)` : key] : [],
    );
    const holders = Object.entries(roles).flatMap(([role, { grants = {} }]) => {
      const letters = (grants[name] ?? []).map((one) => LETTERS[one]).join('');
      return letters === '' ? [] : [`\`${role}\` ${letters}`];
    });
    return [name, ...[limits, demands, holders].map((cell) => cell.join(', '))];
  });

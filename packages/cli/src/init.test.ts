import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { testTerminal } from '../test/terminal.ts';
import { run } from './annals.ts';
import { readConfig } from './config.ts';
import { parseDefinition } from './definition-file.ts';
import { blueprintsIn, writeBlueprint } from './init.ts';

const SHIPPED = ['appointments', 'casework', 'demo', 'engagement', 'identity', 'incidents'];
const OWN = `# A shop.
# yaml-language-server: $schema=../../docs/reference/definition.schema.json
project: shop
label: {en: Shop, de: Laden}
locales: [en, de]
views: {}
roles: {}
`;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annals-init-test-'));
});
after(() => rm(folder, { recursive: true }));

const annals = async (...argv: string[]) => {
  const terminal = testTerminal();
  const { signal } = new AbortController();
  const code = await run(argv, { terminal, config: readConfig({}), signal });
  return { code, out: terminal.out(), errors: terminal.errors() };
};

describe('a blueprint', () => {
  test('is a folder with a definition; others are none', async () => {
    await mkdir(join(folder, 'prints', 'shop'), { recursive: true });
    await mkdir(join(folder, 'prints', 'other'));
    await writeFile(join(folder, 'prints', 'file.ts'), '');
    await writeFile(join(folder, 'prints', 'shop', 'definition.yaml'), OWN);
    const found = await blueprintsIn(join(folder, 'prints'));
    assert.deepEqual(found, [{ name: 'shop', label: 'Shop', text: OWN }]);
  });

  test('becomes a file that editors complete by the schema beside it', async () => {
    const file = join(folder, 'shop.yaml');
    assert.deepEqual(await writeBlueprint({ text: OWN }, file, false), [
      file,
      join(folder, 'annals.schema.json'),
    ]);
    const text = await readFile(file, 'utf8');
    assert.match(
      text,
      /^# yaml-language-server: \$schema=annals\.schema\.json\n# A shop\.\nproject/,
    );
    assert.deepEqual(parseDefinition(text).findings, []);
    const reference = new URL('../../../docs/reference/definition.schema.json', import.meta.url);
    assert.equal(
      await readFile(join(folder, 'annals.schema.json'), 'utf8'),
      await readFile(reference, 'utf8'),
    );
  });

  test('overwrites nothing unless it is told to', async () => {
    const file = join(folder, 'mine.yaml');
    const schema = join(folder, 'annals.schema.json');
    await writeFile(file, 'mine');
    const refused = writeBlueprint({ text: OWN }, file, false);
    await assert.rejects(refused, /mine\.yaml is there already; --force overwrites it/);
    assert.equal(await readFile(file, 'utf8'), 'mine');
    await writeBlueprint({ text: OWN }, file, true);
    assert.match(await readFile(file, 'utf8'), /^project: shop$/m);
    // The same again overwrites nothing.
    await writeBlueprint({ text: OWN }, file, false);
    await writeFile(schema, '{}');
    await rm(file);
    await assert.rejects(
      writeBlueprint({ text: OWN }, file, false),
      /schema\.json is there already/,
    );
    await assert.rejects(readFile(file), { code: 'ENOENT' });
  });
});

describe('the shipped blueprints', () => {
  test('are listed with their labels', async () => {
    const { code, out } = await annals('init');
    assert.equal(code, 0);
    const lines = out.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      SHIPPED,
    );
    for (const line of lines) assert.match(line, /^[a-z]+ {2,}\S/);
    const [first = ''] = (await annals('init', '--json')).out.split('\n');
    assert.equal(JSON.parse(first).blueprint, SHIPPED[0]);
  });

  test('are written as definitions that are well, with the next steps', async () => {
    for (const name of SHIPPED) {
      const file = join(folder, name, 'annals.yaml');
      await mkdir(join(folder, name));
      const { code, out, errors } = await annals('init', '--blueprint', name, file);
      assert.equal(code, 0, errors);
      assert(out.includes(`\n  annals project apply ${file}\n`));
      const checked = await annals('project', 'check', file);
      assert.equal(checked.code, 0, checked.out);
      assert.equal((await annals('init', '--blueprint', name, file)).code, 0);
      await writeFile(file, 'mine');
      assert.match((await annals('init', '--blueprint', name, file)).errors, /--force/);
    }
  });
});

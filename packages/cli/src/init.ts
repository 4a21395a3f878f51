/**
 * `annals init`: a definition to begin with, from one of the blueprints. Owns where they are found
 * and what stands beside the copy; never overwrites a file unasked.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Definition } from '@annals/contract/definition';
import { textsByLocale } from '@annals/contract/human';
import { type Command, EXIT, UsageError } from './command.ts';
import { parseDefinition } from './definition-file.ts';
import { CommandFailed } from './explain.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';

const FOLDER = fileURLToPath(new URL('../../../blueprints/', import.meta.url));
const FILE_DEFAULT = 'annals.yaml';
const SCHEMA_FILE = 'annals.schema.json';
/** Editors that speak YAML look for this in the first lines. */
const SCHEMA_LINE = /^# yaml-language-server:.*\n/m;

interface Blueprint {
  readonly name: string;
  readonly label: string;
  readonly text: string;
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** The folder's definition, if it has one. */
async function blueprintOf(folder: string, name: string): Promise<Blueprint | undefined> {
  try {
    const text = await readFile(join(folder, name, 'definition.yaml'), 'utf8');
    const texts = textsByLocale(parseDefinition(text).definition?.label ?? '');
    return { name, text, label: texts['en'] ?? Object.values(texts)[0] ?? '' };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** By name. */
export async function blueprintsIn(folder: string = FOLDER): Promise<Blueprint[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(names.sort().map((name) => blueprintOf(folder, name)));
  return found.filter((blueprint) => blueprint !== undefined);
}

/** Whether a file is there with another text. */
async function isOther(path: string, text: string): Promise<boolean> {
  try {
    return (await readFile(path, 'utf8')) !== text;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Writes the definition and the schema that editors complete it with. Answers their paths. */
export async function writeBlueprint(
  { text }: Pick<Blueprint, 'text'>,
  file: string,
  isForced: boolean,
): Promise<string[]> {
  const line = `# yaml-language-server: $schema=${SCHEMA_FILE}\n`;
  const schema = join(dirname(file), SCHEMA_FILE);
  const files: [string, string][] = [
    [file, line + text.replace(SCHEMA_LINE, '')],
    [schema, `${JSON.stringify(Definition, undefined, 2)}\n`],
  ];
  for (const [path, own] of files) {
    if (!isForced && (await isOther(path, own))) {
      throw new CommandFailed(`${path} is there already; --force overwrites it`);
    }
  }
  for (const [path, own] of files) await writeFile(path, own);
  return files.map(([path]) => path);
}

export const init: Command = {
  summary: 'Begin a definition from a blueprint',
  usage: 'init [--blueprint NAME [FILE] [--force]]',
  about: `Writes a whole definition of a project to FILE (default ${FILE_DEFAULT}), to be changed
into your own, and beside it the schema that editors complete it with. Without --blueprint lists
what there is. Asks no server.

  annals init
  annals init --blueprint casework annals.yaml`,
  flags: {
    blueprint: { type: 'string', value: 'NAME', help: 'which one' },
    force: { type: 'boolean', help: 'overwrite what is there' },
  },
  run: async ({ args, terminal, json }) => {
    const [file = FILE_DEFAULT, ...more] = args.positionals;
    if (more.length > 0) throw new UsageError('Name one file');
    const all = await blueprintsIn();
    const name = args.text('blueprint');
    if (name === undefined) {
      if (args.positionals.length > 0) throw new UsageError('Say which one: --blueprint NAME');
      const rows = all.map((one) => [one.name, one.label]);
      const layout = layOut(rows, terminal.columns);
      const lines = json
        ? all.map((one) => cleanJson({ blueprint: one.name, label: one.label }))
        : rows.map((row) => lineOf(row, layout).trimEnd());
      await terminal.write(lines.map((line) => `${line}\n`).join(''));
      return EXIT.done;
    }
    const blueprint = all.find((one) => one.name === name);
    if (blueprint === undefined) {
      const names = all.map((one) => one.name).join(', ');
      throw new UsageError(`--blueprint is one of ${names}, not "${name}"`);
    }
    const files = await writeBlueprint(blueprint, file, args.flag('force'));
    if (json) {
      await terminal.write(`${cleanJson({ blueprint: name, files })}\n`);
      return EXIT.done;
    }
    const shown = clean(file);
    const steps = [
      `Wrote ${files.map(clean).join(' and ')}. Next:`,
      `  Name your own project in ${shown}, and change what it says.`,
      `  annals project check ${shown}`,
      `  annals project diff ${shown}`,
      `  annals project apply ${shown}`,
    ];
    await terminal.write(steps.map((line) => `${line}\n`).join(''));
    return EXIT.done;
  },
};

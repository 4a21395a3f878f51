/** `annals project`: a project's definition, checked, compared, applied and shown. */
import type { Definition } from '@annals/contract/definition';
import { diffDefinitions } from '@annals/contract/diff-definitions';
import type { DefinitionDiff } from '@annals/contract/routes';
import { type Client, NotFoundError } from '@annals/sdk';
import { type Command, type Context, EXIT, UsageError } from './command.ts';
import { changeLines } from './definition-changes.ts';
import {
  type DefinitionText,
  type Placed,
  parseDefinition,
  readTextFile,
  yamlOf,
} from './definition-file.ts';
import { CommandFailed } from './explain.ts';
import { clean, cleanJson } from './safe.ts';

const countOf = (findings: readonly Placed[], level: Placed['level']): number =>
  findings.filter((finding) => finding.level === level).length;
const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

const findingLine = (path: string, { line, column, level, path: pointer, detail }: Placed) =>
  clean(`${path}:${line}:${column}  ${level.padEnd(5)}  ${pointer}: ${detail}`);

const only = (words: readonly string[]): string => {
  const [path, ...others] = words;
  if (path === undefined || others.length > 0) throw new UsageError('Name one file');
  return path;
};

async function check({ args, terminal, json }: Context): Promise<number> {
  const path = only(args.positionals.slice(1));
  const { findings } = parseDefinition(await readTextFile(path));
  for (const finding of findings) {
    await terminal.write(`${json ? cleanJson(finding) : findingLine(path, finding)}\n`);
  }
  const errors = countOf(findings, 'error');
  const gaps = countOf(findings, 'gap');
  terminal.note(
    findings.length === 0
      ? `${clean(path)} is well.`
      : `${many(errors, 'error')}, ${many(gaps, 'gap')}.`,
  );
  return errors > 0 ? EXIT.found : EXIT.done;
}

interface Compared extends DefinitionDiff {
  readonly definition: Definition;
  readonly isNew: boolean;
}

/** The server's word on what the definition would change; of a project that is not there, ours. */
async function compare(client: Client, definition: Definition, signal: AbortSignal) {
  try {
    const diff = await client.projects.diff(definition.project, definition, { signal });
    return { ...diff, isNew: false };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return { version: 0, changes: diffDefinitions(undefined, definition), gaps: [], isNew: true };
  }
}

/** The definition of a file. Its errors are told, and end the command before a server is asked. */
async function usable(context: Context): Promise<DefinitionText & { definition: Definition }> {
  const { args, terminal, project } = context;
  const path = only(args.positionals.slice(1));
  const read = parseDefinition(await readTextFile(path));
  const { definition } = read;
  const errors = read.findings.filter(({ level }) => level === 'error');
  if (definition === undefined) {
    for (const finding of errors) terminal.note(findingLine(path, finding));
    throw new CommandFailed(`${path} has ${many(errors.length, 'error')}; no server was asked`);
  }
  if (project !== undefined && project !== definition.project) {
    throw new UsageError(`${path} is of the project "${definition.project}", not "${project}"`);
  }
  return { ...read, definition };
}

/** Tells the changes and the gaps; for programs nothing is told but by the answer. */
async function compared(context: Context, client: Client): Promise<Compared> {
  const { args, terminal, signal, json } = context;
  const { definition, placeOf } = await usable(context);
  const diff = await compare(client, definition, signal);
  if (json) return { ...diff, definition };
  if (diff.isNew) terminal.note(`There is no project ${clean(definition.project)} yet.`);
  const lines = changeLines(diff.changes, terminal);
  if (lines.length > 0) await terminal.write(`${lines.join('\n')}\n`);
  else terminal.note('Nothing changes.');
  for (const gap of diff.gaps) {
    const finding: Placed = { ...gap, ...placeOf(gap.path), level: 'gap' };
    terminal.note(findingLine(only(args.positionals.slice(1)), finding));
  }
  return { ...diff, definition };
}

const answerOf = ({ definition: { project }, version, changes, gaps }: Compared) =>
  cleanJson({ project, version, changes, gaps });

async function diff(context: Context): Promise<number> {
  const answer = await compared(context, context.connect());
  if (context.json) await context.terminal.write(`${answerOf(answer)}\n`);
  return EXIT.done;
}

/** Who applies a definition types the project's name, unless the command line said yes. */
async function confirm({ args, terminal, signal }: Context, name: string): Promise<void> {
  if (args.flag('yes')) return;
  const typed = await terminal.ask('Type the name of the project to apply this: ', signal);
  if (typed?.trim() === name) return;
  throw new CommandFailed(`Nothing was changed: what was typed is not "${name}"`);
}

async function apply(context: Context): Promise<number> {
  const { args, terminal, signal, json } = context;
  if (!args.flag('yes') && (json || !terminal.canAsk)) {
    throw new UsageError('Nobody is there to be asked: look with `project diff`, then say --yes');
  }
  const client = context.connect();
  const answer = await compared(context, client);
  const { definition, version } = answer;
  const name = definition.project;
  if (answer.changes.length > 0) {
    await confirm(context, name);
    const now = await client.projects.put(name, { definition, version }, { signal });
    if (!json) terminal.note(`Applied: ${clean(name)} has version ${now.version}.`);
    else await terminal.write(`${answerOf({ ...answer, version: now.version })}\n`);
  } else if (json) {
    await terminal.write(`${answerOf(answer)}\n`);
  }
  return EXIT.done;
}

/** The project that is meant: named, or the only one that the key may use. */
async function namedProject({ args, project, signal }: Context, client: Client): Promise<string> {
  const [, name = project, ...others] = args.positionals;
  if (others.length > 0) throw new UsageError('Name one project');
  if (name !== undefined) return name;
  const names = (await client.projects.list({ signal })).map((one) => one.project);
  const [first, ...rest] = names;
  if (first !== undefined && rest.length === 0) return first;
  throw new UsageError(`Name the project: ${names.join(', ')}`);
}

async function show(context: Context): Promise<number> {
  const { terminal, signal, json } = context;
  const client = context.connect();
  const there = await client.projects.get(await namedProject(context, client), { signal });
  if (json) {
    await terminal.write(`${cleanJson(there)}\n`);
    return EXIT.done;
  }
  const { project: name, version, definition } = there;
  if (definition === null) throw new CommandFailed(`${name} has no definition`);
  await terminal.write(`# ${clean(name)}, version ${version}\n${yamlOf(definition)}`);
  return EXIT.done;
}

const VERBS: Readonly<Record<string, (context: Context) => Promise<number>>> = {
  check,
  diff,
  apply,
  show,
};

export const project: Command = {
  summary: 'Check, compare and apply the definition of a project',
  usage: 'project check|diff FILE | project apply FILE [--yes] | project show [NAME]',
  about: `A definition (YAML or JSON) says what a project records and who sees what; see the guide.

check tells everything that is wrong with it, and what its texts lack in the languages it
declares, each with its line. Asks no server.
diff tells what it would change: who gains and who loses what, and what events leave a view.
apply tells the same and then changes the project that the definition names, if you type its name
or say --yes. What somebody else has changed meanwhile is not overwritten.
show prints the definition that is there, as YAML.

  annals project check annals.yaml
  annals project apply annals.yaml
  annals project show crm > annals.yaml`,
  flags: { yes: { type: 'boolean', help: 'apply: do not ask' } },
  run: async (context) => {
    const [verb = ''] = context.args.positionals;
    const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (run === undefined) {
      throw new UsageError('Say: annals project check|diff|apply FILE, or project show [NAME]');
    }
    return await run(context);
  },
};

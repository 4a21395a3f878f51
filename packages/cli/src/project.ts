/** `annals project`: a project's definition as a file, checked before anybody relies on it. */
import { open } from 'node:fs/promises';
import { checkDefinition, type Finding } from '@annals/contract/check-definition';
import { nameOfPart } from '@annals/contract/pointer';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { type Command, EXIT, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { clean, cleanJson } from './safe.ts';

/** A definition is some thousand lines; anything larger is another file by mistake. */
const FILE_BYTES = 4 * 1024 * 1024;

interface Place {
  readonly line: number;
  readonly column: number;
}
export interface Placed extends Finding, Place {}

interface Source {
  readonly value: unknown;
  /** Where the value of a JSON Pointer stands, or the nearest one around it. */
  placeOf(pointer: string): Place;
  /** What is no YAML. */
  readonly faults: readonly Placed[];
}

/** References that stand for others: without a bound a small file could become a large one. */
const ALIASES_MOST = 100;

/** YAML 1.2, of which JSON is a part. */
function sourceOf(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults = document.errors.map(({ message, pos }): Placed => {
    const [detail = ''] = message.split('\n');
    return { path: '', detail, level: 'error', ...at(pos[0]) };
  });
  const placeOf = (pointer: string): Place => {
    const path = pointer.split('/').slice(1).map(nameOfPart);
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return at(node.range[0]);
    }
    return { line: 1, column: 1 };
  };
  if (faults.length > 0) return { value: undefined, faults, placeOf };
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MOST }), faults, placeOf };
  } catch {
    const detail = `has more than ${ALIASES_MOST} aliases, or one that stands for itself`;
    const fault: Placed = { path: '', detail, level: 'error', line: 1, column: 1 };
    return { value: undefined, faults: [fault], placeOf };
  }
}

/** What is wrong with a definition's text, or that it lacks, in the order of its lines. */
export function findingsOf(text: string): Placed[] {
  const source = sourceOf(text);
  if (source.faults.length > 0) return [...source.faults];
  return checkDefinition(source.value)
    .map((finding) => ({ ...finding, ...source.placeOf(finding.path) }))
    .sort((one, other) => one.line - other.line || one.column - other.column);
}

async function textOf(path: string): Promise<string> {
  const file = await open(path).catch((error: Error) => {
    throw new CommandFailed(`${path} cannot be read: ${error.message}`);
  });
  try {
    const { size } = await file.stat();
    if (size > FILE_BYTES) {
      throw new CommandFailed(`${path} has ${size} bytes; a definition has at most ${FILE_BYTES}`);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

const countOf = (findings: readonly Finding[], level: Finding['level']): number =>
  findings.filter((finding) => finding.level === level).length;
const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

export const project: Command = {
  summary: 'Check the definition of a project',
  usage: 'project check FILE',
  about: `Reads a project definition (YAML or JSON) and tells everything that is wrong with it, and
what its texts lack in the languages it declares, each with its line. Asks no server.

  annals project check annals.yaml`,
  flags: {},
  run: async ({ args, terminal, json }) => {
    const [verb, path, ...others] = args.positionals;
    if (verb !== 'check' || path === undefined || others.length > 0) {
      throw new UsageError('Say: annals project check FILE');
    }
    const findings = findingsOf(await textOf(path));
    for (const finding of findings) {
      const { line, column, level, path: pointer, detail } = finding;
      const words = `${path}:${line}:${column}  ${level.padEnd(5)}  ${pointer}: ${detail}`;
      await terminal.write(`${json ? cleanJson(finding) : clean(words)}\n`);
    }
    const errors = countOf(findings, 'error');
    const gaps = countOf(findings, 'gap');
    terminal.note(
      findings.length === 0
        ? `${clean(path)} is well.`
        : `${many(errors, 'error')}, ${many(gaps, 'gap')}.`,
    );
    return errors > 0 ? EXIT.found : EXIT.done;
  },
};

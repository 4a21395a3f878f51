/**
 * A project's definition as a file: YAML or JSON, read with the place of each value, so that what
 * is wrong is told with its line. Owns reading and bounds; what a definition is, the contract says.
 */
import { open } from 'node:fs/promises';
import { type Finding, readDefinition } from '@annals/contract/check-definition';
import type { Definition } from '@annals/contract/definition';
import { nameOfPart } from '@annals/contract/pointer';
import { Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { CommandFailed } from './explain.ts';
import { escapeUnsafe } from './safe.ts';

/** A definition is some thousand lines; anything larger is another file by mistake. */
const FILE_BYTES = 4 * 1024 * 1024;

interface Place {
  readonly line: number;
  readonly column: number;
}
export interface Placed extends Finding, Place {}

export interface DefinitionText {
  /** Undefined if there is an error among the findings. */
  readonly definition: Definition | undefined;
  /** In the order of their lines. */
  readonly findings: readonly Placed[];
  /** Where the value of a JSON Pointer stands, or the nearest one around it. */
  placeOf(pointer: string): Place;
}

/** References that stand for others: without a bound a small file could become a large one. */
const ALIASES_MOST = 100;

/** YAML 1.2, of which JSON is a part. */
export function parseDefinition(text: string): DefinitionText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const placeOf = (pointer: string): Place => {
    const path = pointer.split('/').slice(1).map(nameOfPart);
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return at(node.range[0]);
    }
    return { line: 1, column: 1 };
  };
  const faulty = (findings: Placed[]) => ({ definition: undefined, findings, placeOf });
  if (document.errors.length > 0) {
    return faulty(
      document.errors.map(({ message, pos }) => {
        const [detail = ''] = message.split('\n');
        return { path: '', detail, level: 'error', ...at(pos[0]) };
      }),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MOST });
  } catch {
    const detail = `has more than ${ALIASES_MOST} aliases, or one that stands for itself`;
    return faulty([{ path: '', detail, level: 'error', line: 1, column: 1 }]);
  }
  const { definition, findings } = readDefinition(value);
  const placed = findings.map((finding) => ({ ...finding, ...placeOf(finding.path) }));
  placed.sort((one, other) => one.line - other.line || one.column - other.column);
  return { definition, findings: placed, placeOf };
}

export async function readTextFile(path: string): Promise<string> {
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

/** The definition as YAML in which no text moves a cursor. */
export function yamlOf(definition: Definition): string {
  const document = new Document(definition, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      const { value } = node;
      // Only a text in double quotes can have escapes.
      if (typeof value === 'string' && escapeUnsafe(value) !== value) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escapeUnsafe(document.toString({ lineWidth: 100 }));
}

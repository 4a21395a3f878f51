/**
 * Errors in words: one function turns whatever was thrown into lines for a person, with the code,
 * the request's id and what to do. Never a stack trace unless it was asked for, and nothing of an
 * error reaches the terminal uncleaned.
 */
import type { Candidate, FieldError } from '@annals/contract/problem';
import {
  AnnalsError,
  AuthenticationError,
  InvalidRequestError,
  NotAllowedError,
  NotFoundError,
  UnavailableError,
} from '@annals/sdk';
import { UsageError } from './command.ts';
import { clean, cut, widthOf } from './safe.ts';

/** The person stopped the command. */
export class Stopped extends Error {
  constructor() {
    super('Stopped');
  }
}

/** A failure that the command has already understood; the message is for the person. */
export class CommandFailed extends Error {}

interface Where {
  readonly url: string;
  readonly command: string | undefined;
  /** What stood behind `-q`. */
  readonly query: string | undefined;
  readonly debug: boolean;
}

/** Characters of a query shown before the place at fault, and columns in all. */
const SHOWN = { before: 40, columns: 76 } as const;

/** The query, a caret under the place at fault, and what to write there. */
const queryLines = (query: string, { position = 0, expected, hint }: FieldError): string[] => {
  const [before, rest] = [query.slice(0, position), query.slice(position)].map(clean);
  const characters = [...(before ?? '')];
  const isLong = characters.length > SHOWN.before;
  const shown = isLong ? `…${characters.slice(-SHOWN.before).join('')}` : (before ?? '');
  const indent = ' '.repeat(widthOf(shown));
  return [
    `  ${cut(shown + (rest ?? ''), SHOWN.columns)}`,
    `  ${indent}^ expected ${expected ?? 'something else'}`,
    ...(hint === undefined ? [] : [hint]),
  ];
};

const adviceFor = (error: AnnalsError, url: string): string | undefined => {
  if (error instanceof AuthenticationError) {
    return 'Set ANNALS_KEY to a valid key. The server shows its first key when it first starts.';
  }
  if (error instanceof NotAllowedError) return 'Use a key that has this permission.';
  if (error.code === 'version_conflict') {
    return 'Somebody changed it since it was compared. Look again with `annals project diff`.';
  }
  if (error instanceof NotFoundError) return 'Check the name, the tenant and the project.';
  if (error.code === 'network')
    return `Is the server running at ${url}? \`annals start\` runs one.`;
  if (error.code === 'unexpected_answer') return `Is ${url} the address of an Annals server?`;
  if (error instanceof UnavailableError) return 'Try again later.';
  if (error instanceof InvalidRequestError) return undefined;
  return 'The server’s log has the cause, under the request id.';
};

/** One of several that have the same name. */
const candidateLine = ({ type, id = '', name = '', last_seen }: Candidate): string =>
  `  ${type}:${id}  ${name}  last seen ${last_seen}`;

const annalsLines = (error: AnnalsError, { url, query }: Where): string[] => {
  const id = error.requestId === null ? '' : `, request ${error.requestId}`;
  const [first] = error.errors;
  if (error.code === 'invalid_search' && query !== undefined && first?.position !== undefined) {
    return [
      `The query cannot be read at character ${first.position + 1} (${error.code}${id})`,
      ...queryLines(query, first),
    ];
  }
  const advice = adviceFor(error, url);
  return [
    `${error.detail} (${error.code}${id})`,
    // The first one is often the detail.
    ...error.errors
      .map((each) => `${each.path}: ${each.detail}`)
      .filter((line) => !error.detail.includes(line))
      .map((line) => `  ${line}`),
    ...error.candidates.map(candidateLine),
    ...(advice === undefined ? [] : [advice]),
  ];
};

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file or folder',
  EACCES: 'The file may not be read or written',
  EISDIR: 'This is a folder, not a file',
  ENOSPC: 'The disk is full',
};

const systemLine = (error: Error): string => {
  const code = 'code' in error ? String(error.code) : '';
  const words = SYSTEM[code];
  if (words === undefined) return error.message;
  const path = 'path' in error ? `: ${String(error.path)}` : '';
  return `${words}${path} (${code})`;
};

const linesOf = (error: unknown, where: Where): string[] => {
  if (error instanceof AnnalsError) return annalsLines(error, where);
  if (error instanceof UsageError) {
    const command = where.command === undefined ? '' : ` ${where.command}`;
    return [error.message, `See \`annals${command} --help\`.`];
  }
  if (error instanceof Stopped || error instanceof CommandFailed) return [error.message];
  if (error instanceof Error) return [systemLine(error)];
  return [String(error)];
};

/** Lines for standard error. */
export const explain = (error: unknown, where: Where): string[] => {
  const lines = linesOf(error, where).map((line, index) =>
    index === 0 ? `annals: ${clean(line)}` : clean(line),
  );
  if (!where.debug || !(error instanceof Error)) return lines;
  return [...lines, ...(error.stack ?? '').split('\n').map(clean)];
};

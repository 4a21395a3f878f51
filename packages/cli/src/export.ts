/** `annals export`: takes all events of a range out as a file, streamed. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { CSV_FLAVORS } from '@annals/contract/exports';
import { DOWNLOAD_FORMATS } from '@annals/contract/routes';
import type { Client, DownloadQuery } from '@annals/sdk';
import { type Command, EXIT, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { LIST_FLAGS, listQuery } from './question.ts';
import { count, type Terminal } from './terminal.ts';

/** Stands for standard output. */
export const STDOUT = '-';

export interface ExportOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly query: DownloadQuery;
  /** A path, or `-` for standard output. */
  readonly out: string;
  readonly signal: AbortSignal;
}

type Write = (chunk: Uint8Array) => Promise<unknown>;

/** Copies the download to `write`. Returns its bytes. */
const copy = async (options: ExportOptions, write: Write): Promise<number> => {
  const { client, terminal, query, signal } = options;
  const { body } = await client.events.download(query, { signal });
  let bytes = 0;
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      signal.throwIfAborted();
      throw new CommandFailed('The connection broke off before the end of the file', {
        cause: error,
      });
    });
    if (next.done) return bytes;
    try {
      await write(next.value);
    } catch (error) {
      // Else the server would go on sending until the connection times out.
      await chunks.return?.();
      throw error;
    }
    bytes += next.value.length;
    terminal.progress(`${count(Math.floor(bytes / 1024))} KiB`, bytes);
  }
};

/** The file appears under its name only when it is whole. */
const copyToFile = async (options: ExportOptions): Promise<number> => {
  // Two exports to one name at once must not write into each other's part.
  const part = `${options.out}.${randomUUID().slice(0, 8)}.part`;
  const file = await open(part, 'wx');
  try {
    const bytes = await copy(options, (chunk) => file.writeFile(chunk));
    await file.sync();
    await file.close();
    await rename(part, options.out);
    return bytes;
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
};

/** Writes the download to its place. Returns its bytes; on an error no file is left behind. */
export const exportEvents = async (options: ExportOptions): Promise<number> => {
  const { terminal, out } = options;
  try {
    if (out === STDOUT) return await copy(options, (chunk) => terminal.write(chunk));
    return await copyToFile(options);
  } finally {
    terminal.endProgress();
  }
};

export const exportCommand: Command = {
  summary: 'Take events out as a file',
  usage: 'export --tenant ID --format csv|json|ndjson [--out FILE|-] [flags]',
  about: `Writes all events that a query means to FILE, or to standard output with \`--out -\`
(default). FILE is replaced when the export is complete; until then FILE.….part grows beside it.

  annals export --tenant acme --format csv --out acme.csv --from 2026-01-01T00:00:00Z
  annals export --tenant acme --format ndjson -q actor:ada | gzip > ada.ndjson.gz`,
  flags: {
    ...LIST_FLAGS,
    format: { type: 'string', value: 'WORD', help: 'csv, json or ndjson; required' },
    out: { type: 'string', value: 'FILE', help: 'where to; - is standard output' },
    flavor: {
      type: 'string',
      value: 'WORD',
      help: 'CSV: exact (default), or spreadsheet: safe against formulas, with BOM',
    },
    columns: {
      type: 'string',
      value: 'WORD',
      help: 'CSV: view (default, if the view has columns), or all: every field',
    },
    'time-zone': { type: 'string', value: 'ZONE', help: 'CSV: zone of the times; default UTC' },
  },
  run: async ({ args, terminal, signal, connect }) => {
    if (args.positionals.length > 0) throw new UsageError('Name the file with --out');
    const format = args.choice('format', DOWNLOAD_FORMATS);
    if (format === undefined) throw new UsageError('--format is required');
    const flavor = args.choice('flavor', CSV_FLAVORS);
    const columns = args.choice('columns', ['view', 'all']);
    const timeZone = args.text('time-zone');
    const out = args.text('out') ?? STDOUT;
    if (out === STDOUT && terminal.interactive) {
      // A file as it is could hold what a terminal acts upon.
      throw new UsageError('Standard output is a terminal: name a file with --out, or use a pipe');
    }
    const query = {
      ...listQuery(args),
      format,
      ...(flavor === undefined ? {} : { flavor }),
      ...(columns === undefined ? {} : { columns }),
      ...(timeZone === undefined ? {} : { time_zone: timeZone }),
    };
    const bytes = await exportEvents({ client: connect(), terminal, query, out, signal });
    if (out !== STDOUT) terminal.note(`Wrote ${out}, ${count(bytes)} bytes.`);
    return EXIT.done;
  },
};

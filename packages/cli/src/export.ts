/** `annals export`: takes all events of a range out as a file, streamed or made by the server. */

import { CSV_FLAVORS } from '@annals/contract/exports';
import { COMPRESSIONS, EXPORT_LIMITS } from '@annals/contract/files';
import { DOWNLOAD_FORMATS } from '@annals/contract/routes';
import type { Client, DownloadQuery } from '@annals/sdk';
import { type Args, type Command, type Context, EXIT, UsageError } from './command.ts';
import { followExport, takeFile } from './exports.ts';
import { STDOUT, writeOut } from './file-out.ts';
import { LIST_FLAGS, listQuery } from './question.ts';
import { count, type Terminal } from './terminal.ts';

export interface ExportOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly query: DownloadQuery;
  /** A path, or `-` for standard output. */
  readonly out: string;
  readonly signal: AbortSignal;
}

/** Writes the download to its place. Returns its bytes; on an error no file is left behind. */
export const exportEvents = async ({ client, query, ...rest }: ExportOptions): Promise<number> => {
  const { signal } = rest;
  const source = () => client.events.download(query, { signal });
  return (await writeOut({ ...rest, source })).bytes;
};

/** Has the server make the file, waits for it, and takes it. */
const exportByServer = async (
  { args, terminal, signal, connect }: Pick<Context, 'args' | 'terminal' | 'signal' | 'connect'>,
  query: DownloadQuery,
  out: string,
): Promise<number> => {
  const client = connect();
  const name = args.text('name');
  const compression = args.choice('compression', COMPRESSIONS);
  const asked = await client.exports.create(
    {
      ...query,
      ...(name === undefined ? {} : { name }),
      ...(compression === undefined ? {} : { compression }),
    },
    { signal },
  );
  const made = await followExport({ client, terminal, signal }, asked);
  return await takeFile({ client, terminal, signal }, made, out);
};

const onlyWithWait = (args: Args): void => {
  const flag = ['name', 'compression'].find((one) => args.text(one) !== undefined);
  if (flag !== undefined) throw new UsageError(`--${flag} needs --wait`);
};

export const exportCommand: Command = {
  summary: 'Take events out as a file',
  usage: 'export --tenant ID --format csv|json|ndjson [--out FILE|-] [flags]',
  about: `Writes all events that a query means to FILE, or to standard output with \`--out -\`
(default). FILE is replaced when the export is complete; until then FILE.….part grows beside it.

  annals export --tenant acme --format csv --out acme.csv --from 2026-01-01T00:00:00Z
  annals export --tenant acme --format ndjson -q actor:ada | gzip > ada.ndjson.gz
  annals export --tenant acme --format csv --wait --compression zstd --out acme.csv.zst

With --wait the server makes the file by itself, of the log as it is now, and keeps it for a while:
a connection that breaks, or a server that stops, loses nothing. See annals exports.`,
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
    wait: { type: 'boolean', help: 'have the server make and keep it, wait, and take it' },
    name: { type: 'string', value: 'TEXT', help: `with --wait: its name, ≤ ${EXPORT_LIMITS.name}` },
    compression: { type: 'string', value: 'WORD', help: 'with --wait: none, gzip or zstd' },
  },
  run: async (context) => {
    const { args, terminal, signal, connect } = context;
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
    const isWaiting = args.flag('wait');
    if (!isWaiting) onlyWithWait(args);
    const bytes = isWaiting
      ? await exportByServer(context, query, out)
      : await exportEvents({ client: connect(), terminal, query, out, signal });
    if (out !== STDOUT) terminal.note(`Wrote ${out}, ${count(bytes)} bytes.`);
    return EXIT.done;
  },
};

/** `annals exports`: the history of files of a tenant's log, and the files that are kept. */
import type { Client, Export } from '@annals/sdk';
import { type Command, EXIT, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { STDOUT, writeOut } from './file-out.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';
import { count, countedEvents, type Terminal } from './terminal.ts';

const LISTED = 50;

interface Following {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Follows an export until it is finished. Throws CommandFailed if there is no file then. */
export const followExport = async (
  { client, terminal, signal }: Following,
  asked: Export,
): Promise<Export> => {
  const onProgress = ({ rows, expected }: Export) => {
    const total = expected?.exact ? expected.rows : 0;
    const of = total > 0 ? `${count(rows)} of ${countedEvents(total)}` : countedEvents(rows);
    terminal.progress(of, rows, total);
  };
  const made = await client.exports
    .wait(asked, { signal, onProgress })
    .finally(() => terminal.endProgress());
  if (made.state === 'completed' && made.file !== null) return made;
  throw new CommandFailed(`The export is ${made.state}${made.reason ? `: ${made.reason}` : ''}`);
};

/** Writes the file of a finished export to its place, and answers its bytes. */
export const takeFile = async (
  { client, terminal, signal }: Following,
  made: Export,
  out: string,
): Promise<number> => {
  const source = () => client.exports.file(made, { signal });
  const written = await writeOut({ source, terminal, out, signal }, made.sha256 ?? undefined);
  return written.bytes;
};

const requesterOf = ({ requested_by: { type, id, name } }: Export): string => name ?? id ?? type;

const cellsOf = (made: Export): string[] => [
  made.export_id,
  made.created_at,
  made.state,
  countedEvents(made.rows),
  requesterOf(made),
  made.file ?? made.name,
  made.reason ?? '',
];

export const exportsCommand: Command = {
  summary: 'Files that the server has made: list, take, cancel',
  usage: 'exports list|get|manifest|cancel|retry [EXPORT] --tenant ID [flags]',
  about: `Each file that left a tenant's log is listed, the latest first, as far as you may export.
\`annals export --wait\` has one made. A file is kept for some days; its history stays.

  annals exports list --tenant acme
  annals exports get EXPORT --tenant acme --out acme.csv
  annals exports manifest EXPORT --tenant acme`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'whose log; required' },
    out: { type: 'string', value: 'FILE', help: 'get: where to; - is standard output' },
    limit: { type: 'string', value: 'N', help: `list: how many; default ${LISTED}` },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [verb = 'list', id, ...more] = args.positionals;
    const tenant_id = args.required('tenant');
    if (more.length > 0) throw new UsageError(`Too many words after "exports ${verb}"`);
    const client = connect();
    if (verb === 'list') {
      if (id !== undefined) throw new UsageError('"exports list" takes no export');
      const limit = args.number('limit') ?? LISTED;
      const { exports } = await client.exports.list({ tenant_id, limit }, { signal });
      await terminal.write(
        json ? exports.map((one) => `${cleanJson(one)}\n`).join('') : tableOf(exports),
      );
      return EXIT.done;
    }
    if (id === undefined) throw new UsageError(`Name the export: annals exports ${verb} EXPORT`);
    const place = { tenant_id, export_id: id };
    const show = (value: unknown) => terminal.write(`${cleanJson(value)}\n`);
    if (verb === 'get') {
      const out = args.text('out');
      if (out === undefined) throw new UsageError('--out is required');
      const made = await followExport(
        { client, terminal, signal },
        await client.exports.get(place, { signal }),
      );
      const bytes = await takeFile({ client, terminal, signal }, made, out);
      if (out !== STDOUT) terminal.note(`Wrote ${out}, ${count(bytes)} bytes.`);
    } else if (verb === 'manifest') await show(await client.exports.manifest(place, { signal }));
    else if (verb === 'cancel') await show(await client.exports.cancel(place, { signal }));
    else if (verb === 'retry') await show(await client.exports.retry(place, { signal }));
    else throw new UsageError(`"exports ${verb}" is not known`);
    return EXIT.done;
  },
};

function tableOf(exports: readonly Export[]): string {
  const rows = exports.map(cellsOf);
  const layout = layOut(rows, undefined);
  return rows.map((row) => `${clean(lineOf(row, layout).trimEnd())}\n`).join('');
}

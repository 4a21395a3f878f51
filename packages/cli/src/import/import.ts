/**
 * Importing other logs: files of records become events of one tenant. Owns `annals import`.
 * Promises that importing again stores nothing twice (ids come from the records), that what was
 * not mapped is said with reason and place, and that a second start goes on where the first
 * stopped. Never holds a file in memory, and never guesses.
 */
import { realpath, stat } from 'node:fs/promises';
import { type EventInput, LIMITS } from '@annals/contract/event';
import type { Client } from '@annals/sdk';
import { type Command, EXIT, UsageError } from '../command.ts';
import { cleanJson } from '../safe.ts';
import { count, type Terminal } from '../terminal.ts';
import { auth0 } from './auth0.ts';
import { cloudtrail } from './cloudtrail.ts';
import { gcp } from './gcp.ts';
import { github } from './github.ts';
import type { Importer } from './importer.ts';
import { k8s } from './k8s.ts';
import { ndjson } from './ndjson.ts';
import { okta } from './okta.ts';
import { memberText } from './pick.ts';
import { readFileRecords } from './read.ts';
import { describeReport, type ImportReport, type Place, ReportBuilder } from './report.ts';
import { ReusedIds } from './reused-ids.ts';
import type { Item } from './scan.ts';
import { type Batch, Sender } from './send.ts';
import { slack } from './slack.ts';
import { type ImportIdentity, ImportState } from './state.ts';

// `annals record` reads its input in the same forms.
export { readRecords } from './read.ts';
export type { Item } from './scan.ts';

const FORMATS = ['auth0', 'cloudtrail', 'gcp', 'github', 'k8s', 'okta', 'slack', 'ndjson'] as const;
type Format = (typeof FORMATS)[number];
const IMPORTERS: Readonly<Record<Format, Importer>> = {
  auth0,
  cloudtrail,
  gcp,
  github,
  k8s,
  okta,
  slack,
  ndjson,
};
const FORMAT_WORDS = FORMATS.join(', ');

export interface ImportOptions {
  /** Undefined is a dry run: it says what would be done, and needs no server. */
  readonly client: Client | undefined;
  readonly terminal: Terminal;
  readonly files: readonly string[];
  readonly from: Format;
  readonly tenantId: string;
  /** Takes this member of each record as the record. */
  readonly pick: string | undefined;
  /** Where the state is kept; default a file of its own for temporary files. */
  readonly statePath: string | undefined;
  readonly project: string | undefined;
  /** The server's address: part of what makes it the same import. */
  readonly url: string;
  readonly signal: AbortSignal;
}

type Read =
  | { readonly event: EventInput; readonly bytes: number }
  | { readonly unmapped: string; readonly detail?: string };

const parsed = (text: string): { value: unknown } | { detail: string } => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { detail: error instanceof Error ? error.message : String(error) };
  }
};

/** An item of a file as an event of the tenant, or why it is none. */
const readItem = (
  item: Exclude<Item, { kind: 'broken' }>,
  options: ImportOptions,
  ids: ReusedIds,
): Read => {
  if (item.kind === 'bad') return { unmapped: item.reason };
  const json = parsed(item.text);
  if ('detail' in json) return { unmapped: 'not valid JSON', detail: json.detail };
  const { pick, tenantId } = options;
  const text = pick === undefined ? item.text : memberText(item.text, json.value, pick);
  if (text === undefined) return { unmapped: `no member "${pick}"` };
  const record: unknown = pick === undefined ? json.value : JSON.parse(text);
  const importer = IMPORTERS[options.from];
  const mapped = importer.map(record, text);
  if ('unmapped' in mapped) return mapped;
  const { tenant_id, id: ownId } = mapped.event;
  if (tenant_id !== undefined && tenant_id !== tenantId) {
    return { unmapped: 'names another tenant than --tenant', detail: tenant_id };
  }
  const id = importer.reusesIds && ownId !== undefined ? ids.idFor(ownId, text) : ownId;
  const event = {
    ...mapped.event,
    ...(id === undefined ? {} : { id }),
    tenant_id: tenantId,
  };
  const bytes = Buffer.byteLength(JSON.stringify(event));
  if (bytes > LIMITS.eventBytes) {
    return { unmapped: `larger than the limit of ${LIMITS.eventBytes} bytes as an event` };
  }
  return { event, bytes };
};

/** Where the records of one file go, and what becomes known of them. */
interface Sink {
  add(event: EventInput, bytes: number, place: Place): Promise<void>;
  skip(): Promise<void>;
  finish(): Promise<void>;
}

const DRY: Sink = {
  add: () => Promise.resolve(),
  skip: () => Promise.resolve(),
  finish: () => Promise.resolve(),
};

const createSink = (
  client: Client,
  signal: AbortSignal,
  report: ReportBuilder,
  state: ImportState,
  file: string,
): Sink => {
  let done = state.done(file);
  return new Sender(client, signal, async (batch: Batch, result) => {
    if (result !== null) {
      report.recorded(result.accepted, result.duplicates);
      for (const rejection of result.rejected) {
        const place = batch.places[rejection.index];
        if (place !== undefined) report.rejected(rejection, place);
      }
    }
    done += batch.records;
    await state.save(file, done);
  });
};

interface FileWork {
  readonly path: string;
  readonly options: ImportOptions;
  readonly report: ReportBuilder;
  readonly sink: Sink;
  readonly ids: ReusedIds;
  /** Records that an earlier start has finished. */
  readonly doneBefore: number;
  readonly onRead: (bytes: number) => void;
}

const importFile = async (work: FileWork): Promise<void> => {
  const { path, options, report, sink } = work;
  const { shape } = IMPORTERS[options.from];
  let seen = 0;
  report.file();
  for await (const item of readFileRecords(path, { shape, onRead: work.onRead })) {
    options.signal.throwIfAborted();
    const place = { file: path, line: item.line };
    if (item.kind === 'broken') {
      report.broken(place, item.reason);
      break;
    }
    seen += 1;
    // Also what was done before is read, so that its ids are known.
    const read = readItem(item, options, work.ids);
    if (seen <= work.doneBefore) {
      report.skipped();
      continue;
    }
    if ('unmapped' in read) {
      report.unmapped(read.unmapped, place, read.detail);
      await sink.skip();
    } else {
      report.mapped(read.event.occurred_at);
      await sink.add(read.event, read.bytes, place);
    }
  }
  await sink.finish();
};

const identityOf = async (options: ImportOptions): Promise<ImportIdentity> => {
  const { from, pick, tenantId, project, url } = options;
  const files = [];
  for (const file of options.files) {
    const path = await realpath(file);
    const { size, mtimeMs } = await stat(path);
    files.push({ path, bytes: size, modifiedMs: mtimeMs });
  }
  return { files, from, pick, tenantId, project, url };
};

/**
 * Reads, maps and sends the files, one after the other. Throws what the client throws when the
 * server cannot take more; what was done until then is noted, and a second call goes on there.
 */
export const importFiles = async (options: ImportOptions): Promise<ImportReport> => {
  const { client, terminal, from, tenantId, signal } = options;
  const dryRun = client === undefined;
  const identity = await identityOf(options);
  const report = new ReportBuilder({ dryRun, from, tenantId });
  const state = dryRun ? undefined : await ImportState.open(options.statePath, identity);
  const totalBytes = identity.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const ids = new ReusedIds();
  let readBytes = 0;
  const onRead = (bytes: number) => {
    readBytes += bytes;
    const label = dryRun ? 'reading' : `${count(report.recordedSoFar)} recorded`;
    terminal.progress(label, readBytes, totalBytes);
  };
  try {
    for (const [index, path] of options.files.entries()) {
      const file = identity.files[index]?.path ?? path;
      const sink =
        client === undefined || state === undefined
          ? DRY
          : createSink(client, signal, report, state, file);
      const doneBefore = state?.done(file) ?? 0;
      await importFile({ path, options, report, sink, ids, doneBefore, onRead });
    }
  } catch (error) {
    terminal.endProgress();
    const recorded = count(report.recordedSoFar);
    if (!dryRun) terminal.note(`${recorded} events are recorded. The same command goes on there.`);
    throw error;
  }
  terminal.endProgress();
  await state?.remove();
  return report.build();
};

export const importCommand: Command = {
  summary: 'Bring other logs in',
  usage: 'import FILE… --from FORMAT --tenant ID [flags]',
  about: `Reads files of records (an array, {"Records":[…]}, or one a line; each also gzipped) and
records them as events of a tenant. Importing again stores nothing twice; after a stop, the same
command goes on where it was. Ends with 2 if an event was refused or a file could not be read to
its end. Records that could not be mapped are listed with the reason.

  annals import trail/*.json.gz --from cloudtrail --tenant acme --dry-run
  annals import audit_log.json --from github --tenant acme
  annals import acme.ndjson --from ndjson --tenant acme`,
  flags: {
    from: { type: 'string', value: 'FORMAT', help: `${FORMAT_WORDS}; required` },
    tenant: { type: 'string', value: 'ID', help: 'whose log; required' },
    'dry-run': { type: 'boolean', help: 'report only: nothing is sent, no server is needed' },
    pick: { type: 'string', value: 'FIELD', help: 'take this member of each record as the record' },
    state: { type: 'string', value: 'PATH', help: 'where to note how far it is' },
  },
  run: async ({ args, config, terminal, signal, json, project, connect }) => {
    const files = args.positionals;
    if (files.length === 0) throw new UsageError('Name at least one file');
    const from = args.choice('from', FORMATS);
    if (from === undefined) throw new UsageError(`--from is required: ${FORMAT_WORDS}`);
    const report = await importFiles({
      client: args.flag('dry-run') ? undefined : connect(),
      terminal,
      files,
      from,
      tenantId: args.required('tenant'),
      pick: args.text('pick'),
      statePath: args.text('state'),
      project,
      url: args.text('url') ?? config.url,
      signal,
    });
    const lines = json ? [cleanJson(report)] : describeReport(report, terminal);
    await terminal.write(`${lines.join('\n')}\n`);
    const isWell = (report.rejected ?? 0) === 0 && report.broken.length === 0;
    return isWell ? EXIT.done : EXIT.found;
  },
};

/**
 * What a file is made of: a question under the rules that hold for whoever asks, when it is asked,
 * when it is made and when it is fetched; and the row that keeps it. Nothing is made here.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capability } from '@annals/contract/compile';
import type { EXPORT_ROUTES } from '@annals/contract/exports';
import { safeFileName } from '@annals/contract/files';
import { formatInstant, parseMoment } from '@annals/contract/time';
import { rangeFromBytes, rangeRoot } from '@annals/contract/tree';
import type { Static } from 'typebox';
import {
  digestOfView,
  isNotTheirs,
  labelOf,
  type Principal,
  type Sight,
  type TenantPlace,
} from '../access/access.ts';
import { busyLoop } from '../busy.ts';
import type { EventBlock } from '../event-rows.ts';
import { Fault } from '../fault.ts';
import type { ExportRow } from '../store/store.ts';
import { type Asked, askedOf, askerOf, principalText, type Run } from './export-row.ts';
import type { Part } from './files.ts';
import type { FileForm } from './format.ts';
import type { ExportParts, Look } from './parts.ts';

export type NewExport = Omit<Static<(typeof EXPORT_ROUTES)['createExport']['body']>, 'project'> & {
  readonly project?: string;
};
/** A question that may be asked, with what its answer will be. */
export interface Prepared {
  readonly sight: Sight;
  readonly asked: Asked;
  readonly form: FileForm;
  readonly look: Look;
  /** Of the file, without its ending. */
  readonly name: string;
}
/** Of a run, what a question does not say; its limits are counted from a moment in ms. */
export interface RunAsked {
  readonly run: Run;
  readonly at: number;
}

/** How long the next block waits while the event loop is busy, in ms: as long as it takes. */
const WAY_MS = 5;
const OUTDATED = 'The view has changed since: make the file again.';

/** Relative times as the moments that they mean now: a file is of one time, whenever it is made. */
function fixed(text: string | undefined, now: number): string | undefined {
  const ms = text === undefined ? undefined : parseMoment(text, now);
  return ms === undefined ? text : formatInstant(ms);
}

/** Of a bound view, as requests name it. */
export const subjectText = ({ view: { subject } }: Sight): string | null =>
  subject ? `${encodeURIComponent(subject.type)}:${subject.id}` : null;

/** The range of a run is days of its own zone, and was held to the view's when it was saved. */
const ofRun = (sight: Sight, run: Run | undefined): Sight =>
  run === undefined ? sight : { ...sight, limits: { ...sight.limits, window: undefined } };

export class Asking {
  readonly #parts: ExportParts;

  constructor(parts: ExportParts) {
    this.#parts = parts;
  }

  /** Throws Fault as a search. */
  async prepare(principal: Principal, given: NewExport, of?: RunAsked): Promise<Prepared> {
    const { access, files } = this.#parts;
    const { name, compression = 'none', order = 'desc', project, ...rest } = given;
    const place = project === undefined ? rest : { ...rest, project };
    const own = await access.sight(principal, place, 'export', of?.at);
    const sight = ofRun(own, of?.run);
    const { now } = sight;
    const subject = subjectText(sight);
    const label = labelOf(sight, given.locale);
    const [from, to] = [fixed(given.from, now), fixed(given.to, now)];
    const asked: Asked = {
      ...{ ...rest, order, compression, label, project: sight.project.project },
      ...{ view: sight.view.name, flavor: given.flavor ?? 'exact' },
      time_zone: given.time_zone ?? 'UTC',
      // Also of who is bound to one: others may fetch the file.
      ...(subject === null ? {} : { subject }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(of === undefined ? {} : { run: of.run }),
    };
    const form = files.formOf(sight, formAsked(asked));
    const look = await this.#parts.look(sight, asked);
    const file = safeFileName(name ?? `${label} ${formatInstant(now).slice(0, 10)}`);
    return { sight, asked, form, look, name: file };
  }

  /**
   * Recorded in the log, and then kept, of the log as it is now. `holder` makes a file that goes
   * straight to whoever asks; without it one waits to be made.
   */
  async keep(
    principal: Principal,
    { sight, asked, look, name }: Prepared,
    { holder, exportId = randomUUID() }: { holder?: string; exportId?: string | undefined } = {},
  ): Promise<ExportRow> {
    const { store } = this.#parts;
    const { project_no, tenant_no } = sight.tenant;
    const head = await store.heads.byTenant(tenant_no);
    const range = rangeFromBytes(head?.size ?? 0, head?.range ?? new Uint8Array(0));
    const { name: view, hasPersonal } = sight.view;
    const { now } = sight;
    const isDirect = holder !== undefined;
    const row: ExportRow = {
      ...{ export_id: exportId, project_no, tenant_no, name, view },
      state: isDirect ? 'running' : 'waiting',
      asker: principalText(principal),
      asked: JSON.stringify(asked),
      subject: subjectText(sight),
      has_personal: hasPersonal ? 1 : 0,
      lens: digestOfView(sight),
      ...{ range_from: look.from, range_to: look.to, as_of: now },
      log_size: head?.size ?? 0,
      log_root: Buffer.from(rangeRoot(range)).toString('base64'),
      notices: JSON.stringify(look.notices),
      ...{ rows: 0, late: 0, expected: null, is_exact: 0, bytes: null, sha256: null },
      ...{ sequence_first: null, sequence_last: null, has_file: 0 },
      ...{ is_direct: isDirect ? 1 : 0, attempts: 0, reason: null, created_at: now },
      ...{ started_at: isDirect ? now : null, finished_at: null, expires_at: null },
      ...{ holder: holder ?? null, beat_at: Date.now() },
      report_id: asked.run?.report_id ?? null,
      is_settled: asked.run === undefined ? 1 : 0,
    };
    // First in the log: nothing is made of which it would not tell.
    await this.#parts.exported(principal, sight, { ...asked, export_id: row.export_id, name });
    await store.exports.add(row);
    return row;
  }

  /** A question that was asked before, as whoever asks now sees it. Throws `export_outdated`. */
  async asBefore(principal: Principal, row: ExportRow): Promise<{ sight: Sight; look: Look }> {
    const asked = askedOf(row);
    const own = await this.#parts.access.sight(principal, asked, 'export', row.as_of);
    const sight = ofRun(own, asked.run);
    const look = await this.#parts.look(sight, asked);
    const isSame =
      look.from === row.range_from && look.to === row.range_to && digestOfView(sight) === row.lens;
    if (!isSame) throw new Fault('export_outdated', OUTDATED);
    return { sight, look };
  }

  /** The same for whoever asked then. */
  async again(row: ExportRow): Promise<{ readonly look: Look; readonly form: FileForm }> {
    const principal = await this.#parts.access.again(askerOf(row));
    if (principal === undefined) {
      throw new Fault('forbidden', 'Whoever asked for it has no access any more.');
    }
    const { sight, look } = await this.asBefore(principal, row);
    return { look, form: this.#parts.files.formOf(sight, formAsked(askedOf(row))) };
  }

  /** What somebody would see through such a view now; undefined: it is none of theirs. */
  async sightNow(
    principal: Principal,
    place: TenantPlace,
    { view, subject }: Pick<ExportRow, 'view' | 'subject'>,
    capability: Capability,
  ): Promise<Sight | undefined> {
    const asked = { ...place, view, ...(subject === null ? {} : { subject }) };
    try {
      return await this.#parts.access.sight(principal, asked, capability);
    } catch (error) {
      if (isNotTheirs(error)) return undefined;
      throw error;
    }
  }
}

/** Recording goes first. */
async function* givingWay(blocks: AsyncIterable<EventBlock>): AsyncGenerator<EventBlock> {
  const isBusy = busyLoop();
  for await (const block of blocks) {
    if (isBusy()) await sleep(WAY_MS);
    yield block;
  }
}

/** The rows of a file, of the log as it was at a size. */
export function partsOf(
  look: Look,
  size: number,
  patience: 'patient' | 'prompt',
  run?: Run,
): readonly Part[] {
  const lens = { ...look.lens, below: size };
  const parts: Part[] = [{ lens, blocks: look.blocks(size, patience) }];
  if (run?.late) {
    const { from, to, since } = run.late;
    const within = { from: Math.max(from, look.earliest), to };
    parts.push({ lens: { ...lens, within }, blocks: look.recorded(since, size) });
  }
  if (patience === 'prompt') return parts;
  return parts.map((part) => ({ ...part, blocks: givingWay(part.blocks) }));
}

const formAsked = ({ run, ...asked }: Asked) => ({
  ...asked,
  ...(run === undefined ? {} : { lateBefore: run.from }),
});

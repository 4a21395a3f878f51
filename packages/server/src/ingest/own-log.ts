/**
 * The log's record of itself: who has read it, who has changed what about it. Owns what is recorded
 * of a reading, and how often. Promises: a reader never waits for it, but for a file, which is
 * recorded before it leaves; what was told is recorded as soon as the ledger takes it, also after
 * it could not for a while; recording is no reading, so nothing of it is recorded again.
 */
import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Doer,
  type OwnAction,
  type OwnEvent,
  type OwnTold,
  ownEvent,
} from '@annals/contract/own-events';
import type { Place, Principal, Sight, TenantRow } from '../access/access.ts';
import { keptOf } from '../kept.ts';
import type { Log } from '../log.ts';

/** Requests for the same within this time are one reading, in ms. */
const FOLD_MS = 15 * 60_000;
/** Readings that are remembered, about 150 bytes each. */
const READINGS_KEPT = 50_000;
/** Events that may wait while the ledger takes none; then what is told is lost, and said to be. */
const WAITING_MOST = 10_000;
/** Most of one recording. */
const AT_ONCE = 500;
/** After the ledger has refused, in ms. */
const RETRY_MS = 1_000;

/** What somebody asked of a log. */
export interface Reading {
  /** Given by the client to requests of one search. */
  readonly search_id?: string;
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Which file. */
interface FileTold {
  readonly export_id: string;
  readonly name: string;
}

/** Which report, and what was done with it. */
interface ReportTold {
  readonly report_id: string;
  readonly title: string;
  readonly [about: string]: unknown;
}

type Recorder = (tenant: TenantRow, events: readonly OwnEvent[]) => Promise<void>;

interface Parts {
  /** The tenant of a place; of none, the one whose log is that of the project itself. */
  readonly tenantOf: (place: Place) => Promise<TenantRow>;
  readonly record: Recorder;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

export class OwnLog {
  readonly #parts: Parts;
  readonly #readings = keptOf<string, true>({ most: READINGS_KEPT, ttl: FOLD_MS });
  /** By place. */
  readonly #waiting = new Map<string, { readonly place: Place; readonly events: OwnEvent[] }>();
  #count = 0;
  #lost = 0;
  #isStopping = false;
  #writing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Events that were told and could not be kept, since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** Records an event soon; whoever tells it does not wait. */
  tell(place: Place, event: OwnEvent): void {
    if (this.#count >= WAITING_MOST) {
      this.#lost++;
      this.#parts.log.error({ action: event.action }, 'an event of the log itself was lost');
      return;
    }
    const key = `${place.projectNo} ${place.tenantNo ?? ''}`;
    const waiting = this.#waiting.get(key) ?? { place, events: [] };
    waiting.events.push({ at: Date.now(), ...event });
    this.#waiting.set(key, waiting);
    this.#count++;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** A search, its first page: those alike within 15 minutes are one. */
  searched(
    principal: Principal,
    sight: Sight,
    reading: Reading,
    list?: 'actors' | 'records',
  ): void {
    const about = list === undefined ? {} : { list };
    this.#read('annals.log.searched', principal, sight, { ...readingOf(sight, reading), ...about });
  }

  followed(principal: Principal, sight: Sight, reading: Reading): void {
    this.#read('annals.log.followed', principal, sight, readingOf(sight, reading));
  }

  /** A single event, if the reader sees values of persons. */
  opened(principal: Principal, sight: Sight, id: string): void {
    if (!sight.view.hasPersonal) return;
    const targets = [{ type: 'event', id }];
    this.#read('annals.event.read', principal, sight, readingOf(sight, {}), targets);
  }

  /** Why a role sees an event: the answer tells what is in it. */
  explained(principal: Principal, tenant: TenantRow, { id, role }: { id: string; role: string }) {
    const { project_no: projectNo, tenant_no: tenantNo } = tenant;
    const told = { targets: [{ type: 'event', id }], metadata: { role } };
    this.#once({ projectNo, tenantNo }, principal, 'annals.event.explained', told);
  }

  #read(
    action: OwnAction,
    principal: Principal,
    sight: Sight,
    metadata: Readonly<Record<string, string>>,
    targets?: OwnEvent['targets'],
  ): void {
    const { project_no: projectNo, tenant_no: tenantNo } = sight.tenant;
    const told = { metadata, ...(targets ? { targets } : {}) };
    this.#once({ projectNo, tenantNo }, principal, action, told);
  }

  #once(place: Place, principal: Principal, action: OwnAction, told: OwnTold): void {
    const same = JSON.stringify([place.tenantNo, principal.id, action, told]);
    const key = hash('sha256', same, 'base64');
    if (this.#readings.has(key)) return;
    this.#readings.set(key, true);
    this.tell(place, ownEvent(action, principal, told));
  }

  /** A file: recorded when this resolves. Throws as the ledger does; then nothing may leave. */
  async exported(
    principal: Principal,
    sight: Sight,
    { format, export_id, name, ...reading }: Reading & FileTold & { readonly format: string },
  ): Promise<void> {
    const metadata = { ...readingOf(sight, reading), format, name, export_id };
    const event = ownEvent('annals.log.exported', principal, { metadata });
    await this.#parts.record(sight.tenant, [event]);
  }

  /** The same of a file that was made before, each time that it is fetched. */
  async downloaded(
    principal: Principal,
    sight: Sight,
    { export_id, name }: FileTold,
  ): Promise<void> {
    const metadata = { view: sight.view.name, name, export_id };
    const event = ownEvent('annals.export.downloaded', principal, { metadata });
    await this.#parts.record(sight.tenant, [event]);
  }

  /** A report that was changed, stopped or delivered; the server by itself, if nobody is named. */
  async reported(
    principal: Principal | undefined,
    tenant: TenantRow,
    action: OwnAction,
    { report_id: id, title: name, ...metadata }: ReportTold,
  ): Promise<void> {
    const doer: Doer = principal ?? { kind: 'key', actor: { type: 'system' } };
    const told = { targets: [{ type: 'report', id, name }], metadata };
    await this.#parts.record(tenant, [ownEvent(action, doer, told)]);
  }

  async #write(): Promise<void> {
    while (this.#waiting.size > 0) {
      const [found] = this.#waiting;
      if (found === undefined) return;
      const [key, { place, events }] = found;
      const batch = events.slice(0, AT_ONCE);
      try {
        const tenant = await this.#parts.tenantOf(place);
        await this.#parts.record(tenant, batch);
      } catch (error) {
        this.#parts.log.warn({ err: error }, 'events of the log itself wait');
        if (this.#isStopping) return;
        await sleep(RETRY_MS);
        continue;
      }
      this.#count -= batch.length;
      events.splice(0, batch.length);
      // To the end of the line, or away.
      this.#waiting.delete(key);
      if (events.length > 0) this.#waiting.set(key, { place, events });
    }
  }

  /** Resolves when what was told so far is recorded. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Resolves when what was told is recorded, or cannot be. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#writing;
  }
}

/** Texts of a query may name persons: metadata is personal as one value. */
const readingOf = (
  { view }: Sight,
  { q, from, to, search_id }: Reading,
): Readonly<Record<string, string>> => ({
  view: view.name,
  ...(view.subject ? { subject: `${view.subject.type}:${view.subject.id}` } : {}),
  ...(q ? { query: q } : {}),
  ...(from ? { from } : {}),
  ...(to ? { to } : {}),
  ...(search_id ? { search_id } : {}),
});

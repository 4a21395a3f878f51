/**
 * The ledger: per tenant an append-only sequence with its Merkle tree. Owns numbering, trees,
 * heads, verification, and the one way in which stored events lose something. Promises: an event
 * that `append` resolved for is on disk, has its place for ever, and no place is empty or used
 * twice, whatever crashes; no leaf ever changes. Never decides who may read an event.
 */
import { randomBytes } from 'node:crypto';
import type { Job, VerifyResult } from '@annals/contract/routes';
import type { Config } from '../config.ts';
import { Fault } from '../fault.ts';
import { keptOf } from '../kept.ts';
import type { Log } from '../log.ts';
import type { Change, Revised } from '../revision.ts';
import type { Store } from '../store/store.ts';
import { type Appended, appendGroup, type PreparedEvent } from './append.ts';
import { type FoundJob, type JobPlace, Jobs, type JobWork } from './jobs.ts';
import { Lanes } from './lanes.ts';
import { type Deriving, type Note, revise } from './revise.ts';
import { type Progress, verifyTenant } from './verify.ts';

export type { Change, Revised } from '../revision.ts';
export type { Appended, PreparedEvent } from './append.ts';
export { type Asker, Erasures } from './erasures.ts';
export type { Deriving, PreparedRevision } from './revise.ts';
export type { Progress } from './verify.ts';

/** Most events of one transaction: bounds how long a head stays locked (about 30 ms). */
const GROUP_EVENTS = 1_000;
/** Origins kept in memory, about 150 bytes each. */
const ORIGINS_KEPT = 100_000;
const LOG_ID_BYTES = 16;

export interface Ledger {
  /** The origin of the tenant's log, `<log name>/<log id>`; its head is made if there is none. */
  origin(tenantNo: number): Promise<string>;
  /**
   * Appends events of one tenant, at most 1,000. Resolves when they are on disk. Throws Fault
   * `queue_full`, `stopping`, `storage_unavailable` or `storage_full`: then send the same ids
   * again.
   */
  append(tenantNo: number, events: readonly PreparedEvent[]): Promise<readonly Appended[]>;
  /**
   * Takes events, or personal values of them, away; any number, in batches that are stored whole.
   * Best in order of sequence. What a legal hold covers stays and is told. May be asked again for
   * the same: what is gone already is in no list. Throws Fault `stopping`, `storage_unavailable` or
   * `storage_full`: the batches before are then stored. Throws RangeError for a path that is no
   * personal value of its event, and stores nothing of its batch.
   */
  revise(tenantNo: number, changes: readonly Change[], note?: Note): Promise<Revised>;
  /**
   * What was taken from events by then is in no file of an embedded database any more, however it
   * is read. It writes the indexes anew, so it takes about a second for 50,000 events.
   */
  scrub(): Promise<void>;
  /** Re-reads the tenant's log, checks leaves, tree and head. Reads only; may run at any time. */
  verify(tenantNo: number, tenantId: string, progress: Progress): Promise<VerifyResult>;
  /** Long work on a tenant as a job: answers at once; `findJob` tells how far it is. */
  startJob(place: JobPlace, work: JobWork): Promise<Job>;
  findJob(jobId: string): Promise<FoundJob | undefined>;
  readonly queuedEvents: number;
  /** Of this server, since its start. */
  readonly recordedEvents: number;
  /** Stores what was taken, refuses the rest. */
  stop(): Promise<void>;
}

/** Told after a commit: the tenant, and that its log has at least so many events. */
type Moved = (tenantNo: number, size: number) => void;

/** Those who keep what is derived from events; without them a ledger is only read and appended. */
interface Followed {
  readonly moved?: Moved;
  readonly deriving?: Deriving;
}

function followed(deriving: Deriving | undefined): Deriving {
  if (deriving === undefined) throw new Fault('stopping', 'Nothing follows this ledger.');
  return deriving;
}

/** Work that must end before the ledger does. */
class Running {
  readonly #all = new Set<Promise<unknown>>();
  isStopping = false;

  async add<T>(work: Promise<T>): Promise<T> {
    this.#all.add(work);
    try {
      return await work;
    } finally {
      this.#all.delete(work);
    }
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.allSettled(this.#all);
  }
}

/** Opens the ledger; the log's name counts only at the instance's first start. */
export async function openLedger(
  store: Store,
  options: Pick<Config, 'logName' | 'queueEvents'>,
  log: Log,
  { moved = () => undefined, deriving }: Followed = {},
): Promise<Ledger> {
  const proposed = options.logName ?? `annals-${randomBytes(8).toString('hex')}.invalid`;
  const logName = await store.settings.keep('log_name', proposed);
  const origins = keptOf<number, string>({ most: ORIGINS_KEPT });
  const { tenantsPerTransaction, transactionsAtOnce } = store.database;
  let recordedEvents = 0;
  const lanes = new Lanes<PreparedEvent, Appended>({
    commit: async (units) => {
      const results = await appendGroup(store, units);
      for (const [index, { tenantNo }] of units.entries()) {
        recordedEvents += results[index]?.length ?? 0;
        const last = results[index]?.at(-1);
        if (last && last.kind !== 'conflict') moved(tenantNo, last.sequence + 1);
      }
      return results;
    },
    laneOf: tenantsPerTransaction === 1 ? (tenantNo) => tenantNo : () => 0,
    lanesAtOnce: transactionsAtOnce,
    groupEvents: GROUP_EVENTS,
    queueEvents: options.queueEvents,
  });
  const jobs = new Jobs(store, log);
  const running = new Running();
  const verify: Ledger['verify'] = (tenantNo, tenantId, progress) =>
    verifyTenant(store, logName, tenantNo, tenantId, progress);
  return {
    async origin(tenantNo) {
      const known = origins.get(tenantNo);
      if (known !== undefined) return known;
      const head = await store.heads.keep(tenantNo, randomBytes(LOG_ID_BYTES).toString('hex'));
      const origin = `${logName}/${head.log_id}`;
      origins.set(tenantNo, origin);
      return origin;
    },
    append: (tenantNo, events) => lanes.add({ tenantNo, events }),
    async revise(tenantNo, changes, note) {
      return await running.add(
        revise(store, followed(deriving), tenantNo, changes, () => running.isStopping, note),
      );
    },
    async scrub() {
      await running.add(
        followed(deriving)
          .scrub()
          .then(() => store.database.scrub()),
      );
    },
    verify,
    startJob: (place, work) => jobs.start(place, work),
    findJob: (jobId) => jobs.find(jobId),
    get queuedEvents() {
      return lanes.queuedEvents;
    },
    get recordedEvents() {
      return recordedEvents;
    },
    async stop() {
      await Promise.all([lanes.stop(), jobs.stop(), running.stop()]);
    },
  };
}

/**
 * The ledger: per tenant an append-only sequence with its Merkle tree. Owns numbering, trees,
 * heads and verification. Promises: an event that `append` resolved for is on disk, has its
 * place for ever, and no place is empty or used twice, whatever crashes. Never changes an event,
 * never decides who may read one.
 */
import { randomBytes } from 'node:crypto';
import type { Job, VerifyResult } from '@annals/contract/routes';
import { LRUCache } from 'lru-cache';

import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { type Appended, appendGroup, type PreparedEvent } from './append.ts';
import { type FoundJob, Jobs } from './jobs.ts';
import { Lanes } from './lanes.ts';
import { type Progress, verifyTenant } from './verify.ts';

export type { Appended, PreparedEvent } from './append.ts';

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
  /** Re-reads the tenant's log, checks leaves, tree and head. Reads only; may run at any time. */
  verify(tenantNo: number, tenantId: string, progress: Progress): Promise<VerifyResult>;
  /** The same as a job: answers at once; `findJob` tells how far it is. */
  startVerify(projectNo: number, tenantNo: number, tenantId: string): Promise<Job>;
  findJob(jobId: string): Promise<FoundJob | undefined>;
  readonly queuedEvents: number;
  /** Stores what was taken, refuses the rest. */
  stop(): Promise<void>;
}

/** Opens the ledger; the log's name counts only at the instance's first start. */
export async function openLedger(
  store: Store,
  options: Pick<Config, 'logName' | 'queueEvents'>,
  log: Log,
): Promise<Ledger> {
  const proposed = options.logName ?? `annals-${randomBytes(8).toString('hex')}.invalid`;
  const logName = await store.settings.keep('log_name', proposed);
  const origins = new LRUCache<number, string>({ max: ORIGINS_KEPT });
  const { tenantsPerTransaction, transactionsAtOnce } = store.database;
  const lanes = new Lanes<PreparedEvent, Appended>({
    commit: (units) => appendGroup(store, units),
    laneOf: tenantsPerTransaction === 1 ? (tenantNo) => tenantNo : () => 0,
    lanesAtOnce: transactionsAtOnce,
    groupEvents: GROUP_EVENTS,
    queueEvents: options.queueEvents,
  });
  const jobs = new Jobs(store, log);
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
    verify,
    startVerify: (projectNo, tenantNo, tenantId) =>
      jobs.start({ projectNo, tenantNo }, (progress) => verify(tenantNo, tenantId, progress)),
    findJob: (jobId) => jobs.find(jobId),
    get queuedEvents() {
      return lanes.queuedEvents;
    },
    async stop() {
      await Promise.all([lanes.stop(), jobs.stop()]);
    },
  };
}

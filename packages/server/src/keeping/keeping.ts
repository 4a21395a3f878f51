/**
 * What of a log is kept, and for how long. Owns retention, legal holds and the end of tenants.
 * Promises: nothing goes before its time, nor while a hold covers it; what went is told by an
 * event of the log's own, where it still has one. Never changes an event itself: the ledger does.
 */
import type { OwnEvent } from '@annals/contract/own-events';
import type { Access, Principal, ProjectRow, TenantRow } from '../access/access.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { Ending } from './ending.ts';
import { Holds } from './holds.ts';
import { RetentionRuns } from './retention.ts';

/** Records events of the log itself; durable when it resolves. */
export type RecordOwn = (tenant: TenantRow, events: readonly OwnEvent[]) => Promise<void>;

export interface KeepingParts {
  readonly store: Store;
  readonly access: Access;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly recordOwn: RecordOwn;
}

/** Who asked for something, and of which tenant. */
export interface Place {
  readonly principal: Principal;
  readonly project: ProjectRow;
  readonly tenant: TenantRow;
}

export class Keeping {
  readonly holds: Holds;
  readonly retention: RetentionRuns;
  readonly ending: Ending;

  constructor(parts: KeepingParts) {
    this.holds = new Holds(parts);
    this.retention = new RetentionRuns(parts);
    this.ending = new Ending(parts);
  }
}

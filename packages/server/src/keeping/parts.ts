/** What each part of keeping needs. */
import type { OwnEvent } from '@annals/contract/own-events';
import type { Access, Principal, ProjectRow, TenantRow } from '../access/access.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';

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

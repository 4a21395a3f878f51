/** What watching needs of other modules. */
import type { OwnEvent } from '@annals/contract/own-events';
import type { Access, Sight, TenantRow } from '../access/access.ts';
import type { EventBlock, Lens } from '../event-rows.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';

/** Events of a range, as a view shows them. */
export interface View {
  readonly lens: Lens;
  /** Rows of a state of the log that is pinned by its size, the oldest first. */
  blocks(pinned: number, patience: 'patient'): AsyncIterable<EventBlock>;
}

export interface UnusualParts {
  readonly store: Store;
  readonly access: Access;
  readonly log: Log;
  look(
    sight: Sight,
    asked: { readonly from: string; readonly to: string; readonly order: 'asc' },
  ): Promise<View>;
  /** Durable when it resolves. */
  recordOwn(tenant: TenantRow, events: readonly OwnEvent[]): Promise<void>;
}

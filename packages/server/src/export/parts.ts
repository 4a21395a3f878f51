/** What exports need of other modules. */
import type { Export } from '@annals/contract/exports';
import type { Access, Principal, Sight } from '../access/access.ts';
import type { EventBlock, Lens } from '../event-rows.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { Asked } from './export-row.ts';
import type { Files } from './files.ts';
import type { Shelf } from './shelf.ts';

/** What is told of a file. */
interface Told {
  readonly export_id: string;
  readonly name: string;
}

/** A question as it is looked at: what its plan shows, and the rows that may be in it. */
export interface Look {
  readonly lens: Lens;
  /** Milliseconds, as the view's limits leave them. */
  readonly from: number;
  readonly to: number;
  readonly notices: Export['notices'];
  /** How many rows there are, as far as is counted quickly. */
  count(): Promise<{ readonly rows: number; readonly exact: boolean }>;
  /**
   * Rows of a state of the log that is pinned by its size, at least those. A patient one waits for
   * the index to have them.
   */
  blocks(pinned: number, patience: 'patient' | 'prompt'): AsyncIterable<EventBlock>;
}

export interface ExportParts {
  readonly store: Store;
  readonly access: Pick<Access, 'again' | 'grants' | 'project' | 'sight' | 'tenantToRead'>;
  readonly files: Files;
  readonly shelf: Shelf;
  readonly log: Log;
  /** How long a file is kept, in days. */
  readonly keptDays: number;
  look(sight: Sight, asked: Asked): Promise<Look>;
  /** Durable when it resolves. */
  exported(principal: Principal, sight: Sight, told: Told & Asked): Promise<void>;
  downloaded(principal: Principal, sight: Sight, told: Told): Promise<void>;
}

/** What exports need of other modules. */
import type { ReadEvent } from '@annals/contract/event';
import type { Export } from '@annals/contract/exports';
import type { OwnAction } from '@annals/contract/own-events';
import type { NewRecipient } from '@annals/contract/reports';
import type { Notice } from '@annals/contract/routes';
import type { Access, Principal, Sight } from '../access/access.ts';
import type { EventBlock, Lens } from '../event-rows.ts';
import type { Log } from '../log.ts';
import type { DeliveryRow, ReportRow, Store } from '../store/store.ts';
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
  /** The view shows nothing from before this moment, whatever the question, in ms. */
  readonly earliest: number;
  readonly notices: Export['notices'];
  /** How many rows there are, as far as is counted quickly. */
  count(): Promise<{ readonly rows: number; readonly exact: boolean }>;
  /**
   * Rows of a state of the log that is pinned by its size, at least those. A patient one waits for
   * the index to have them.
   */
  blocks(pinned: number, patience: 'patient' | 'prompt'): AsyncIterable<EventBlock>;
  /** All rows of the log from a sequence on and below another, for a lens to decide. */
  recorded(from: number, below: number): AsyncIterable<EventBlock>;
}

/** Who carries what is sent out of the house. */
export interface Post {
  /** Why nothing can be sent there, as a sentence; undefined: it can. */
  problemOf(recipient: NewRecipient): string | undefined;
  newSecret(): string;
  /** There is something to send. */
  nudge(): void;
  /** Sends it now, and once; answers what became of it. */
  once(delivery: DeliveryRow): Promise<DeliveryRow>;
}

export interface ExportParts {
  readonly store: Store;
  readonly access: Pick<Access, 'again' | 'grants' | 'project' | 'sight' | 'tenantToRead'>;
  readonly files: Files;
  readonly shelf: Shelf;
  readonly log: Log;
  /** How long a file is kept, in days. */
  readonly keptDays: number;
  readonly post: Post;
  /** The time, in ms. */
  now(): number;
  look(sight: Sight, asked: Asked): Promise<Look>;
  /** The first events of an answer, which is told of as a search. */
  first(
    principal: Principal,
    sight: Sight,
    asked: Asked,
    limit: number,
  ): Promise<{ readonly events: readonly ReadEvent[]; readonly notices: Notice[] }>;
  /** Durable when it resolves. */
  exported(principal: Principal, sight: Sight, told: Told & Asked): Promise<void>;
  downloaded(principal: Principal, sight: Sight, told: Told): Promise<void>;
  /** The same of a report; undefined: the server did it by itself. */
  reported(
    principal: Principal | undefined,
    report: ReportRow,
    action: OwnAction,
    told: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

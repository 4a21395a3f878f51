/**
 * What of a log is kept, and for how long. Owns retention, legal holds and the end of tenants.
 * Promises: nothing goes before its time, nor while a hold covers it; what went is told by an
 * event of the log's own, where it still has one. Never changes an event itself: the ledger does.
 */
import { Ending } from './ending.ts';
import { Holds } from './holds.ts';
import type { KeepingParts } from './parts.ts';
import { RetentionRuns } from './retention.ts';

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

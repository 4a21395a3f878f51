/** Reading a great many events of a log, block by block, the next one read while one is used. */
import { type EventBlock, readAhead } from '../event-rows.ts';
import type { Database, ReadingDatabase } from './database.ts';
import { eventsFrom } from './events.ts';
import { findsOf } from './finds.ts';
import type { Proposing } from './proposing.ts';

export interface Scans {
  /** As an index has them: `Finds.propose`. */
  proposed(proposing: Proposing): AsyncGenerator<EventBlock>;
  /** Of sequences from one on and below another, in their order. */
  recorded(tenantNo: number, from: number, below: number): AsyncGenerator<EventBlock>;
}

/** Rows read at once: a third of a megabyte. */
const ROWS = 400;

export function scansOf(database: Database): Scans {
  const bulk: ReadingDatabase = {
    dialect: database.dialect,
    all: (statement) => database.all(statement),
    columns: (statement, kinds) => database.bulk(statement, kinds),
  };
  const { propose } = findsOf(bulk);
  const from = eventsFrom(bulk);
  const recorded = async function* (tenantNo: number, start: number, below: number) {
    for (let at = start; at < below; at += ROWS) {
      yield await from(tenantNo, at, Math.min(ROWS, below - at));
    }
  };
  return {
    proposed: (proposing) => readAhead(propose(proposing, { first: ROWS, most: ROWS })),
    recorded: (...range) => readAhead(recorded(...range)),
  };
}

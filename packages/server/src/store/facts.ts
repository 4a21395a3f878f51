/**
 * The kind, the actor and the time of each event as flat arrays, in parts of up to 4,096 sequences:
 * what counts do not tell is counted from these, some 10 ns an event.
 */
import { bytesAt, type ColumnKind, type Columns, integerColumn } from '../columns.ts';
import { columnReader } from '../event-rows.ts';
import type { TimeRange } from './counts.ts';
import { type Database, forEach, type WriteStep } from './database.ts';
import { type Filling, insertStep } from './derived-insert.ts';
import type { CursorMove, EventEntry, Runner } from './derived-rows.ts';
import { PARTY_ROLES } from './index-tables.ts';

/** Events of consecutive sequences. */
export interface FactPart {
  readonly first: number;
  /** NO_EVENT where there is none. */
  readonly kinds: Uint16Array;
  /** Numbers of entities; 0: nobody is named. Empty if they were not asked for. */
  readonly actors: Uint32Array;
  /** Milliseconds. Empty if all are in the range that was asked for. */
  readonly times: Float64Array;
}
export const NO_EVENT = 0xffff;

/** A part that is whole begins at a multiple of it. */
const PART_EVENTS = 4_096;
/** Small batches are added to a part up to here; then they begin a new one. */
const SMALL_EVENTS = 256;
/** A part is written anew for a batch of at least this share of it. */
const REWRITE_SHARE = 8;
/** Parts read at once: about 1.5 megabytes. */
const READ_PARTS = 64;

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array | Float64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);
/** In memory of their own: bytes in the middle of others may not begin where numbers can. */
const memoryOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const empty = (first: number, count: number) => ({
  first,
  kinds: new Uint16Array(count).fill(NO_EVENT),
  actors: new Uint32Array(count),
  times: new Float64Array(count),
});
const endOf = ({ first, kinds }: FactPart): number => first + kinds.length;

/** Several that follow each other as one. */
function joined(parts: readonly FactPart[]): FactPart {
  const first = parts[0]?.first ?? 0;
  const whole = empty(
    first,
    parts.reduce((end, part) => Math.max(end, endOf(part)), first) - first,
  );
  for (const part of parts) {
    whole.kinds.set(part.kinds, part.first - first);
    whole.actors.set(part.actors, part.first - first);
    whole.times.set(part.times, part.first - first);
  }
  return whole;
}

const cut = ({ first, kinds, actors, times }: FactPart, from: number, to: number): FactPart => ({
  first: from,
  kinds: kinds.subarray(from - first, to - first),
  actors: actors.subarray(from - first, to - first),
  times: times.subarray(from - first, to - first),
});

function partOf(entries: readonly EventEntry[]): FactPart {
  const first = entries[0]?.sequence ?? 0;
  const part = empty(first, (entries.at(-1)?.sequence ?? first - 1) + 1 - first);
  for (const { sequence, kind, parties, occurredAt } of entries) {
    const at = sequence - first;
    const actor = parties.find(({ role }) => (role & PARTY_ROLES.actor) !== 0);
    part.kinds[at] = kind;
    part.actors[at] = actor?.entity ?? 0;
    part.times[at] = occurredAt;
  }
  return part;
}

const startOf = (sequence: number): number => sequence - (sequence % PART_EVENTS);

/** Parts to be stored, and beginnings of those that they replace. */
function placed(stored: readonly FactPart[], fresh: FactPart) {
  const parts: FactPart[] = [];
  const replaced: number[] = [];
  for (let from = fresh.first; from < endOf(fresh); ) {
    const end = startOf(from) + PART_EVENTS;
    const slice = cut(fresh, from, Math.min(end, endOf(fresh)));
    const before = stored.filter(({ first }) => startOf(first) === startOf(from));
    const last = before.at(-1);
    const isWhole = endOf(slice) === end;
    const size = slice.kinds.length;
    const isRewritten =
      last &&
      (last.kinds.length + size <= SMALL_EVENTS || size * REWRITE_SHARE >= last.kinds.length);
    const over = isWhole ? before : isRewritten ? [last] : [];
    parts.push(joined([...over, slice]));
    replaced.push(...over.map(({ first }) => first));
    from = endOf(slice);
  }
  return { parts, replaced };
}

interface Stored extends TimeRange {
  readonly tenantNo: number;
  readonly part: FactPart;
}

function storedOf(tenantNo: number, part: FactPart): Stored {
  const times = part.times.filter((_time, at) => part.kinds[at] !== NO_EVENT);
  const from = times.reduce((one, other) => Math.min(one, other), Infinity);
  const to = times.reduce((one, other) => Math.max(one, other), 0);
  return { tenantNo, part, from, to };
}

const FACT: Filling<Stored> = [
  ['tenant_no', 'int', ({ tenantNo }) => tenantNo],
  ['first', 'bigint', ({ part }) => part.first],
  ['from_time', 'bigint', ({ from }) => from],
  ['to_time', 'bigint', ({ to }) => to],
  ['kinds', 'bytea', ({ part }) => bytesOf(part.kinds)],
  ['actors', 'bytea', ({ part }) => bytesOf(part.actors)],
  ['times', 'bytea', ({ part }) => bytesOf(part.times)],
];
const COLUMN_KINDS: readonly ColumnKind[] = ['integer', 'integer', 'bytes', 'bytes', 'bytes'];

/** Rows with the columns tenant_no, first, kinds, actors, times. */
function rowsIn(answer: Columns): { tenantNo: number; part: FactPart }[] {
  const read = columnReader(answer);
  const [tenants, firsts] = [read.integers(0), read.integers(1)];
  const [kinds, actors, times] = [read.bytes(2), read.bytes(3), read.bytes(4)];
  return Array.from({ length: answer.count }, (_, row) => ({
    tenantNo: tenants[row] ?? 0,
    part: {
      first: firsts[row] ?? 0,
      kinds: new Uint16Array(memoryOf(bytesAt(kinds, row))),
      actors: new Uint32Array(memoryOf(bytesAt(actors, row))),
      times: new Float64Array(memoryOf(bytesAt(times, row))),
    },
  }));
}

/** What the two dialects write differently. */
const DIALECTS = {
  sqlite: {
    remove: 'DELETE FROM event_fact WHERE tenant_no = ? AND first = ?',
    none: "x''",
  },
  postgres: {
    remove: `DELETE FROM event_fact AS fact
      USING unnest(?::int[], ?::bigint[]) AS gone (tenant_no, first)
      WHERE fact.tenant_no = gone.tenant_no AND fact.first = gone.first`,
    none: "''::bytea",
  },
} as const;

function removalStep(
  { dialect }: Runner,
  gone: readonly { readonly tenantNo: number; readonly first: number }[],
): WriteStep[] {
  if (gone.length === 0) return [];
  const columns = [
    integerColumn(gone.map(({ tenantNo }) => tenantNo)),
    integerColumn(gone.map(({ first }) => first)),
  ];
  const sql = DIALECTS[dialect].remove;
  return [{ sql, parameters: [], rows: { count: gone.length, columns } }];
}

/** Adds facts of new events. Reads before the transaction: the cursors fence who else writes. */
export async function factSteps(
  runner: Runner,
  moves: readonly CursorMove[],
  entries: readonly EventEntry[],
): Promise<WriteStep[]> {
  if (entries.length === 0) return [];
  const tails = forEach(
    runner,
    'event_fact',
    (item) => `tenant_no = ${item(0)} AND first >= ${item(1)}`,
  );
  const answer = await runner.columns(
    {
      sql: `SELECT tenant_no, first, kinds, actors, times ${tails} ORDER BY tenant_no, first`,
      parameters: [JSON.stringify(moves.map(({ tenantNo, was }) => [tenantNo, startOf(was)]))],
    },
    COLUMN_KINDS,
  );
  const stored = Map.groupBy(rowsIn(answer), ({ tenantNo }) => tenantNo);
  const rows: Stored[] = [];
  const gone: { tenantNo: number; first: number }[] = [];
  for (const [tenantNo, of] of Map.groupBy(entries, (entry) => entry.tenantNo)) {
    const before = (stored.get(tenantNo) ?? []).map(({ part }) => part);
    const { parts, replaced } = placed(before, partOf(of));
    rows.push(...parts.map((part) => storedOf(tenantNo, part)));
    gone.push(...replaced.map((first) => ({ tenantNo, first })));
  }
  return [...removalStep(runner, gone), ...insertStep(runner, 'event_fact', FACT, rows)];
}

const REPLACE = `ON CONFLICT (tenant_no, first) DO UPDATE SET from_time = excluded.from_time,
  to_time = excluded.to_time, kinds = excluded.kinds, actors = excluded.actors,
  times = excluded.times`;

/** Puts other facts in place of those that are stored; without an entry there is no event now. */
export async function refactSteps(
  runner: Runner,
  tenantNo: number,
  changes: ReadonlyMap<number, EventEntry | undefined>,
): Promise<WriteStep[]> {
  const starts = [...new Set([...changes.keys()].map(startOf))];
  const around = forEach(
    runner,
    'event_fact',
    (item) => `tenant_no = ${item(0)} AND first >= ${item(1)} AND first < ${item(2)}`,
  );
  const parameters = [
    JSON.stringify(starts.map((start) => [tenantNo, start, start + PART_EVENTS])),
  ];
  const sql = `SELECT tenant_no, first, kinds, actors, times ${around}`;
  const parts = rowsIn(await runner.columns({ sql, parameters }, COLUMN_KINDS));
  const changed = new Set<FactPart>();
  for (const [sequence, entry] of changes) {
    const found = parts.find(({ part }) => sequence >= part.first && sequence < endOf(part));
    if (found === undefined) continue;
    const fresh = entry ? partOf([entry]) : empty(sequence, 1);
    found.part.kinds.set(fresh.kinds, sequence - found.part.first);
    found.part.actors.set(fresh.actors, sequence - found.part.first);
    found.part.times.set(fresh.times, sequence - found.part.first);
    changed.add(found.part);
  }
  const isHollow = ({ kinds }: FactPart) => kinds.every((kind) => kind === NO_EVENT);
  const gone = [...changed].filter(isHollow);
  const left = [...changed].filter((part) => !isHollow(part));
  return [
    ...removalStep(
      runner,
      gone.map(({ first }) => ({ tenantNo, first })),
    ),
    ...insertStep(
      runner,
      'event_fact',
      FACT,
      left.map((part) => storedOf(tenantNo, part)),
      REPLACE,
    ),
  ];
}

export interface Facts {
  /** Parts with events of a time, in order of sequence. */
  read(
    tenantNo: number,
    range: TimeRange,
    wants: { readonly actors: boolean; readonly times: boolean },
  ): AsyncGenerator<FactPart>;
}

export const factsOf = (database: Database): Facts => ({
  async *read(tenantNo, { from, to }, wants) {
    const { none } = DIALECTS[database.dialect];
    const times = wants.times
      ? 'times'
      : `CASE WHEN from_time >= ? AND to_time < ? THEN ${none} ELSE times END`;
    const sql = `SELECT tenant_no, first, kinds, ${wants.actors ? 'actors' : none}, ${times}
      FROM event_fact WHERE tenant_no = ? AND first > ? AND to_time >= ? AND from_time < ?
      ORDER BY first LIMIT ${READ_PARTS}`;
    for (let last = -1; ; ) {
      const inside = wants.times ? [] : [from, to];
      const parameters = [...inside, tenantNo, last, from, to];
      const parts = rowsIn(await database.columns({ sql, parameters }, COLUMN_KINDS));
      for (const { part } of parts) yield part;
      const next = parts.at(-1)?.part.first;
      if (parts.length < READ_PARTS || next === undefined) return;
      last = next;
    }
  },
});

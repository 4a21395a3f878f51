/** Where entities have a part: the places of their events in order of time, many asked at once. */
import type { EventKey } from '../event-rows.ts';
import type { Runner } from './derived-rows.ts';
import { PARTY_ROLES } from './index-tables.ts';
import { partyTerms, spanOf, TERMS_MOST } from './terms-postgres.ts';

export interface KeysAsked {
  readonly entity: number;
  readonly order: 'asc' | 'desc';
  /** Beyond this place in the order. */
  readonly after: EventKey;
  readonly limit: number;
}

/** Spans of time looked at first, and how their number grows. */
const FIRST_SPANS = 2;
const GROWTH = 4;
const ROLES = Object.keys(PARTY_ROLES).length;
const SPANS_MOST = Math.floor(TERMS_MOST / ROLES);

const beyond = ({ order }: KeysAsked): string => (order === 'desc' ? '<' : '>');

async function onSqlite(runner: Runner, tenantNo: number, asked: KeysAsked): Promise<EventKey[]> {
  const { entity, order, after, limit } = asked;
  const bound = order === 'desc' ? '<=' : '>=';
  const rows = await runner.all<{ occurred_at: number; sequence: number }>({
    sql: `SELECT occurred_at, sequence FROM party
      WHERE tenant_no = ? AND entity = ? AND occurred_at ${bound} ?
        AND (occurred_at, sequence) ${beyond(asked)} (?, ?)
      ORDER BY occurred_at ${order}, sequence ${order} LIMIT ?`,
    parameters: [tenantNo, entity, after.occurredAt, after.occurredAt, after.sequence, limit],
  });
  return rows.map(({ occurred_at: occurredAt, sequence }) => ({ occurredAt, sequence }));
}

interface Search {
  readonly asked: KeysAsked;
  readonly found: EventKey[];
  /** The next span, and the last one. */
  next: number;
  readonly last: number;
}

/** The time in which a tenant's events lie. */
export async function edgesOf(runner: Runner, tenantNo: number) {
  const edge = (order: string) => `(SELECT occurred_at FROM event
    WHERE tenant_no = ? AND occurred_at >= 0 ORDER BY occurred_at ${order} LIMIT 1)`;
  const [row] = await runner.all<{ first: number | null; last: number | null }>({
    sql: `SELECT ${edge('ASC')} AS first, ${edge('DESC')} AS last`,
    parameters: [tenantNo, tenantNo],
  });
  return { first: row?.first ?? 0, last: row?.last ?? -1 };
}

/** Span after span, for all that have not found enough yet. */
async function onPostgres(runner: Runner, tenantNo: number, asks: readonly KeysAsked[]) {
  const { first, last } = await edgesOf(runner, tenantNo);
  const searches = asks.map((asked): Search => {
    const isDown = asked.order === 'desc';
    const next = spanOf(
      isDown ? Math.min(last, asked.after.occurredAt) : Math.max(first, asked.after.occurredAt),
    );
    return { asked, found: [], next, last: spanOf(isDown ? first : last) };
  });
  const isOpen = ({ asked, found, next, last: end }: Search) =>
    found.length < asked.limit && (asked.order === 'desc' ? next >= end : next <= end);
  for (let step = FIRST_SPANS; ; step = Math.min(SPANS_MOST, step * GROWTH)) {
    const open = searches.filter(isOpen);
    if (open.length === 0) return searches.map(({ found }) => found);
    for (const order of ['asc', 'desc'] as const) {
      const some = open.filter(({ asked }) => asked.order === order);
      if (some.length > 0) await look(runner, tenantNo, some, order, step);
    }
  }
}

/** Moves each search on by so many spans. */
async function look(
  runner: Runner,
  tenantNo: number,
  searches: readonly Search[],
  order: 'asc' | 'desc',
  step: number,
): Promise<void> {
  const items = searches.map((search) => {
    const { asked, found, next, last } = search;
    const sign = order === 'desc' ? -1 : 1;
    const count = Math.min(step, Math.abs(last - next) + 1);
    const spans = Array.from({ length: count }, (_, index) => next + sign * index);
    search.next = next + sign * count;
    const terms = spans.flatMap((span) => partyTerms(tenantNo, span, asked.entity));
    const { occurredAt, sequence } = found.at(-1) ?? asked.after;
    return [`{${terms.join(',')}}`, occurredAt, sequence, asked.limit - found.length] as const;
  });
  const sign = order === 'desc' ? '<' : '>';
  const rows = await runner.all<{ n: number; occurred_at: number; sequence: number }>({
    sql: `SELECT n, key.occurred_at, key.sequence
      FROM jsonb_array_elements(?::jsonb) WITH ORDINALITY AS item (value, n)
      CROSS JOIN LATERAL (
        SELECT occurred_at, sequence FROM event_text
        WHERE tenant_no = ? AND terms && (item.value ->> 0)::int4[]
          AND (occurred_at, sequence) ${sign}
            ((item.value ->> 1)::bigint, (item.value ->> 2)::bigint)
        ORDER BY occurred_at ${order}, sequence ${order}
        LIMIT (item.value ->> 3)::int) AS key
      ORDER BY n, key.occurred_at ${order}, key.sequence ${order}`,
    parameters: [JSON.stringify(items), tenantNo],
  });
  for (const { n, occurred_at: occurredAt, sequence } of rows) {
    searches[n - 1]?.found.push({ occurredAt, sequence });
  }
}

/** For each asked its keys, in its order; on PostgreSQL some may be of other entities. */
export async function partyKeys(
  runner: Runner,
  tenantNo: number,
  asks: readonly KeysAsked[],
): Promise<EventKey[][]> {
  if (runner.dialect === 'postgres') return await onPostgres(runner, tenantNo, asks);
  const found: EventKey[][] = [];
  for (const asked of asks) found.push(await onSqlite(runner, tenantNo, asked));
  return found;
}

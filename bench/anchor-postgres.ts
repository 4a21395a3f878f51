/**
 * Anchor P: what a team writes in an afternoon. One table, four B-trees, one multi-row INSERT a
 * request that ignores ids which are there, a pool of ten connections; a page by
 * `(tenant, occurred_at)`; a CSV through a server-side cursor. Arguments: port, database address.
 */
import pg from 'pg';
import { type AnchorEvent, serveAnchor } from './anchor.ts';

const POOL = 10;
/** Rows a FETCH of the export: larger ones gain nothing and take memory. */
const FETCH_ROWS = 2_000;

const SCHEMA = `
  create table if not exists audit_event (
    id uuid primary key,
    tenant text not null,
    occurred_at timestamptz not null,
    action text not null,
    actor_id text,
    target_id text,
    event jsonb not null
  );
  create index if not exists audit_event_time on audit_event (tenant, occurred_at);
  create index if not exists audit_event_actor on audit_event (tenant, actor_id, occurred_at);
  create index if not exists audit_event_action on audit_event (tenant, action, occurred_at);
`;
const COLUMNS = [
  'id',
  'tenant',
  'occurred_at',
  'action',
  'actor_id',
  'target_id',
  'event',
] as const;
const NEWEST = {
  name: 'newest',
  text: `
    select event::text as text from audit_event
    where tenant = $1 order by occurred_at desc limit $2`,
};
const EXPORT = `
  declare rows cursor for
  select id, occurred_at, action, actor_id, target_id,
    event -> 'actor' ->> 'name' as actor_name, event -> 'actor' ->> 'email' as actor_email,
    event -> 'outcome' ->> 'result' as outcome, event -> 'context' ->> 'ip' as ip,
    event -> 'changes' as changes, event -> 'metadata' as metadata
  from audit_event where tenant = $1 order by occurred_at desc`;

const [port, address] = process.argv.slice(2);
if (port === undefined || address === undefined) {
  throw new Error('usage: anchor-postgres PORT DATABASE_URL');
}
const pool = new pg.Pool({ connectionString: address, max: POOL });
await pool.query(SCHEMA);

/** By the number of rows: made once, prepared once a connection. */
const statements = new Map<number, string>();
const statementOf = (rows: number): string => {
  const known = statements.get(rows);
  if (known !== undefined) return known;
  const values = Array.from({ length: rows }, (_, row) => {
    const places = COLUMNS.map((__, column) => `$${row * COLUMNS.length + column + 1}`);
    return `(${places.join(',')})`;
  });
  const text = `insert into audit_event (${COLUMNS.join(', ')}) values ${values.join(',')}
    on conflict do nothing`;
  statements.set(rows, text);
  return text;
};

// One VALUES list: measured beside `unnest` of arrays, as fast at 100 rows and faster at 1,000.
const insert = async (events: readonly AnchorEvent[]): Promise<void> => {
  await pool.query({
    name: `insert-${events.length}`,
    text: statementOf(events.length),
    values: events.flatMap((event) => [
      event.id,
      event.tenant_id,
      event.occurred_at,
      event.action,
      event.actor.id,
      event.targets?.[0]?.id ?? null,
      event.text,
    ]),
  });
};

const quote = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  const text =
    value instanceof Date
      ? value.toISOString()
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

async function* csv(tenant: string): AsyncGenerator<string> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(EXPORT, [tenant]);
    for (let first = true; ; first = false) {
      const { rows, fields } = await client.query<Record<string, unknown>>(
        `fetch ${FETCH_ROWS} from rows`,
      );
      if (first) yield `${fields.map(({ name }) => name).join(',')}\r\n`;
      if (rows.length === 0) return;
      yield rows.map((row) => `${Object.values(row).map(quote).join(',')}\r\n`).join('');
    }
  } finally {
    await client.query('rollback');
    client.release();
  }
}

serveAnchor(
  {
    record: (_body, events) => insert(events),
    newest: async (tenant, limit) => {
      const { rows } = await pool.query<{ text: string }>({ ...NEWEST, values: [tenant, limit] });
      return rows.map(({ text }) => text);
    },
    csv,
    close: () => pool.end(),
  },
  Number(port),
);

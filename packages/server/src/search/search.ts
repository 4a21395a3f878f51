/**
 * An event is found again. Owns plans, pages and cursors. Promises: every answer goes through a
 * plan that holds a view; the store proposes rows, the view's projection decides; the first page
 * fixes the window, later pages keep it; pages follow each other without gap or repetition.
 * Never writes.
 */
import { randomBytes } from 'node:crypto';
import type { ReadEvent } from '@annals/contract/event';
import { type EventPage, PAGE_LIMIT } from '@annals/contract/routes';
import { parseMoment } from '@annals/contract/time';
import { projectEvent, type Sight, type View } from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { EventKey, EventRow, Store } from '../store/store.ts';
import { CURSOR_KEY_BYTES, Cursors } from './cursor.ts';

/** What is asked of the log, as it came in. */
export interface Asked {
  readonly from?: string;
  readonly to?: string;
  readonly order?: 'asc' | 'desc';
}

/** Query and view as one: what to read, and how each row is shown. */
export interface Plan {
  readonly tenantNo: number;
  readonly tenantId: string;
  readonly view: View;
  /** Milliseconds, inclusive. */
  readonly from: number;
  /** Milliseconds, exclusive. */
  readonly to: number;
  readonly order: 'asc' | 'desc';
}

/** Rows read at once when everything is read: half a megabyte, short-lived enough for the GC. */
const SCAN_ROWS = 500;
/** Later than any event: the end of the time that a JavaScript Date holds. */
const END_OF_TIME_MS = 8.64e15;

function moment(name: 'from' | 'to', text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseMoment(text, now);
  if (ms !== undefined) return ms;
  const detail = 'must be an RFC 3339 time, or now, now-7d, now-12h (s m h d w)';
  throw new Fault('invalid_query', `${name} ${detail}.`, { errors: [{ path: name, detail }] });
}

/** The plan of a request; relative times count from now. Throws Fault `invalid_query`. */
export function planOf({ tenant, view }: Sight, asked: Asked): Plan {
  const now = Date.now();
  const from = moment('from', asked.from, now) ?? 0;
  const to = moment('to', asked.to, now) ?? END_OF_TIME_MS;
  if (from > to) {
    const errors = [{ path: 'from', detail: 'must not lie after to' }];
    throw new Fault('invalid_query', 'from must not lie after to.', { errors });
  }
  const { tenant_no: tenantNo, tenant_id: tenantId } = tenant;
  return { tenantNo, tenantId, view, from, to, order: asked.order ?? 'desc' };
}

export class Search {
  readonly #store: Store;
  readonly #cursors: Cursors;

  private constructor(store: Store, cursors: Cursors) {
    this.#store = store;
    this.#cursors = cursors;
  }

  static async open(store: Store): Promise<Search> {
    const proposed = randomBytes(CURSOR_KEY_BYTES).toString('base64');
    const key = Buffer.from(await store.settings.keep('cursor_key', proposed), 'base64');
    return new Search(store, new Cursors(key));
  }

  /** One page. A cursor keeps what its first page fixed. Throws Fault `invalid_cursor`. */
  async page(sight: Sight, asked: Asked & { limit?: number; cursor?: string }): Promise<EventPage> {
    const limit = asked.limit ?? PAGE_LIMIT.default;
    const binding = `${sight.tenant.tenant_no} ${sight.view.name}`;
    const { plan, after } = this.#resume(sight, asked, binding);
    const rows = await this.#store.events.page({ ...plan, after, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const { from, to, order } = plan;
    const next_cursor =
      rows.length > limit && last
        ? this.#cursors.seal({ after: keyOf(last), from, to, order }, binding)
        : null;
    return { events: shown.flatMap((row) => show(plan, row)), next_cursor, notices: [] };
  }

  #resume(
    sight: Sight,
    asked: Asked & { cursor?: string },
    binding: string,
  ): { plan: Plan; after: EventKey | undefined } {
    if (asked.cursor === undefined) return { plan: planOf(sight, asked), after: undefined };
    const cursor = this.#cursors.open(asked.cursor, binding);
    if (cursor === undefined) throw new Fault('invalid_cursor');
    const { after, ...fixed } = cursor;
    return { plan: { ...planOf(sight, {}), ...fixed }, after };
  }

  /** One event. Throws Fault `not_found` also for an event that the view does not show. */
  async one({ tenant, view }: Sight, id: string): Promise<ReadEvent> {
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    const row = await this.#store.events.byId(tenant.tenant_no, bytes);
    const [event] = row ? show({ tenantId: tenant.tenant_id, view }, row) : [];
    if (event === undefined) throw new Fault('not_found', 'There is no such event.');
    return event;
  }

  /** All events of a plan, in pieces; the next piece is read while the last one is used. */
  async *scan(plan: Plan): AsyncGenerator<ReadEvent[]> {
    const read = (after: EventKey | undefined) =>
      this.#store.events.page({ ...plan, after, limit: SCAN_ROWS });
    let pending: Promise<EventRow[]> | undefined = read(undefined);
    while (pending) {
      const rows: EventRow[] = await pending;
      const last = rows.length === SCAN_ROWS ? rows.at(-1) : undefined;
      pending = last && read(keyOf(last));
      // If the reader leaves, nobody awaits the piece under way: its failure is then nobody's.
      pending?.catch(() => undefined);
      yield rows.flatMap((row) => show(plan, row));
    }
  }
}

const keyOf = ({ occurredAt, sequence }: EventRow): EventKey => ({ occurredAt, sequence });

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** The row as the view shows it: a list of one, or of none. */
function show({ view, tenantId }: Pick<Plan, 'view' | 'tenantId'>, row: EventRow): ReadEvent[] {
  // A stored document was checked on its way in and is bound by its leaf.
  const event = JSON.parse(row.document) as ReadEvent;
  event.tenant_id = tenantId;
  event.sequence = row.sequence;
  event.leaf_hash = base64(row.leafHash);
  const shown = projectEvent(view, event);
  return shown ? [shown] : [];
}

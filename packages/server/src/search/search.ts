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
import type { Sight } from '../access/access.ts';
import {
  type EventBlock,
  type EventKey,
  type EventRow,
  type Lens,
  lastKeyOf,
  rowsOf,
  show,
} from '../event-rows.ts';
import { Fault } from '../fault.ts';
import type { Store } from '../store/store.ts';
import { CURSOR_KEY_BYTES, Cursors } from './cursor.ts';

/** What is asked of the log, as it came in. */
export interface Asked {
  readonly from?: string;
  readonly to?: string;
  readonly order?: 'asc' | 'desc';
}

/** Query and view as one: what to read, and how each row is shown. */
export interface Plan extends Lens {
  readonly tenantNo: number;
  /** Milliseconds, inclusive. */
  readonly from: number;
  /** Milliseconds, exclusive. */
  readonly to: number;
  readonly order: 'asc' | 'desc';
}

/** Rows read at once when everything is read: a third of a megabyte. */
const SCAN_ROWS = 400;
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
    const rows = [...rowsOf(await this.#store.events.page({ ...plan, after, limit: limit + 1 }))];
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const { from, to, order } = plan;
    const next_cursor =
      rows.length > limit && last
        ? this.#cursors.seal({ after: keyOf(last), from, to, order }, binding)
        : null;
    const events = shown.map((row) => show(plan, row)).filter((event) => event !== undefined);
    return { events, next_cursor, notices: [] };
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
    const event = row && show({ tenantId: tenant.tenant_id, view }, row);
    if (event === undefined) throw new Fault('not_found', 'There is no such event.');
    return event;
  }

  /** All rows of a plan, in blocks; the next one is read while the last one is used. */
  async *scan(plan: Plan): AsyncGenerator<EventBlock> {
    const read = (after: EventKey | undefined) =>
      this.#store.events.page({ ...plan, after, limit: SCAN_ROWS });
    let pending: Promise<EventBlock> | undefined = read(undefined);
    while (pending) {
      const block: EventBlock = await pending;
      pending = block.count === SCAN_ROWS ? read(lastKeyOf(block)) : undefined;
      // If the reader leaves, nobody awaits the block under way: its failure is then nobody's.
      pending?.catch(() => undefined);
      yield block;
    }
  }
}

const keyOf = ({ occurredAt, sequence }: EventRow): EventKey => ({ occurredAt, sequence });

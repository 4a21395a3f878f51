/**
 * `client.events`: recording, reading, asking and following events. Owns the mapping of these
 * calls to routes; batches are `recorder.ts`, the live tail is `tail.ts`.
 */
import type { ReadEvent } from '@annals/contract/event';
import type { EventCount, Facets, Histogram, Suggestions } from '@annals/contract/find';
import type {
  EventPage,
  Explanation,
  Receipt,
  RecordResult,
  ROUTES,
} from '@annals/contract/routes';
import type { FacetField } from '@annals/contract/values';
import type { Static } from 'typebox';
import {
  answerOf,
  type CallOptions,
  type Download,
  downloadOf,
  pagesOf,
  type Wiring,
} from './call.ts';
import { type Http, path, type Query } from './http.ts';
import type { NewEvent, Recorder, RecordOptions } from './recorder.ts';
import { type TailOptions, tail } from './tail.ts';

type Routes = typeof ROUTES;
/** Which events, in which order, and where to go on. `tenant_id` is required. */
export type ListQuery = Static<Routes['listEvents']['query']>;
/** The same, as it is sent in a body. */
export type SearchQuery = Static<Routes['searchEvents']['body']>;
/** Which events, as which kind of file. `tenant_id` and `format` are required. */
export type DownloadQuery = Static<Routes['downloadEvents']['query']>;
/** Whose event, seen through which view. `tenant_id` is required. */
export type GetQuery = Static<Routes['getEvent']['query']>;
/** Which events to count. `tenant_id` is required. */
export type CountQuery = Static<Routes['countEvents']['query']>;
/** Which events, by which steps of which zone. `tenant_id` is required. */
export type HistogramQuery = Static<Routes['histogram']['query']>;
/** Which events, and whose values are counted. `tenant_id` and `fields` are required. */
export type FacetsQuery = Omit<Static<Routes['facets']['query']>, 'fields'> & {
  readonly fields: readonly FacetField[];
};
/** Values of which field, beginning how. `tenant_id` and `field` are required. */
export type SuggestQuery = Static<Routes['suggest']['query']>;
/** Whose event, and which role would see it. `tenant_id` and `role` are required. */
export type ExplainQuery = Omit<Static<Routes['explain']['query']>, 'id'>;
/** Whose events, and which of them: `q`. `tenant_id` is required. */
export type TailQuery = Static<Routes['tailEvents']['query']>;

/**
 * Every call that asks takes `view`, the `subject` of a bound view, and the `locale` of the
 * catalog's texts. Where a call takes `q`, it is a query such as `actor:ada -outcome:success`. One
 * that cannot be read throws `InvalidRequestError` with the code `invalid_search`, whose
 * `errors[0]` has `position`, `expected` and `hint`.
 */
export interface Events {
  /**
   * Records one event. It joins the next request with others that are recorded meanwhile; `id`
   * and `occurred_at` are made here if absent. Resolves once the event is stored. Throws
   * `EventRejectedError` (correct it), `QueueFullError` (slow down), `UnavailableError` (after
   * every retry; the event may or may not be stored), `ClientClosedError`.
   */
  record(event: NewEvent, options?: RecordOptions): Promise<Receipt>;
  /**
   * Records many events, in as many requests as needed, one after the other. Events that are
   * refused do not throw: they are in `rejected`, whose `index` is the place in your array.
   * On an error, `error.recorded` says what was recorded before. To call again after an error,
   * give the events ids of your own: then nothing is stored twice.
   */
  record(events: readonly NewEvent[], options?: RecordOptions): Promise<RecordResult>;
  /**
   * One page, newest first. A page may be short or empty although there are more: read on until
   * `next_cursor` is null. Throws `InvalidRequestError`, `NotFoundError`, …
   */
  list(query: ListQuery, options?: CallOptions): Promise<EventPage>;
  /** The same page; the query goes in the body, so that no address and no log of one holds it. */
  search(query: SearchQuery, options?: CallOptions): Promise<EventPage>;
  /** All pages from `query` on; with a `q` by `search`. Stop iterating to stop asking. */
  pages(query: ListQuery, options?: CallOptions): AsyncGenerator<EventPage, void, undefined>;
  /** All events from `query` on, page by page. */
  all(query: ListQuery, options?: CallOptions): AsyncGenerator<ReadEvent, void, undefined>;
  /** How many events. If not `exact`, how many since `counted_back_to`. */
  count(query: CountQuery, options?: CallOptions): Promise<EventCount>;
  /** How many events when, by calendar steps of `time_zone`; empty steps too. */
  histogram(query: HistogramQuery, options?: CallOptions): Promise<Histogram>;
  /** How many events of each value of `fields`, the most frequent first. */
  facets(query: FacetsQuery, options?: CallOptions): Promise<Facets>;
  /** Values that begin with `prefix`, for somebody who is writing a query. */
  suggest(query: SuggestQuery, options?: CallOptions): Promise<Suggestions['suggestions']>;
  /**
   * Events as they are recorded from now on, in order of sequence, each once: a connection that
   * breaks is made again and goes on where it was. Ends without an error when `options.signal`
   * does, or stop iterating. Throws what cannot pass: an invalid query or place, a revoked key;
   * and `UnavailableError` if the server cannot be reached at the beginning.
   */
  tail(query: TailQuery, options?: TailOptions): AsyncGenerator<ReadEvent, void, undefined>;
  /** One event. Throws `NotFoundError` if the tenant has none with this id. */
  get(id: string, query: GetQuery, options?: CallOptions): Promise<ReadEvent>;
  /** Why a role sees an event or not, rule by rule. */
  explain(id: string, query: ExplainQuery, options?: CallOptions): Promise<Explanation>;
  /** All events of a range as a file. Retries end where the file begins. */
  download(query: DownloadQuery, options?: CallOptions): Promise<Download>;
  /** Resolves when every event recorded so far has ended, as a receipt or as an error. */
  flush(): Promise<void>;
}

const isMany = (given: NewEvent | readonly NewEvent[]): given is readonly NewEvent[] =>
  Array.isArray(given);

const download = async (http: Http, query: Query, options: CallOptions): Promise<Download> => {
  const response = await http.open({
    method: 'GET',
    path: path('events', 'download'),
    query,
    signal: options.signal,
  });
  return downloadOf(response);
};

type Asking = Pick<
  Events,
  'list' | 'search' | 'count' | 'histogram' | 'facets' | 'suggest' | 'get' | 'explain'
>;

/** One answer each. */
const askingOf = ({ http, project }: Wiring): Asking => {
  const ask = <T>(last: string, query: Query, { signal }: CallOptions): Promise<T> =>
    answerOf<T>(
      http.json({
        method: 'GET',
        path: path('events', last),
        query: { project, ...query },
        signal,
      }),
    );
  return {
    list: (query, { signal } = {}) =>
      answerOf(
        http.json({ method: 'GET', path: path('events'), query: { project, ...query }, signal }),
      ),
    search: (query, { signal } = {}) =>
      answerOf(
        http.json({
          method: 'POST',
          path: path('events', 'search'),
          json: { project, ...query },
          signal,
        }),
      ),
    count: (query, options = {}) => ask('count', query, options),
    histogram: (query, options = {}) => ask('histogram', query, options),
    facets: ({ fields, ...query }, options = {}) =>
      ask('facets', { ...query, fields: fields.join(',') }, options),
    suggest: async (query, options = {}) =>
      (await ask<Suggestions>('suggest', query, options)).suggestions,
    get: (id, query, options = {}) => ask(id, query, options),
    explain: (id, query, { signal } = {}) =>
      answerOf(
        http.json({
          method: 'GET',
          path: path('explain'),
          query: { project, ...query, id },
          signal,
        }),
      ),
  };
};

export const eventsOf = (wiring: Wiring, recorder: Recorder): Events => {
  const { http, project } = wiring;
  function record(event: NewEvent, options?: RecordOptions): Promise<Receipt>;
  function record(events: readonly NewEvent[], options?: RecordOptions): Promise<RecordResult>;
  function record(
    given: NewEvent | readonly NewEvent[],
    options: RecordOptions = {},
  ): Promise<Receipt | RecordResult> {
    return isMany(given) ? recorder.many(given, options) : recorder.one(given, options);
  }

  const asking = askingOf(wiring);
  // Without a query there is nothing that an address should not hold.
  const pages: Events['pages'] = (query, options = {}) =>
    pagesOf(query.q === undefined ? asking.list : asking.search, query, options);

  return {
    ...asking,
    record,
    pages,
    async *all(query, options) {
      for await (const page of pages(query, options)) yield* page.events;
    },
    tail: (query, options = {}) => tail({ http, query: { project, ...query }, options }),
    download: (query, options = {}) => download(http, { project, ...query }, options),
    flush: () => recorder.flush(),
  };
};

/** `client.actors` and `client.records`: who acts in a log, and what it is about. */
import type { Actor, RecordEntry } from '@annals/contract/find';
import type { ROUTES } from '@annals/contract/routes';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, pagesOf, type Wiring } from './call.ts';
import { path } from './http.ts';

type Routes = typeof ROUTES;
/** Whose log, which of its actors, and where to go on. `tenant_id` is required. */
export type ActorQuery = Static<Routes['listActors']['query']>;
export type ActorPage = Static<Routes['listActors']['answers'][200]>;
/** Whose log, which of its records, and where to go on. `tenant_id` is required. */
export type RecordQuery = Static<Routes['listRecords']['query']>;
export type RecordPage = Static<Routes['listRecords']['answers'][200]>;

export interface Actors {
  /** One page, last seen first. `search` looks in all names, e-mails and ids one ever had. */
  list(query: ActorQuery, options?: CallOptions): Promise<ActorPage>;
  /** All pages from `query` on. Stop iterating to stop asking. */
  pages(query: ActorQuery, options?: CallOptions): AsyncGenerator<ActorPage, void, undefined>;
  /** All actors from `query` on, page by page. */
  all(query: ActorQuery, options?: CallOptions): AsyncGenerator<Actor, void, undefined>;
}

export interface Records {
  /** One page, last seen first. `search` looks in all names and ids one ever had. */
  list(query: RecordQuery, options?: CallOptions): Promise<RecordPage>;
  /** All pages from `query` on. Stop iterating to stop asking. */
  pages(query: RecordQuery, options?: CallOptions): AsyncGenerator<RecordPage, void, undefined>;
  /** All records from `query` on, page by page. */
  all(query: RecordQuery, options?: CallOptions): AsyncGenerator<RecordEntry, void, undefined>;
}

export const actorsOf = ({ http, project }: Wiring): Actors => {
  const list: Actors['list'] = (query, { signal } = {}) =>
    answerOf(
      http.json({ method: 'GET', path: path('actors'), query: { project, ...query }, signal }),
    );
  return {
    list,
    pages: (query, options = {}) => pagesOf(list, query, options),
    async *all(query, options = {}) {
      for await (const page of pagesOf(list, query, options)) yield* page.actors;
    },
  };
};

export const recordsOf = ({ http, project }: Wiring): Records => {
  const list: Records['list'] = (query, { signal } = {}) =>
    answerOf(
      http.json({ method: 'GET', path: path('records'), query: { project, ...query }, signal }),
    );
  return {
    list,
    pages: (query, options = {}) => pagesOf(list, query, options),
    async *all(query, options = {}) {
      for await (const page of pagesOf(list, query, options)) yield* page.records;
    },
  };
};

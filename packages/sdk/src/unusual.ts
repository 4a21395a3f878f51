/**
 * `client.unusual` and `client.findings`: which views of a tenant are watched, and what was out of
 * a person's own ordinary. Owns the mapping of these calls to routes.
 */
import type { ROUTES } from '@annals/contract/routes';
import type { Finding, Watch } from '@annals/contract/unusual';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, pagesOf, type Wiring } from './call.ts';
import { path } from './http.ts';

export type { Finding, Watch } from '@annals/contract/unusual';

type Routes = typeof ROUTES;
/** Whose watches. `tenant_id` is required. */
export type WatchQuery = Static<Routes['listWatches']['query']>;
/** Which view of which tenant. */
export interface WatchPlace {
  readonly tenant_id: string;
  readonly view: string;
}
/** Whose findings. `tenant_id` is required. */
export type FindingQuery = Static<Routes['listFindings']['query']>;
export type FindingPage = Static<Routes['listFindings']['answers'][200]>;
/** Which finding: as an answer told of it. */
export type FindingPlace = Pick<Finding, 'finding_id' | 'tenant_id'>;
/** What is thought of it; `mute_for` only of what is expected. */
export type Judgement = Static<Routes['judgeFinding']['body']>;

export interface Unusual {
  /** Each view whose findings you may see, watched or not. */
  list(query: WatchQuery, options?: CallOptions): Promise<Watch[]>;
  /** Turned on, it learns from the last eight weeks first. */
  turnOn(place: WatchPlace, options?: CallOptions): Promise<Watch>;
  /** Forgets what it learned and found. */
  turnOff(place: WatchPlace, options?: CallOptions): Promise<Watch>;
}
export interface Findings {
  /** A page, the latest first. It may be short although there are more. */
  list(query: FindingQuery, options?: CallOptions): Promise<FindingPage>;
  /** All from `query` on, page by page. */
  pages(query: FindingQuery, options?: CallOptions): AsyncGenerator<FindingPage, void, undefined>;
  judge(place: FindingPlace, judgement: Judgement, options?: CallOptions): Promise<Finding>;
}

export const unusualOf = ({ http, project }: Wiring): Unusual => {
  const put = ({ tenant_id, view }: WatchPlace, enabled: boolean, { signal }: CallOptions) =>
    answerOf<Watch>(
      http.json({
        method: 'PUT',
        path: path('unusual', view),
        query: { project, tenant_id },
        json: { enabled },
        signal,
      }),
    );
  return {
    list: async (query, { signal } = {}) => {
      const asked = { path: path('unusual'), query: { project, ...query }, signal };
      const answer = await answerOf<{ watches: Watch[] }>(http.json({ method: 'GET', ...asked }));
      return answer.watches;
    },
    turnOn: (place, options = {}) => put(place, true, options),
    turnOff: (place, options = {}) => put(place, false, options),
  };
};

export const findingsOf = ({ http, project }: Wiring): Findings => {
  const list: Findings['list'] = (query, { signal } = {}) =>
    answerOf(
      http.json({ method: 'GET', path: path('findings'), query: { project, ...query }, signal }),
    );
  return {
    list,
    pages: (query, options = {}) => pagesOf(list, query, options),
    judge: ({ finding_id, tenant_id }, json, { signal } = {}) =>
      answerOf(
        http.json({
          method: 'POST',
          path: path('findings', finding_id, 'judge'),
          query: { project, tenant_id },
          json,
          signal,
          // A second event would say it again.
          repeatable: false,
        }),
      ),
  };
};

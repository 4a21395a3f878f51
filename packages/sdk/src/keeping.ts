/**
 * `client.holds` and `client.retention`: what of a log is kept, and for how long. Owns the mapping
 * of these calls to routes.
 */
import type { Hold, RetentionState, ROUTES } from '@annals/contract/routes';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { path } from './http.ts';

export type NewHold = Static<(typeof ROUTES)['placeHold']['body']>;

export interface Holds {
  /** Of a tenant, released ones too, the latest first. */
  list(tenantId: string, options?: CallOptions): Promise<Hold[]>;
  /** What it covers is neither removed nor erased, from the moment it resolves. */
  place(hold: NewHold, options?: CallOptions): Promise<Hold>;
  release(holdId: string, reason: string, options?: CallOptions): Promise<Hold>;
}

export interface Retentions {
  /** How long a tenant's events are kept, what waits to change, and the last runs. */
  get(tenantId: string, options?: CallOptions): Promise<RetentionState>;
}

export const holdsOf = ({ http, project }: Wiring): Holds => ({
  list: async (tenant_id, { signal } = {}) => {
    const query = { project, tenant_id };
    const asked = http.json({ method: 'GET', path: path('holds'), query, signal });
    return (await answerOf<{ holds: Hold[] }>(asked)).holds;
  },
  place: (json, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'POST',
        path: path('holds'),
        query: { project },
        json,
        signal,
        // Another one would have to be released too.
        repeatable: false,
      }),
    ),
  release: (holdId, reason, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'DELETE',
        path: path('holds', holdId),
        query: { project, reason },
        signal,
      }),
    ),
});

export const retentionsOf = ({ http, project }: Wiring): Retentions => ({
  get: (tenant_id, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'GET',
        path: path('retention'),
        query: { project, tenant_id },
        signal,
      }),
    ),
});

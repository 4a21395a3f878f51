/**
 * `client.viewerSessions` and `client.viewerKeys`: how your own users get to read. Owns the mapping
 * of these calls to routes.
 */
import type { ROUTES } from '@annals/contract/routes';
import type { ViewerKey, ViewerSession } from '@annals/contract/sessions';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { path } from './http.ts';

type Routes = typeof ROUTES;
export type NewViewerSession = Static<Routes['createViewerSession']['body']>;
/** A session just made: `token` is shown this once. */
export type CreatedViewerSession = Static<Routes['createViewerSession']['answers'][201]>;
export type NewViewerKey = Static<Routes['createViewerKey']['body']>;
export type DeniedToken = Static<Routes['denyViewerToken']['answers'][201]>;

export interface ViewerSessions {
  /** Lets one of your users read; the answer is the only time its `token` is shown. */
  create(session: NewViewerSession, options?: CallOptions): Promise<CreatedViewerSession>;
  /** Those of a tenant that last, or have ended within a day, newest first. */
  list(tenantId: string, options?: CallOptions): Promise<ViewerSession[]>;
  revoke(sessionId: string, options?: CallOptions): Promise<ViewerSession>;
}

export interface ViewerKeys {
  /** Registers a public key of yours; sign tokens with the private one. */
  create(key: NewViewerKey, options?: CallOptions): Promise<ViewerKey>;
  list(options?: CallOptions): Promise<ViewerKey[]>;
  /** No token that was signed with it is taken any more. */
  retire(viewerKeyId: string, options?: CallOptions): Promise<ViewerKey>;
  /** Ends one token. */
  deny(viewerKeyId: string, jti: string, options?: CallOptions): Promise<DeniedToken>;
}

export const viewerSessionsOf = ({ http, project }: Wiring): ViewerSessions => ({
  create: (json, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'POST',
        path: path('viewer-sessions'),
        query: { project },
        json,
        signal,
        // A second session whose token nobody saw would stay open.
        repeatable: false,
      }),
    ),
  list: async (tenantId, { signal } = {}) => {
    const query = { project, tenant_id: tenantId };
    const answer = answerOf<{ sessions: ViewerSession[] }>(
      http.json({ method: 'GET', path: path('viewer-sessions'), query, signal }),
    );
    return (await answer).sessions;
  },
  revoke: (sessionId, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'DELETE',
        path: path('viewer-sessions', sessionId),
        query: { project },
        signal,
      }),
    ),
});

export const viewerKeysOf = ({ http, project }: Wiring): ViewerKeys => ({
  create: (json, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'POST',
        path: path('viewer-keys'),
        query: { project },
        json,
        signal,
        repeatable: false,
      }),
    ),
  list: async ({ signal } = {}) => {
    const answer = answerOf<{ keys: ViewerKey[] }>(
      http.json({ method: 'GET', path: path('viewer-keys'), query: { project }, signal }),
    );
    return (await answer).keys;
  },
  retire: (viewerKeyId, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'DELETE',
        path: path('viewer-keys', viewerKeyId),
        query: { project },
        signal,
      }),
    ),
  deny: (viewerKeyId, jti, { signal } = {}) =>
    answerOf(
      http.json({
        method: 'POST',
        path: path('viewer-keys', viewerKeyId, 'denials'),
        query: { project },
        json: { jti },
        signal,
      }),
    ),
});

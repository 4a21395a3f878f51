/** What a handler gets: a checked request of its route, and the modules behind the routes. */
import type { ROUTES, Route, RouteName } from '@annals/contract/routes';
import type { FastifyReply } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Access, Caller, Person, Principal } from '../access/access.ts';
import type { Exports } from '../export/export.ts';
import type { Ingest, OwnLog } from '../ingest/ingest.ts';
import type { Keeping } from '../keeping/keeping.ts';
import type { Erasures, Ledger } from '../ledger/ledger.ts';
import type { Search } from '../search/search.ts';
import type { Browser, SignIn } from '../sign-in/sign-in.ts';
import type { Unusual } from '../unusual/unusual.ts';
import type { Metrics } from './metrics.ts';

/** The modules behind the routes. */
export interface Modules {
  readonly access: Access;
  readonly erasures: Erasures;
  readonly exports: Exports;
  readonly ingest: Ingest;
  readonly keeping: Keeping;
  readonly ledger: Ledger;
  readonly ownLog: OwnLog;
  readonly search: Search;
  readonly signIn: SignIn;
  readonly unusual: Unusual;
  readonly metrics: Metrics;
}

type Part<R, K extends string> = R extends { readonly [P in K]: infer S extends TSchema }
  ? Static<S>
  : Record<string, never>;

/** A checked request of a route. */
export interface Input<R = Route> {
  /** At the seat that the request is about. */
  readonly principal: R extends { readonly who: 'open' } ? Principal | null : Principal;
  readonly caller: R extends { readonly who: 'open' } ? Caller | null : Caller;
  readonly person: R extends { readonly who: 'person' } ? Person : Person | null;
  readonly browser: Browser;
  readonly params: Part<R, 'params'>;
  readonly query: Part<R, 'query'>;
  readonly headers: Part<R, 'headers'>;
  readonly body: Part<R, 'body'>;
  /** The body as it came, decompressed: for routes that read it themselves. */
  readonly bytes: Buffer;
  readonly isNdjson: boolean;
  readonly reply: FastifyReply;
  /** A signal that ends when the client goes before its answer is whole. */
  readonly left: () => AbortSignal;
  /** Sends cookies of people, as better-auth writes them. */
  readonly setCookies: (setCookies: readonly string[]) => void;
  /** Ends the session in the browser. */
  readonly endCookie: () => void;
}

/** The answer goes out as JSON, or the handler has sent a stream itself. */
export type Handlers = {
  readonly [N in RouteName]: (input: Input<(typeof ROUTES)[N]>) => Promise<unknown>;
};

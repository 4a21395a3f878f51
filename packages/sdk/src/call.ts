/**
 * What every call of the client has in common: its options, the connection it goes by, and the
 * way from page to page. Never knows a route.
 */
import type { Http } from './http.ts';

/** Every call takes a signal that ends it; its promise then rejects with the signal's reason. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** What the parts of a client are made with. */
export interface Wiring {
  readonly http: Http;
  /** The project of every call, unless the call names another one. */
  readonly project: string | undefined;
}

/** A file as the server streams it. */
export interface Download {
  /** The bytes; reading it slowly slows the server, cancelling it stops the server. */
  readonly body: ReadableStream<Uint8Array>;
  readonly contentType: string;
}

export const downloadOf = ({ headers, body }: Response): Download => ({
  contentType: headers.get('content-type') ?? 'application/octet-stream',
  // An answer without any byte may come without a stream.
  body: body ?? new Blob([]).stream(),
});

/**
 * What the server says it answers. Not checked again: it made the answer from the same schema,
 * and a field that a newer server adds must not break an older client.
 */
export const answerOf = async <T>(answer: Promise<unknown>): Promise<T> => (await answer) as T;

interface Paged {
  readonly next_cursor: string | null;
}
type List<Q, P> = (query: Q, options: CallOptions) => Promise<P>;

/** All pages of a list, from the query's cursor on. Asks for the next one when it is wanted. */
export async function* pagesOf<Q extends { cursor?: string }, P extends Paged>(
  list: List<Q, P>,
  query: Q,
  options: CallOptions,
): AsyncGenerator<P, void, undefined> {
  for (let cursor = query.cursor; ; ) {
    const page = await list({ ...query, ...(cursor === undefined ? {} : { cursor }) }, options);
    yield page;
    if (page.next_cursor === null) return;
    cursor = page.next_cursor;
  }
}

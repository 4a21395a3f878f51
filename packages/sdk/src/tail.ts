/**
 * The live tail: events as they are recorded, each once, for as long as somebody listens. Owns
 * the place in the stream and the way back to it: a connection that is lost, silent or refused
 * for a while is made again and goes on after the last event that was taken. Ends by its signal.
 */
import type { ReadEvent } from '@annals/contract/event';
import type { CallOptions } from './call.ts';
import { AnnalsError, UnavailableError } from './errors.ts';
import { backoffMs, type Http, messageOf, path, type Query, sleep } from './http.ts';
import { type Frame, Frames, FrameTooLong } from './sse.ts';

export interface TailOptions extends CallOptions {
  /** Goes on after the place that an earlier tail of this tenant and view told; else from now. */
  readonly lastEventId?: string;
  /**
   * Called with the place where the tail begins, and after each event once the next one is asked
   * for. Keep it, and a later tail goes on there: an event whose place was not told comes again.
   */
  readonly onPlace?: (lastEventId: string) => void;
  /** Called when the connection is lost, and when an attempt to get it back has failed. */
  readonly onBreak?: (error: AnnalsError) => void;
}

/** The server says that it lives every 15 s: one that is silent for so long, in ms, is gone. */
const SILENCE_MS = 45_000;
/** A connection that lasted so long, in ms, was a good one: the wait after it is short again. */
const LASTED_MS = 30_000;

const lost = (code: 'network' | 'timeout', detail: string, cause?: unknown): AnnalsError =>
  new UnavailableError({ code, detail, retryable: true, cause });

const unreadable = (detail: string, cause?: unknown): AnnalsError =>
  new AnnalsError({ code: 'unexpected_answer', detail, status: 200, cause });

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The next bytes; rejects with an `AnnalsError` when they do not come. */
const readNext = async (reader: Reader, silenceMs: number) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    const detail = `The server was silent for ${silenceMs} ms`;
    timer = setTimeout(() => reject(lost('timeout', detail)), silenceMs);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    if (error instanceof AnnalsError) throw error;
    throw lost('network', `The connection broke off: ${messageOf(error)}`, error);
  } finally {
    clearTimeout(timer);
  }
};

const framesIn = (frames: Frames, text: string): Frame[] => {
  try {
    return frames.push(text);
  } catch (error) {
    if (!(error instanceof FrameTooLong)) throw error;
    throw unreadable(error.message, error);
  }
};

/** Frames of an answer. Returns why there are no more; throws when they cannot be read. */
async function* framesOf(
  response: Response,
  silenceMs: number,
): AsyncGenerator<Frame, AnnalsError, undefined> {
  const reader = (response.body ?? new Blob([]).stream()).getReader();
  const decoder = new TextDecoder();
  const frames = new Frames();
  try {
    for (;;) {
      const next = await readNext(reader, silenceMs).catch((error: AnnalsError) => error);
      if (next instanceof AnnalsError) return next;
      if (next.done) return lost('network', 'The server ended the stream');
      yield* framesIn(frames, decoder.decode(next.value, { stream: true }));
    }
  } finally {
    // Of a stream that is broken already nothing is left to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

const eventOf = (frame: Frame): ReadEvent => {
  try {
    return JSON.parse(frame.data) as ReadEvent;
  } catch (error) {
    throw unreadable('An event of the stream is not JSON', error);
  }
};

export interface TailCall {
  readonly http: Http;
  readonly query: Query;
  readonly options: TailOptions;
  readonly silenceMs?: number;
}

/** Opens the stream after a place. Once it was open before, it is tried until the signal ends. */
const open = async (
  { http, query, options }: TailCall,
  place: string | undefined,
  wasOpen: boolean,
): Promise<Response> => {
  const { signal, onBreak } = options;
  const response = await http.open({
    method: 'GET',
    path: path('events', 'tail'),
    query,
    headers: {
      accept: 'text/event-stream',
      ...(place === undefined ? {} : { 'last-event-id': place }),
    },
    signal,
    ...(wasOpen ? { endless: { onFailure: onBreak ?? (() => undefined) } } : {}),
  });
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  await response.body?.cancel();
  throw unreadable('The answer is not a stream of events; check the URL');
};

/** Ends quietly when the signal does; throws what no further attempt can mend. */
export async function* tail(call: TailCall): AsyncGenerator<ReadEvent, void, undefined> {
  const { signal, onPlace, onBreak, lastEventId } = call.options;
  let place = lastEventId;
  try {
    for (let tries = 0, wasOpen = false; ; tries += 1) {
      const frames = framesOf(await open(call, place, wasOpen), call.silenceMs ?? SILENCE_MS);
      const openedAt = performance.now();
      wasOpen = true;
      let next = await frames.next();
      try {
        for (; !next.done; next = await frames.next()) {
          if (signal?.aborted) return;
          const { id, event } = next.value;
          if (event === 'event') {
            yield eventOf(next.value);
            tries = 0;
          }
          if (id === undefined || id === place) continue;
          place = id;
          onPlace?.(place);
        }
      } finally {
        await frames.return(lost('network', 'The reader has left'));
      }
      signal?.throwIfAborted();
      onBreak?.(next.value);
      if (performance.now() - openedAt >= LASTED_MS) tries = 0;
      await sleep(backoffMs(tries), signal);
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
}

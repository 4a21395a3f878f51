/** A reader of server-sent events for tests: what came, one by one, as the standard frames it. */
import type { CallOptions } from './harness.ts';

export interface Frame {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Frames of a stream until it ends or the signal does. Throws what the connection throws. */
export async function* framesOf(
  url: string,
  options: Pick<CallOptions, 'key' | 'headers'> & {
    lastEventId?: string | undefined;
    signal: AbortSignal;
  },
): AsyncGenerator<Frame> {
  const { key, headers, lastEventId, signal } = options;
  const response = await fetch(url, {
    signal,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      ...headers,
    },
  });
  if (response.status !== 200 || response.body === null) {
    throw new Error(`${response.status}: ${await response.text()}`);
  }
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + text).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const field = (name: string) =>
        frame
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? '';
      if (!frame.startsWith(':')) {
        yield { id: field('id'), event: field('event'), data: field('data') };
      }
    }
  }
}

/**
 * Events as they happen, for as long as the range that is shown is long. They enter at once where
 * the newest rows are in sight; else they are counted, and enter when somebody asks.
 */
import type { ReadEvent } from '@annals/contract/event';
import { useCallback, useEffect, useRef, useState } from 'react';
import { boundsOf, type Range } from '../find/range.ts';
import { useReader } from '../reader.tsx';
import type { Search } from './use-rows.ts';

/** More do not wait: the page is asked for anew then. */
const WAITING_MOST = 1_000;
/** The longest time that a timer takes, in ms. */
const TIMER_MOST_MS = 2 ** 31 - 1;

export interface Live {
  readonly waiting: number;
  readonly show: () => void;
}

interface Options {
  readonly search: Search | undefined;
  readonly range: Range;
  readonly isLive: boolean;
  /** Whether the newest rows are in sight. */
  readonly isAtTop: () => boolean;
  readonly onEvents: (events: readonly ReadEvent[]) => void;
  readonly onOver: (error: unknown) => void;
}

export function useLive(options: Options): Live {
  const { search, range, isLive } = options;
  const { client, zone } = useReader();
  const [waiting, setWaiting] = useState<readonly ReadEvent[]>([]);
  const latest = useRef(options);
  latest.current = options;
  const kept = useRef<readonly ReadEvent[]>([]);

  const put = useCallback((events: readonly ReadEvent[]) => {
    kept.current = events;
    setWaiting(events);
  }, []);
  const show = useCallback(() => {
    if (kept.current.length > 0) latest.current.onEvents(kept.current);
    put([]);
  }, [put]);

  useEffect(() => {
    if (!isLive || search === undefined) return;
    const controller = new AbortController();
    const { from, to } = boundsOf(range, zone, Date.now());
    const lasts = Math.min(TIMER_MOST_MS, Number.isFinite(from) ? to - from : TIMER_MOST_MS);
    const timer = setTimeout(() => latest.current.onOver(undefined), lasts);
    const { from: _, to: __, ...asked } = search.question;
    const follow = async () => {
      for await (const event of client.events.tail(asked, { signal: controller.signal })) {
        put([event, ...kept.current].slice(0, WAITING_MOST));
        if (latest.current.isAtTop()) show();
      }
    };
    follow().catch((error: unknown) => {
      if (!controller.signal.aborted) latest.current.onOver(error);
    });
    return () => {
      clearTimeout(timer);
      controller.abort();
      put([]);
    };
  }, [isLive, search, range, zone, client, put, show]);
  return { waiting: waiting.length, show };
}

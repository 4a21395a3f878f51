/** Work that nobody waits for gives way to requests. */
import { performance } from 'node:perf_hooks';

/** A server whose event loop is busy for more than this share records as fast as it can. */
const BUSY_SHARE = 0.8;

/** Answers whether the event loop of this thread was busy since it was asked the last time. */
export function busyLoop(): () => boolean {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization > BUSY_SHARE;
  };
}

/**
 * Memory of a thread. A heap that has grown stays large until something asks for it back: after
 * the start it holds 20 MB of what loading the program left behind, after much work 100.
 */
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** How often a thread is looked at, in ms. */
const LOOK_MS = 20_000;
/** Who works less than this share of the time is at rest: a collection would hold up nobody. */
const AT_REST = 0.005;
/** What a heap must have grown by to be worth a collection, in bytes. */
const WORTH_BYTES = 32 * 1024 * 1024;

/** Collects all garbage of this thread and gives the memory back; stops it for about 70 ms. */
async function giveBack(): Promise<void> {
  const session = new Session();
  session.connect();
  // Where it cannot be asked for, the heap stays as it is.
  await session.post('HeapProfiler.collectGarbage').catch(() => undefined);
  session.disconnect();
}

const heapBytes = (): number => getHeapStatistics().total_heap_size;

/** Gives memory back now, and from now on whenever this thread comes to rest after much work. */
export async function giveMemoryBack(): Promise<void> {
  await giveBack();
  let keptBytes = heapBytes();
  let before = performance.eventLoopUtilization();
  const look = async () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > AT_REST || heapBytes() < keptBytes + WORTH_BYTES) return;
    await giveBack();
    keptBytes = heapBytes();
  };
  setInterval(look, LOOK_MS).unref();
}

/** The thread of the follower. */
import { randomUUID } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { createLog } from '../log.ts';
import { giveMemoryBack } from '../memory.ts';
import { openFollowerStore } from '../store/store.ts';
import { answerRequests } from '../thread.ts';
import { type FollowCalls, Follower } from './follow.ts';
import type { FollowerSettings } from './followers.ts';

const { config, logLevel }: FollowerSettings = workerData;
const log = createLog(logLevel);
const opened = openFollowerStore(config, log).then(async (store) => {
  const follower = new Follower(store, log, randomUUID());
  // Before it works: a pause in the middle would make what it tells of itself late.
  await giveMemoryBack();
  follower.start();
  return follower;
});

answerRequests<FollowCalls>({
  moved: async ({ sizes, isBusy }) => {
    (await opened).moved(sizes, isBusy);
    return { result: null };
  },
  state: async () => ({ result: (await opened).state() }),
  renew: async ({ tenantNo }) => {
    await (await opened).renew(tenantNo);
    return { result: null };
  },
  prepare: async (asked) => ({ result: await (await opened).prepare(asked) }),
  settle: async ({ isStored }) => {
    await (await opened).settle(isStored);
    return { result: null };
  },
  scrub: async () => {
    await (await opened).scrub();
    return { result: null };
  },
  stop: async () => {
    await (await opened).stop();
    return { result: null };
  },
});

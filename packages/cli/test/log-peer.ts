/** A small HTTP server that keeps what is recorded, by id: enough to import into and to count. */
import { type Answer, type Peer, startPeer } from '../../sdk/test/peer.ts';

export interface LogPeer extends Peer {
  /** What was recorded, in order, as it was sent. */
  events(): Array<Record<string, unknown>>;
}

export const startLog = async (
  /** Answers instead of the log, if it returns something; `count` is the request, from 0. */
  instead: (count: number) => Answer | undefined = () => undefined,
): Promise<LogPeer> => {
  const kept = new Map<string, string>();
  const peer = await startPeer(({ body }, count) => {
    const other = instead(count);
    if (other !== undefined) return other;
    const receipts: unknown[] = [];
    const rejected: unknown[] = [];
    let duplicates = 0;
    for (const [index, line] of body.trimEnd().split('\n').entries()) {
      const { id } = JSON.parse(line);
      const before = kept.get(id);
      if (before !== undefined && before !== line) {
        const detail = 'Another event with this id is stored';
        rejected.push({ index, id, code: 'id_conflict', detail, path: '/id' });
        continue;
      }
      if (before === line) duplicates += 1;
      kept.set(id, line);
      receipts.push({ id, sequence: kept.size - 1, leaf_hash: 'hash' });
    }
    const accepted = receipts.length - duplicates;
    return {
      status: receipts.length === 0 ? 400 : 201,
      body: { accepted, duplicates, rejected, receipts },
    };
  });
  return Object.assign(peer, { events: () => [...kept.values()].map((line) => JSON.parse(line)) });
};

/**
 * Anchor F: the least that "recorded durably" can cost on this machine. Parses each event, appends
 * the body to one file and groups `fdatasync`: the next sync takes what gathered during the last.
 * Arguments: port, folder.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { serveAnchor } from './anchor.ts';

interface Waiting {
  readonly body: Buffer;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const [port, folder] = process.argv.slice(2);
if (port === undefined || folder === undefined) throw new Error('usage: anchor-file PORT FOLDER');

const file = await open(join(folder, 'events.ndjson'), 'a');
let waiting: Waiting[] = [];
let isWriting = false;

const writeGroups = async (): Promise<void> => {
  if (isWriting) return;
  isWriting = true;
  while (waiting.length > 0) {
    const group = waiting;
    waiting = [];
    try {
      await file.writev(group.map(({ body }) => body));
      await file.datasync();
      for (const { done } of group) done();
    } catch (error) {
      for (const { failed } of group) failed(error);
    }
  }
  isWriting = false;
};

serveAnchor(
  {
    record: (body) =>
      new Promise((done, failed) => {
        waiting.push({ body, done, failed });
        void writeGroups();
      }),
    close: () => file.close(),
  },
  Number(port),
);

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { recorded, startPeer } from '../test/peer.ts';

test('the example of the README runs', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? assert.fail('no example');
  await using peer = await startPeer(({ method, body }) => {
    if (method === 'POST') return recorded(body);
    const event = { occurred_at: '2026-01-02T03:04:05.000Z', actor: { id: 'u-1' }, action: 'a.b' };
    return { body: { events: [event], next_cursor: null, notices: [] } };
  });
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', example], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ANNALS_URL: peer.url, ANNALS_KEY: 'key' },
  });
  const [output, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 0, problems);
  assert.match(output, /^recorded as 0, leaf hash-\S+\n2026-01-02T03:04:05.000Z u-1 a.b\n$/);
});

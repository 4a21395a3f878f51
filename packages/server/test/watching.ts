/** Watches for tests: turned on, waited for, and made to look again at what they know. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding, Watch } from '@annals/contract/unusual';
import type { TestApp } from './harness.ts';

export interface WatchPlace {
  readonly project?: string;
  readonly tenant: string;
  readonly view: string;
}

const HOUR_MS = 3_600_000;
const addressOf = ({ project = 'default', tenant }: WatchPlace): string =>
  `project=${project}&tenant_id=${encodeURIComponent(tenant)}`;

export async function putWatch(app: TestApp, place: WatchPlace, enabled: boolean): Promise<Watch> {
  const path = `/v1/unusual/${place.view}?${addressOf(place)}`;
  const { json, status, text } = await app.admin<Watch>('PUT', path, { enabled });
  assert.equal(status, 200, text);
  return json;
}

/** Waits until it has looked at every hour that is closed. */
export async function settledWatch(app: TestApp, place: WatchPlace): Promise<Watch> {
  for (;;) {
    app.app.unusual.nudge();
    const [row] = await app.sql(
      `SELECT next_at FROM watch JOIN tenant ON tenant.tenant_no = watch.tenant_no
       WHERE tenant_id = ? AND view = ? AND holder IS NULL`,
      ...[place.tenant, place.view],
    );
    // Told after it was seen that it rests.
    const { json } = await app.admin<{ watches: Watch[] }>(
      'GET',
      `/v1/unusual?${addressOf(place)}`,
    );
    const watch = json.watches.find(({ view }) => view === place.view);
    assert.ok(watch?.enabled, 'the view is not watched');
    if (watch.state === 'paused') return watch;
    if (row && Number(row['next_at']) > Date.now()) return watch;
    await sleep(50);
  }
}

/** Turns it on as if that had been at an earlier moment: hours since then are looked at. */
export async function watchedSince(app: TestApp, place: WatchPlace, since: number): Promise<Watch> {
  await putWatch(app, place, true);
  await settledWatch(app, place);
  const [row] = await app.sql('SELECT tenant_no FROM tenant WHERE tenant_id = ?', place.tenant);
  const tenantNo = Number(row?.['tenant_no']);
  for (const table of ['watch_hour', 'watch_seen', 'finding']) {
    await app.sql(`DELETE FROM ${table} WHERE tenant_no = ? AND view = ?`, tenantNo, place.view);
  }
  const learnTo = Math.floor(since / HOUR_MS) * HOUR_MS;
  await app.sql(
    `UPDATE watch SET looked_to = ?, learn_from = ?, learn_to = ?, next_at = 0
     WHERE tenant_no = ? AND view = ?`,
    ...[learnTo - 56 * 24 * HOUR_MS, learnTo - 56 * 24 * HOUR_MS, learnTo, tenantNo, place.view],
  );
  return await settledWatch(app, place);
}

export async function findingsAt(app: TestApp, place: WatchPlace): Promise<Finding[]> {
  const found: Finding[] = [];
  for (let cursor = ''; ; ) {
    const path = `/v1/findings?${addressOf(place)}&limit=500${cursor}`;
    const { json, text, status } = await app.admin<{
      findings: Finding[];
      next_cursor: string | null;
    }>('GET', path);
    assert.equal(status, 200, text);
    found.push(...json.findings.filter(({ view }) => view === place.view));
    if (json.next_cursor === null) return found;
    cursor = `&cursor=${json.next_cursor}`;
  }
}

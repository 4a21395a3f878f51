/** Days of a report that pass in a moment, with delayed and late events, and servers that rest. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Definition } from '@annals/contract/definition';
import type { ReadEvent } from '@annals/contract/event';
import type { Export } from '@annals/contract/exports';
import type { Report } from '@annals/contract/reports';
import { ended } from './exporting.ts';
import { type Dialect, sampleEvent, startTestApp, type TestApp } from './harness.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The delay of the view, and the margin. */
const BEGIN_MS = 6.25 * HOUR_MS;

/** Its events appear six hours after they happen. */
const definition: Definition = {
  project: 'default',
  label: 'Reports',
  time_zone: 'Europe/Berlin',
  views: { page: { label: 'Audits', delay: 'PT6H' } },
  roles: { chief: { label: 'Chief', grants: { page: ['read', 'export', 'schedule'] } } },
};

/** Small and the same each time (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Row = ReadEvent & { readonly late?: boolean };
export interface Passed {
  readonly runs: readonly (Export & { readonly rows_in: readonly Row[] })[];
  /** By id: when each event occurred, in ms. */
  readonly events: ReadonlyMap<string, number>;
  /** Those that passed, and those without a server. */
  readonly days: number;
}

async function rowsOf(app: TestApp, { export_id, tenant_id }: Export): Promise<Row[]> {
  const path = `/v1/exports/${export_id}/file?tenant_id=${tenant_id}`;
  const headers = { authorization: `Bearer ${app.adminKey}` };
  const text = await (await fetch(app.url + path, { headers })).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** After so many days no server runs for some: the runs of these are missed. */
const REST = { every: 9, days: 4 } as const;

/** A daily report at 02:30 in Berlin, from a day on. */
export async function passDays(
  dialect: Dialect,
  { from, days, seed }: { readonly from: string; readonly days: number; readonly seed: number },
): Promise<Passed> {
  const random = randomOf(seed);
  let clock = Date.parse(from);
  const app = await startTestApp({ dialect, now: () => clock });
  try {
    const put = await app.admin('PUT', '/v1/projects/default', { definition });
    assert.equal(put.status, 200, put.text);
    await app.admin('PUT', '/v1/tenants/acme', {});
    const {
      json: report,
      status,
      text,
    } = await app.admin<Report>('POST', '/v1/reports', {
      ...{ tenant_id: 'acme', title: 'Daily', view: 'page', format: 'ndjson', order: 'asc' },
      ...{ range: 'yesterday', schedule: '30 2 * * *', time_zone: 'Europe/Berlin' },
    });
    assert.equal(status, 201, text);
    const events = new Map<string, number>();
    const record = async (count: number) => {
      const made = Array.from({ length: count }, () => {
        // Most happened just now, some days ago; none before the report is about anything.
        const ago = random() < 0.8 ? random() * HOUR_MS : random() ** 3 * 20 * DAY_MS;
        const at = Math.floor(Math.max(clock - ago, Date.parse(from) - DAY_MS));
        const id = randomUUID();
        events.set(id, at);
        return sampleEvent({ id, occurred_at: new Date(at).toISOString() });
      });
      if (made.length > 0) await app.record('acme', made);
    };
    const { reports } = app.app.exports;
    const path = `/v1/reports/${report.report_id}?tenant_id=acme`;
    let last: string | undefined;
    const runs: Passed['runs'][number][] = [];
    const look = async () => {
      await reports.look();
      const { last_run } = (await app.admin<Report>('GET', path)).json;
      if (last_run === null || last_run.export_id === last) return;
      last = last_run.export_id;
      const { json } = await app.admin<Export>('GET', `/v1/exports/${last}?tenant_id=acme`);
      const made = await ended(app, json);
      assert.equal(made.state, 'completed', made.reason ?? '');
      runs.push({ ...made, rows_in: await rowsOf(app, made) });
      await reports.look();
    };
    let rested = 0;
    for (let day = 0; day < days; day++) {
      for (let step = 0; step < 12; step++) {
        clock += 2 * HOUR_MS;
        await record(Math.floor(random() * 3));
        await look();
      }
      const rest = day % REST.every === 5 ? REST.days : 0;
      clock += rest * DAY_MS;
      rested += rest;
    }
    // Whatever is late still comes with the run after it.
    for (let step = 0; step < 12; step++) {
      clock += 2 * HOUR_MS;
      await look();
    }
    return { runs, events, days: days + rested };
  } finally {
    await app.stop();
  }
}

/** Each day is in one run, each event once, and marked if it is not of the days of its run. */
export function checkDays({ runs, events, days }: Passed): void {
  const seen = new Map<string, number>();
  let end: number | undefined;
  for (const [n, { from, to, as_of, run, rows, rows_in }] of runs.entries()) {
    assert.ok(from !== null && to !== null && run !== null && run.scheduled_at !== null);
    const wanted = end ?? Date.parse(run.from);
    assert.equal(Date.parse(from), wanted, 'it begins where the last one ended');
    end = Date.parse(to);
    assert.ok(Date.parse(as_of) - end >= BEGIN_MS, 'not before everything of it is there');
    assert.equal(rows, rows_in.length);
    assert.equal(run.late, rows_in.filter(({ late }) => late).length);
    for (const { id, occurred_at, late } of rows_in) {
      assert.ok(!seen.has(id), `${id} is in two runs`);
      seen.set(id, n);
      const at = Date.parse(occurred_at);
      assert.equal(late === true, at < Date.parse(run.from), 'what is from before is marked');
      assert.ok(at < end);
    }
  }
  const first = Date.parse(runs[0]?.run?.from ?? '');
  const passed = Math.round(((end ?? 0) - first) / DAY_MS);
  assert.ok(Math.abs(passed - days) <= 1, `${passed} of ${days} days`);
  const missing = [...events].filter(([id, at]) => at >= first && at < (end ?? 0) && !seen.has(id));
  assert.deepEqual(missing, []);
}

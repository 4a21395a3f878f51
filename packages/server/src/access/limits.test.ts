/** Limits of views as moments: calendar units in the project's zone, start included, end not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewDefinition } from '@annals/contract/definition';
import { limitsOf, startOfDay } from './limits.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();
const limits = (
  view: Partial<ViewDefinition>,
  now: string,
  zone = 'UTC',
  enabledAt: string | null = null,
) => limitsOf({ label: 'v', ...view }, zone, enabledAt === null ? null : at(enabledAt), at(now));

test('days and months are those of the calendar there', async () => {
  const rows: [view: Partial<ViewDefinition>, now: string, zone: string, from: string][] = [
    [{ reach: 'P30D' }, '2026-03-31T12:00:00Z', 'UTC', '2026-03-01T12:00:00.000Z'],
    // The clocks went forward in Berlin on 29 March: 30 days are an hour shorter.
    [{ reach: 'P30D' }, '2026-04-01T10:00:00Z', 'Europe/Berlin', '2026-03-02T11:00:00.000Z'],
    [{ reach: 'P1M' }, '2026-03-31T12:00:00Z', 'UTC', '2026-02-28T12:00:00.000Z'],
    [{ reach: 'P1Y' }, '2028-02-29T00:00:00Z', 'UTC', '2027-02-28T00:00:00.000Z'],
    [{ reach: 'PT36H' }, '2026-03-30T12:00:00Z', 'Europe/Berlin', '2026-03-29T00:00:00.000Z'],
    [{ floor: '2025-01-01' }, '2026-03-31T12:00:00Z', 'UTC', '2025-01-01T00:00:00.000Z'],
    [{ floor: '2025-01-01' }, '2026-03-31T12:00:00Z', 'America/Regina', '2025-01-01T06:00:00.000Z'],
  ];
  for (const [view, now, zone, from] of rows) {
    assert.equal(iso((await limits(view, now, zone)).from), from, JSON.stringify(view));
  }
});

test('the nearest limit counts, and is named', async () => {
  const now = '2026-06-01T00:00:00Z';
  const view = { reach: 'P90D', floor: '2026-04-01' };
  assert.equal((await limits(view, now)).by, 'floor');
  assert.equal((await limits({ ...view, floor: '2020-01-01' }, now)).by, 'reach');
  const enabled = await limits(view, now, 'UTC', '2026-05-01T10:00:00Z');
  assert.deepEqual([enabled.by, iso(enabled.from)], ['enabled', '2026-05-01T10:00:00.000Z']);
  const operators = { ...view, operators: true };
  assert.equal((await limits(operators, now, 'UTC', '2026-05-01T10:00:00Z')).by, 'floor');
  const none = await limits({}, now);
  assert.deepEqual([none.from, none.by, none.to, none.window], [0, undefined, Infinity, undefined]);
});

test('a delay shows what happened exactly so long ago', async () => {
  const { to } = await limits({ delay: 'PT6H' }, '2026-06-01T12:00:00Z');
  assert.equal(iso(to - 1), '2026-06-01T06:00:00.000Z');
});

test('a window is of calendar months, and as long from either end', async () => {
  const { window } = await limits({ window: 'P3M' }, '2026-06-01T12:00:00Z', 'Europe/Berlin');
  assert.equal(iso(window?.endOf(at('2026-01-31T00:00:00Z')) ?? 0), '2026-04-29T23:00:00.000Z');
  const days = (await limits({ window: 'P90D' }, '2026-06-01T12:00:00Z')).window;
  assert.equal(iso(days?.endOf(at('2026-01-01T00:00:00Z')) ?? 0), '2026-04-01T00:00:00.000Z');
  assert.equal(iso(days?.startOf(at('2026-04-01T00:00:00Z')) ?? 0), '2026-01-01T00:00:00.000Z');
});

test('a day begins at its own midnight', async () => {
  assert.equal(iso(await startOfDay('2026-03-29', 'Europe/Berlin')), '2026-03-28T23:00:00.000Z');
  // In 2026 Cairo's clocks go forward at midnight: this day begins at one.
  assert.equal(iso(await startOfDay('2026-04-24', 'Africa/Cairo')), '2026-04-23T22:00:00.000Z');
});

/** CSV, read with a parser that we did not write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadEvent } from '@annals/contract/event';
import {
  ACTOR_TYPES,
  OPERATIONS,
  OUTCOMES,
  SEVERITIES,
  TARGET_ROLES,
} from '@annals/contract/values';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvHeader, csvPrinter, type Flavor } from './csv.ts';

const formOf = (flavor: Flavor) => ({ flavor, columns: undefined, lateBefore: undefined });
const csvLines = (events: readonly ReadEvent[], flavor: Flavor, time: (one: string) => string) =>
  events.map((event) => csvPrinter(formOf(flavor), time)(event, false)).join('');

const HEADER = [
  ...['id', 'tenant_id', 'sequence', 'occurred_at', 'received_at', 'event_type', 'action'],
  ...['operation', 'actor.type', 'actor.id', 'actor.name', 'actor.email', 'actor.roles'],
  ...['on_behalf_of.0.type', 'on_behalf_of.0.id', 'on_behalf_of.0.name', 'on_behalf_of.0.email'],
  ...['on_behalf_of.more', 'targets.0.type', 'targets.0.id', 'targets.0.name', 'targets.0.email'],
  ...['targets.0.role', 'targets.1.type', 'targets.1.id', 'targets.1.name', 'targets.1.email'],
  ...['targets.1.role', 'targets.more', 'changes', 'outcome.result', 'outcome.reason'],
  ...['outcome.code', 'source.initiator', 'source.application', 'source.component'],
  ...['source.channel', 'context.ip', 'context.user_agent', 'context.location'],
  ...['context.request_id', 'context.session_id', 'context.trace_id', 'context.correlation_id'],
  ...['reason.text', 'reason.ticket', 'severity', 'metadata', 'labels', 'leaf_hash'],
];
/** Places with columns of their own: what is beyond them stands in the column `more`. */
const FLAT: Readonly<Record<string, number>> = { targets: 2, on_behalf_of: 1 };

const base: ReadEvent = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  tenant_id: 'acme',
  occurred_at: '2026-03-01T12:00:00.000Z',
  received_at: '2026-03-01T12:00:00.123Z',
  action: 'document.read',
  actor: { type: 'user', id: 'u1' },
};
const asIs = (instant: string): string => instant;

type Cell = string | undefined;

/** The file as the parser reads it: cells by column; an empty cell without quotes is absent. */
function read(events: readonly ReadEvent[], flavor: Flavor): Record<string, Cell>[] {
  const text = csvHeader(formOf(flavor)) + csvLines(events, flavor, asIs);
  const [header, ...rows]: Cell[][] = parse(text, {
    bom: flavor === 'spreadsheet',
    // Any of them outside quotes would end a line.
    record_delimiter: ['\r\n', '\n', '\r'],
    cast: (cell, { quoting }) => (quoting || cell !== '' ? cell : undefined),
  });
  assert.deepEqual(header, HEADER);
  return rows.map((row) => {
    assert.equal(row.length, HEADER.length);
    return Object.fromEntries(HEADER.map((name, index) => [name, row[index]]));
  });
}

/** What a column says of an event, straight from its name. */
function cellOf(event: ReadEvent, column: string): Cell {
  const [root = '', ...steps] = column.split('.');
  let value: unknown = Reflect.get(event, root);
  for (const step of steps) {
    if (step === 'more') {
      const rest = Array.isArray(value) ? value.slice(FLAT[root]) : [];
      return rest.length === 0 ? undefined : JSON.stringify(rest);
    }
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  if (value === undefined || typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function checkExact(events: readonly ReadEvent[]): void {
  for (const [index, row] of read(events, 'exact').entries()) {
    const event = events[index] ?? assert.fail();
    for (const column of HEADER) assert.equal(row[column], cellOf(event, column), column);
  }
}

const HOSTILE = [
  ...['"', '""', '","', ',', ',,,', '\n', '\r', '\r\n', 'a\r\nb', '"\r\n"', "'", ';', '\t', ' '],
  ...[' a ', '\ufeff', '\ufeffa', '\u2028', '😀', 'Zürich', '東京', 'e\u0301', '\u202eabc', '\\'],
  ...['\\"', 'NULL', 'null', 'undefined', 'true', '0', '00123', '1e5', '-', '=', '+', '@', '|'],
  ...["=cmd|' /C calc'!A0", '+1', '-1+1', '@SUM(A1)', '=HYPERLINK("http://a")', '\t=1', '\r=1'],
  ...['\n=1', '＝1', '＋1', '－1', '＠1', '"=1"', "'=1"],
];

test('hostile cells come back as they are', () => {
  const long = `${'"x",\r\n'.repeat(20_000)}`;
  const events = [...HOSTILE, long].map(
    (text): ReadEvent => ({
      ...base,
      tenant_id: text,
      actor: { type: 'user', id: text, name: text, email: text, roles: [text, text] },
      targets: [
        { type: text, id: text },
        { type: 't', id: text, role: 'parent' },
        { type: text, id: text },
      ],
      changes: [{ path: '', before: text, after: { [text]: text } }],
      outcome: { result: 'failure', reason: text, code: text },
      reason: { text, ticket: text },
      metadata: { [text]: text },
      labels: { [text]: text },
    }),
  );
  checkExact(events);
});

test('absent and empty are told apart', () => {
  const [row] = read([{ ...base, metadata: {}, labels: { a: '' }, targets: [] }], 'exact');
  assert.equal(row?.['metadata'], '{}');
  assert.equal(row['labels'], '{"a":""}');
  assert.equal(row['targets.0.id'], undefined);
  const text = csvLines([{ ...base, tenant_id: '' }], 'exact', asIs);
  assert.match(text, /^[^,]+,"",,/);
});

test('what stands in place of an erased value is there as JSON', () => {
  const erased = { _erased: 'A'.repeat(43) };
  const event: ReadEvent = {
    ...base,
    actor: { type: 'user', id: erased, name: erased },
    reason: { text: erased },
    metadata: erased,
  };
  checkExact([event]);
  assert.equal(read([event], 'exact')[0]?.['actor.id'], JSON.stringify(erased));
  const id = { ...erased, as: 'erased-3f9c0k2m8xq1' };
  const [row] = read([{ ...event, actor: { ...event.actor, id } }], 'exact');
  assert.equal(row?.['actor.id'], id.as, 'its pseudonym, so that rows of one person group');
});

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE));
const text = anyText.map((one) => one.toWellFormed());
const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const entity = { id: text, name: optional(text), email: optional(text) };
const instant = fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString());
const anyEvent: fc.Arbitrary<ReadEvent> = fc
  .record({
    id: fc.uuid(),
    tenant_id: text,
    sequence: optional(fc.nat()),
    occurred_at: instant,
    received_at: instant,
    event_type: optional(text),
    action: text,
    operation: optional(fc.constantFrom(...OPERATIONS)),
    actor: fc.record({
      type: fc.constantFrom(...ACTOR_TYPES),
      ...entity,
      id: optional(text),
      roles: optional(fc.array(text)),
    }),
    on_behalf_of: optional(
      fc.array(fc.record({ type: fc.constantFrom(...ACTOR_TYPES), ...entity }), { maxLength: 3 }),
    ),
    targets: optional(
      fc.array(
        fc.record({ type: text, ...entity, role: optional(fc.constantFrom(...TARGET_ROLES)) }),
        { maxLength: 4 },
      ),
    ),
    changes: optional(
      fc.array(fc.record({ path: text, before: fc.jsonValue() }), { maxLength: 3 }),
    ),
    outcome: optional(
      fc.record({
        result: fc.constantFrom(...OUTCOMES),
        reason: optional(text),
        code: optional(text),
      }),
    ),
    context: optional(fc.record({ ip: optional(fc.ipV6()), session_id: optional(text) })),
    reason: optional(fc.record({ text: optional(text), ticket: optional(text) })),
    severity: optional(fc.constantFrom(...SEVERITIES)),
    metadata: optional(fc.dictionary(text, fc.jsonValue())),
    labels: optional(fc.dictionary(text, text)),
    leaf_hash: optional(fc.base64String()),
  })
  // As JSON gives it: without the fields that are undefined.
  .map((event) => JSON.parse(JSON.stringify(event)) as ReadEvent);

test('of any events, exact CSV gives back every cell', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) => checkExact(events)),
    { numRuns: 300 },
  );
});

test('in the spreadsheet flavor no cell is a formula, and nothing else differs', () => {
  const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) => {
      for (const [index, row] of read(events, 'spreadsheet').entries()) {
        const event = events[index] ?? assert.fail();
        for (const column of HEADER) {
          const [cell, exact] = [row[column], cellOf(event, column)];
          assert.doesNotMatch(cell ?? '', FORMULA, column);
          assert.equal(cell, FORMULA.test(exact ?? '') ? `'${exact}` : exact, column);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the form is RFC 4180: every line ends in CRLF, the spreadsheet’s first with a mark', () => {
  assert.equal(csvHeader(formOf('exact')), `${HEADER.join(',')}\r\n`);
  assert.equal(csvHeader(formOf('spreadsheet')), `\ufeff${HEADER.join(',')}\r\n`);
  const lines = csvLines([base, base], 'exact', asIs);
  assert.equal(lines.split('\r\n').length, 3);
  assert.ok(lines.endsWith('\r\n') && !/[^\r]\n/.test(lines));
});

test('times are written as they are told', () => {
  const [row] = parse(csvHeader(formOf('exact')) + csvLines([base], 'exact', (one) => `<${one}>`), {
    columns: true,
  }) as Record<string, string>[];
  assert.equal(row?.['occurred_at'], `<${base.occurred_at}>`);
  assert.equal(row['received_at'], `<${base.received_at}>`);
});

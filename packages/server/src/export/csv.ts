/**
 * CSV (RFC 4180): a stable header, one column a field, nested fields flattened, lists beyond the
 * flattened places and free-form values as JSON. `exact` says what is stored: an absent field is
 * empty, an empty text is "". `spreadsheet` opens safely: no cell is taken for a formula.
 */

import { type ColumnSet, cellOf } from '@annals/contract/cells';
import type { ReadEvent } from '@annals/contract/event';
import { idText, isErased } from '@annals/contract/values';

export type Flavor = 'exact' | 'spreadsheet';

/** Targets and persons that have columns of their own; more stand as JSON in `….more`. */
const TARGETS_FLAT = 2;
const PERSONS_FLAT = 1;
/** What a spreadsheet may take for the start of a formula (OWASP, CSV injection). */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;
const NEEDS_QUOTES = /[",\r\n]/;
/** In a JSON text (RFC 8259, section 7; ECMA-262, QuoteJSONString). */
const ESCAPED_IN_JSON = /["\\\p{Cc}\p{Cs}]/u;
const BYTE_ORDER_MARK = '\uFEFF';
const LINE_END = '\r\n';
const COMMAS = Array.from({ length: 20 }, (_, count) => ','.repeat(count));

/** What is no text or number stands as JSON. */
type Cell = string | number | object | undefined;
type FormatTime = (instant: string) => string;
type Entity = { type: string; id?: unknown; name?: unknown; email?: unknown };

const FIXED_BEFORE = [
  'id',
  'tenant_id',
  'sequence',
  'occurred_at',
  'received_at',
  'event_type',
  'action',
  'operation',
  'actor.type',
  'actor.id',
  'actor.name',
  'actor.email',
  'actor.roles',
];
const ENTITY_FIELDS = ['type', 'id', 'name', 'email'];
const TARGET_FIELDS = [...ENTITY_FIELDS, 'role'];
const FIXED_AFTER = [
  'changes',
  'outcome.result',
  'outcome.reason',
  'outcome.code',
  'source.initiator',
  'source.application',
  'source.component',
  'source.channel',
  'context.ip',
  'context.user_agent',
  'context.location',
  'context.request_id',
  'context.session_id',
  'context.trace_id',
  'context.correlation_id',
  'reason.text',
  'reason.ticket',
  'severity',
  'metadata',
  'labels',
  'leaf_hash',
];

const flattened = (list: string, places: number, fields: readonly string[]): string[] => [
  ...Array.from({ length: places }, (_, place) =>
    fields.map((field) => `${list}.${place}.${field}`),
  ).flat(),
  `${list}.more`,
];

/** The header, the same for every file. */
export const CSV_COLUMNS: readonly string[] = [
  ...FIXED_BEFORE,
  ...flattened('on_behalf_of', PERSONS_FLAT, ENTITY_FIELDS),
  ...flattened('targets', TARGETS_FLAT, TARGET_FIELDS),
  ...FIXED_AFTER,
];

/** A text as it is; what stands in place of an erased one as JSON. */
const text = (value: unknown): Cell =>
  typeof value === 'string' || isErased(value) ? value : undefined;
const more = (list: readonly unknown[], places: number): Cell =>
  list.length > places ? list.slice(places) : undefined;

function pushEntity(cells: Cell[], entity: Entity | undefined): void {
  const id = entity?.id;
  cells.push(entity?.type, idText(id) ?? text(id), text(entity?.name), text(entity?.email));
}

/** The cells of one event, in the order of the header. */
function cellsOf(event: ReadEvent, time: FormatTime): Cell[] {
  const { actor, outcome, source, context, reason } = event;
  const cells: Cell[] = [
    event.id,
    event.tenant_id,
    event.sequence,
    time(event.occurred_at),
    time(event.received_at),
    event.event_type,
    event.action,
    event.operation,
  ];
  pushEntity(cells, actor);
  cells.push(actor.roles);
  const persons = event.on_behalf_of ?? [];
  for (let place = 0; place < PERSONS_FLAT; place++) pushEntity(cells, persons[place]);
  cells.push(more(persons, PERSONS_FLAT));
  const targets = event.targets ?? [];
  for (let place = 0; place < TARGETS_FLAT; place++) {
    pushEntity(cells, targets[place]);
    cells.push(targets[place]?.role);
  }
  cells.push(
    more(targets, TARGETS_FLAT),
    event.changes,
    outcome?.result,
    text(outcome?.reason),
    outcome?.code,
    source?.initiator,
    source?.application,
    source?.component,
    source?.channel,
    text(context?.ip),
    text(context?.user_agent),
    text(context?.location),
    context?.request_id,
    text(context?.session_id),
    context?.trace_id,
    context?.correlation_id,
    text(reason?.text),
    reason?.ticket,
    event.severity,
    event.metadata,
    event.labels,
    event.leaf_hash,
  );
  return cells;
}

const doubled = (text: string): string => text.replaceAll('"', '""');
const quoted = (cell: string): string => `"${doubled(cell)}"`;

/**
 * What `JSON.stringify` says of a value that was parsed from JSON, each quote doubled. Doubling
 * those of a whole text takes twice as long as writing it, and most names and values need none.
 */
function quotedJson(value: unknown): string {
  if (typeof value === 'string') {
    return ESCAPED_IN_JSON.test(value) ? doubled(JSON.stringify(value)) : `""${value}""`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  let inside = '';
  let separator = '';
  if (Array.isArray(value)) {
    for (const item of value) {
      inside += separator + quotedJson(item);
      separator = ',';
    }
    return `[${inside}]`;
  }
  for (const name in value) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    inside += `${separator}${quotedJson(name)}:${quotedJson(member)}`;
    separator = ',';
  }
  return `{${inside}}`;
}

function exactCell(cell: Cell): string {
  if (typeof cell === 'string') return cell === '' || NEEDS_QUOTES.test(cell) ? quoted(cell) : cell;
  return typeof cell === 'object' ? `"${quotedJson(cell)}"` : String(cell ?? '');
}

/** Quotes everywhere: then no program guesses at separators, and the apostrophe stays visible. */
function spreadsheetCell(cell: Cell): string {
  if (typeof cell === 'string') return quoted(FORMULA_START.test(cell) ? `'${cell}` : cell);
  // JSON begins with a bracket.
  return exactCell(cell);
}

/** Cells as one line, its end included. */
function lineOf(cells: readonly Cell[], format: (cell: Cell) => string): string {
  let line = '';
  // Most cells of an event are empty, and each joining costs as much as a short cell.
  let commas = 0;
  for (const cell of cells) {
    if (cell !== undefined) {
      line += COMMAS[commas] ?? ','.repeat(commas);
      line += format(cell);
      commas = 0;
    }
    commas++;
  }
  return line + ','.repeat(Math.max(0, commas - 1)) + LINE_END;
}

const formatOf = (flavor: Flavor) => (flavor === 'exact' ? exactCell : spreadsheetCell);

/** What of a file's form is about its lines. */
interface LineForm {
  readonly flavor: Flavor;
  /** Of a view; undefined: every field. */
  readonly columns: ColumnSet | undefined;
  /** Undefined: there is no column for late events. */
  readonly lateBefore: number | undefined;
}

const LATE = 'late';

/** The columns of a file, without that of late events. */
export const csvLabels = ({ columns }: Pick<LineForm, 'columns'>): readonly string[] =>
  columns?.columns.map(({ label }) => label) ?? CSV_COLUMNS;

/** The file's first line. */
export function csvHeader(form: LineForm): string {
  const { columns, flavor, lateBefore } = form;
  const mark = flavor === 'spreadsheet' ? BYTE_ORDER_MARK : '';
  const labels = [...csvLabels(form), ...(lateBefore === undefined ? [] : [LATE])];
  // Names of fields need no quotes.
  const format = columns === undefined ? exactCell : formatOf(flavor);
  return mark + lineOf(labels, format);
}

/** How an event becomes cells, in the order of the columns. */
function cellsBy(set: ColumnSet | undefined, time: FormatTime): (event: ReadEvent) => Cell[] {
  if (set === undefined) return (event) => cellsOf(event, time);
  const cells = set.columns.map((column) => cellOf(column, set, time));
  return (event) => cells.map((cell) => cell(event));
}

/** The same as they read, without a file's quotes; empty where there is no value. */
export function csvCells(
  set: ColumnSet | undefined,
  time: FormatTime,
): (event: ReadEvent) => string[] {
  const cells = cellsBy(set, time);
  const read = (cell: Cell) =>
    typeof cell === 'object' ? JSON.stringify(cell) : String(cell ?? '');
  return (event) => cells(event).map(read);
}

/** How an event becomes a line, its end included. */
export function csvPrinter(
  { flavor, columns, lateBefore }: LineForm,
  time: FormatTime,
): (event: ReadEvent, isLate: boolean) => string {
  const format = formatOf(flavor);
  const cells = cellsBy(columns, time);
  if (lateBefore === undefined) return (event) => lineOf(cells(event), format);
  return (event, isLate) => lineOf([...cells(event), isLate ? LATE : undefined], format);
}

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
const BYTE_ORDER_MARK = '\uFEFF';
const LINE_END = '\r\n';

type Cell = string | number | undefined;
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

const json = (value: unknown): Cell => (value === undefined ? undefined : JSON.stringify(value));
/** A text as it is; what stands in place of an erased one as JSON. */
const text = (value: unknown): Cell =>
  typeof value === 'string' ? value : isErased(value) ? json(value) : undefined;
const more = (list: readonly unknown[], places: number): Cell =>
  list.length > places ? json(list.slice(places)) : undefined;

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
  cells.push(json(actor.roles));
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
    json(event.changes),
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
    json(event.metadata),
    json(event.labels),
    event.leaf_hash,
  );
  return cells;
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

function exactCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  return cell === '' || NEEDS_QUOTES.test(cell) ? quoted(cell) : cell;
}

/** Quotes everywhere: then no program guesses at separators, and the apostrophe stays visible. */
function spreadsheetCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  return quoted(FORMULA_START.test(cell) ? `'${cell}` : cell);
}

/** Cells as one line, its end included. */
function lineOf(cells: readonly Cell[], format: (cell: Cell) => string): string {
  let line = '';
  let separator = '';
  for (const cell of cells) {
    line += separator + format(cell);
    separator = ',';
  }
  return line + LINE_END;
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
export function csvCells(
  set: ColumnSet | undefined,
  time: FormatTime,
): (event: ReadEvent) => Cell[] {
  if (set === undefined) return (event) => cellsOf(event, time);
  const cells = set.columns.map((column) => cellOf(column, set, time));
  return (event) => cells.map((cell) => cell(event));
}

/** How an event becomes a line, its end included. */
export function csvPrinter(
  { flavor, columns, lateBefore }: LineForm,
  time: FormatTime,
): (event: ReadEvent, isLate: boolean) => string {
  const format = formatOf(flavor);
  const cells = csvCells(columns, time);
  if (lateBefore === undefined) return (event) => lineOf(cells(event), format);
  return (event, isLate) => lineOf([...cells(event), isLate ? LATE : undefined], format);
}

/**
 * Rows become a file, as it is streamed. Promises: it holds exactly what its lens shows, in order;
 * memory stays bounded however many events there are; reading stops when the receiver leaves; a
 * file that could not be finished does not look finished.
 */
import { Readable } from 'node:stream';
import type { ColumnSet } from '@annals/contract/cells';
import { type Compiled, textIn } from '@annals/contract/compile';
import type { ViewDefinition } from '@annals/contract/definition';
import { DOWNLOAD_FORMATS } from '@annals/contract/routes';
import type { Sight } from '../access/access.ts';
import { transferables } from '../columns.ts';
import type { EventBlock, Lens } from '../event-rows.ts';
import { Fault } from '../fault.ts';
import { ThreadPool } from '../thread.ts';
import { csvHeader } from './csv.ts';
import type { FileForm, FormatCalls, Formatted } from './format.ts';
import { zoneTime } from './zone-time.ts';

export interface EventFile {
  readonly contentType: string;
  readonly extension: string;
  readonly body: Readable;
  /** Of what the body has given so far. */
  readonly tally: Readonly<Tally>;
}

export interface Tally {
  rows: number;
  /** Of the rows, those that are marked as late. */
  late: number;
  /** Of the rows, the lowest and the highest; of none, Infinity and -1. */
  first: number;
  last: number;
}

interface FormAsked {
  readonly format: FileForm['format'];
  readonly flavor?: FileForm['flavor'];
  readonly time_zone?: string;
  readonly columns?: 'view' | 'all';
  readonly lateBefore?: number;
}
/** Rows, and who looks at them. */
export interface Part {
  readonly blocks: AsyncIterable<EventBlock>;
  readonly lens: Lens;
}

export const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
} as const;
/** Formatting threads: a second one makes files a tenth faster and takes 35 MB. */
const THREADS = 1;
/** It holds the texts of one event at a time; with more room much garbage would wait. */
const OLD_MB = 24;
/** Blocks of one file that are formatted ahead of the one which is sent. */
const BLOCKS_AHEAD = 1;
/** Pieces of a file that wait for a slow receiver. */
const PIECES_WAITING = 1;

/** Throws Fault `invalid_query` for a name that is no time zone. */
export function checkZone(timeZone: string): void {
  try {
    zoneTime(timeZone);
  } catch (cause) {
    const detail = 'must be an IANA time zone name, for example Europe/Berlin';
    const errors = [{ path: 'time_zone', detail }];
    throw new Fault('invalid_query', `time_zone ${detail}.`, { errors, cause });
  }
}

/** Undefined: the view names none. */
function columnsOf(
  compiled: Compiled,
  { columns }: ViewDefinition,
  locale: string,
): ColumnSet | undefined {
  if (columns === undefined) return undefined;
  const types = Object.entries(compiled.definition.resource_types ?? {});
  return {
    columns: columns.map(({ path, label }) => ({ path, label: textIn(label, locale, compiled) })),
    resources: Object.fromEntries(
      types.map(([type, { label }]) => [type, textIn(label, locale, compiled)]),
    ),
  };
}

export class Files {
  readonly #threads = new ThreadPool<FormatCalls>({
    file: new URL('./format-worker.ts', import.meta.url),
    most: THREADS,
    oldMb: OLD_MB,
  });

  /**
   * The form of a file under the view's rules. Throws Fault `format_not_offered`, and
   * `invalid_query` for columns of a view that names none, and for no zone.
   */
  formOf(
    { view, rules, compiled }: Pick<Sight, 'view' | 'rules' | 'compiled'>,
    asked: FormAsked,
  ): FileForm {
    const { format, flavor = 'exact', time_zone: timeZone = 'UTC' } = asked;
    const offered = rules?.formats ?? DOWNLOAD_FORMATS;
    if (!offered.includes(format)) {
      const detail = `This view offers ${offered.join(', ') || 'no format'}.`;
      throw new Fault('format_not_offered', detail);
    }
    if (format === 'csv') checkZone(timeZone);
    const locale = view.vocabulary?.locale ?? '';
    const own = compiled && rules ? columnsOf(compiled, rules, locale) : undefined;
    if (asked.columns === 'view' && own === undefined) {
      const errors = [{ path: 'columns', detail: 'the view names none: leave it out, or all' }];
      throw new Fault('invalid_query', 'columns: the view names none.', { errors });
    }
    const columns = asked.columns === 'all' ? undefined : own;
    return { format, flavor, timeZone, columns, lateBefore: asked.lateBefore };
  }

  /** A file of the rows that the lenses show, part after part. */
  file(parts: readonly Part[], form: FileForm): EventFile {
    const tally: Tally = { rows: 0, late: 0, first: Infinity, last: -1 };
    const texts = this.#formatted(parts, form, tally);
    const body = Readable.from(wrapped(texts, form), { highWaterMark: PIECES_WAITING });
    return { contentType: CONTENT_TYPES[form.format], extension: form.format, body, tally };
  }

  /** The texts of the blocks in their order, without empty ones. */
  async *#formatted(parts: readonly Part[], form: FileForm, tally: Tally) {
    const pending: Promise<Formatted>[] = [];
    const next = async function* () {
      const formatted = await pending.shift();
      if (formatted === undefined || formatted.rows === 0) return;
      const { text, rows, late, sequences } = formatted;
      tally.rows += rows;
      tally.late += late;
      tally.first = Math.min(tally.first, sequences.first);
      tally.last = Math.max(tally.last, sequences.last);
      yield text;
    };
    for await (const { block, lens } of blocksOf(parts)) {
      const request = { kind: 'format', block, lens, form } as const;
      const text = this.#threads.ask(request, transferables(block.columns));
      // If the receiver leaves, nobody awaits what is under way: its failure is then nobody's.
      text.catch(() => undefined);
      pending.push(text);
      if (pending.length > BLOCKS_AHEAD) yield* next();
    }
    while (pending.length > 0) yield* next();
  }

  async close(): Promise<void> {
    await this.#threads.end();
  }
}

async function* blocksOf(parts: readonly Part[]) {
  for (const { blocks, lens } of parts) {
    for await (const block of blocks) yield { block, lens };
  }
}

/** What stands before, between and after the texts of a file. */
async function* wrapped(texts: AsyncIterable<Uint8Array>, form: FileForm) {
  const { format } = form;
  if (format !== 'json') {
    if (format === 'csv') yield Buffer.from(csvHeader(form));
    yield* texts;
    return;
  }
  let separator = '[\n';
  for await (const text of texts) {
    yield Buffer.from(separator);
    yield text;
    separator = ',\n';
  }
  yield Buffer.from(separator === '[\n' ? '[]\n' : '\n]\n');
}

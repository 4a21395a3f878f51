/**
 * Events leave as files. Owns formats. Promises: a file holds exactly what its plan shows, in
 * order; memory stays bounded however many events there are; reading stops when the receiver
 * leaves; a file that could not be finished does not look finished. Never reads the store itself.
 */
import { Readable } from 'node:stream';
import type { ReadEvent } from '@annals/contract/event';
import { Fault } from '../fault.ts';
import { csvHeader, csvLines, type Flavor } from './csv.ts';
import { zoneTime } from './zone-time.ts';

export interface FileForm {
  readonly format: 'csv' | 'json' | 'ndjson';
  /** CSV only. */
  readonly flavor: Flavor;
  /** CSV only: IANA zone of the times. */
  readonly timeZone: string;
}

export interface EventFile {
  readonly contentType: string;
  readonly extension: string;
  readonly body: Readable;
}

/** Events in pieces, as search reads them. */
export type Pieces = AsyncIterable<readonly ReadEvent[]>;

const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
} as const;
/** Pieces of text that wait for a slow receiver. */
const TEXTS_WAITING = 1;

async function* csvText(pieces: Pieces, flavor: Flavor, time: (instant: string) => string) {
  yield csvHeader(flavor);
  for await (const events of pieces) yield csvLines(events, flavor, time);
}

async function* ndjsonText(pieces: Pieces) {
  for await (const events of pieces) {
    yield events.map((event) => `${JSON.stringify(event)}\n`).join('');
  }
}

async function* jsonText(pieces: Pieces) {
  let separator = '[\n';
  for await (const events of pieces) {
    if (events.length === 0) continue;
    yield separator + events.map((event) => JSON.stringify(event)).join(',\n');
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

function textOf(pieces: Pieces, { format, flavor, timeZone }: FileForm): AsyncIterable<string> {
  if (format === 'json') return jsonText(pieces);
  if (format === 'ndjson') return ndjsonText(pieces);
  try {
    return csvText(pieces, flavor, zoneTime(timeZone));
  } catch (cause) {
    const detail = 'must be an IANA time zone name, for example Europe/Berlin';
    const errors = [{ path: 'time_zone', detail }];
    throw new Fault('invalid_query', `time_zone ${detail}.`, { errors, cause });
  }
}

/** Empty pieces would end a readable stream of texts early. */
async function* nonEmpty(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const text of texts) if (text !== '') yield Buffer.from(text, 'utf8');
}

/** A file of events. Throws Fault `invalid_query` for a zone that is none. */
export function eventFile(pieces: Pieces, form: FileForm): EventFile {
  const body = Readable.from(nonEmpty(textOf(pieces, form)), { highWaterMark: TEXTS_WAITING });
  return { contentType: CONTENT_TYPES[form.format], extension: form.format, body };
}

/**
 * Exports are made: taken up in turn, so that no tenant waits for another's many; written to the
 * shelf; finished or given back. Owns the lease. Promises: each attempt writes a file of its own
 * and only one that is whole is named by the export; what a server that is gone has begun, another
 * one takes up; nothing of what was cancelled or failed stays.
 */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import type { Compression } from '@annals/contract/files';
import { Fault } from '../fault.ts';
import { Rounds } from '../rounds.ts';
import type { ExportRow } from '../store/store.ts';
import { type Asking, partsOf } from './asking.ts';
import { askedOf } from './export-row.ts';
import type { EventFile } from './files.ts';
import type { ExportParts } from './parts.ts';

/** How often it is looked for what another server was asked, and for what is over, in ms. */
const LOOK_MS = 1_000;
/** How often work says that it lives, and learns that it was cancelled, in ms. */
const BEAT_MS = 1_000;
/** Work silent for so long was cut off with its server, in ms. */
const SILENT_MS = 20_000;
/** Made at once by one server: the database is read by one while another is counted. */
const AT_ONCE = 2;
/** A file that brings down its server is not tried for ever. */
const ATTEMPTS_MOST = 5;
const DAY_MS = 86_400_000;
/** Files that go in one round. */
const CLEARED_AT_ONCE = 100;

const CUT_OFF = 'The server stopped before the file was whole. Ask for it again.';
const NOT_RECEIVED = 'It was not received to its end.';

/** Where the file of this attempt is kept. */
export const fileName = ({ tenant_no, export_id, attempts }: ExportRow, attempt = attempts) =>
  `${tenant_no}/${export_id}.${attempt}`;

/** Whatever else it is, the log of the server knows. */
const UNKNOWN = 'something went wrong here';
const WHYS: Readonly<Record<string, string>> = {
  ENOSPC: 'storage is full',
  EDQUOT: 'storage is full',
  storage_full: 'storage is full',
  storage_unavailable: 'the database did not answer',
};

/** In the reader's words; names the export, for support to find it. */
const failure = ({ export_id }: ExportRow, rows: number, why: string): string =>
  `Failed after ${rows.toLocaleString('en-US')} rows: ${why}. ` +
  `Try again, or contact support with ${export_id}.`;

const whyOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? (WHYS[String(error.code)] ?? UNKNOWN) : UNKNOWN;

/** Another server has it, or it was cancelled. */
class Taken extends Error {}

const compressed = (body: Readable, compression: Compression): Readable => {
  if (compression === 'none') return body;
  const packer = compression === 'gzip' ? createGzip() : createZstdCompress();
  body.once('error', (error) => packer.destroy(error));
  packer.once('close', () => body.destroy());
  return body.pipe(packer);
};

export class ExportWork {
  /** Of this start of this server. */
  readonly holder = randomUUID();
  readonly #parts: ExportParts;
  readonly #asking: Asking;
  readonly #running = new Map<string, { readonly stop: AbortController; done: Promise<void> }>();
  readonly #direct = new Map<string, EventFile>();
  readonly #rounds: Rounds;

  constructor(parts: ExportParts, asking: Asking) {
    this.#parts = parts;
    this.#asking = asking;
    const failed = 'exports could not be looked at';
    const options = { everyMs: LOOK_MS, log: parts.log, failed };
    this.#rounds = new Rounds(() => this.#look(), options);
  }

  start(): void {
    this.#rounds.start();
  }

  /** What was begun here is given back: another server, or this one later, begins it anew. */
  async stop(): Promise<void> {
    const stopped = this.#rounds.stop();
    for (const { stop } of this.#running.values()) stop.abort(new Fault('stopping'));
    await stopped;
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /** There is something to do. */
  nudge(): void {
    this.#rounds.nudge();
  }

  async #look(): Promise<void> {
    const { exports } = this.#parts.store;
    await this.#takeUp();
    await this.#beatDirect();
    const now = Date.now();
    const cutOff = { state: 'failed', reason: CUT_OFF, finished_at: now } as const;
    await exports.endDirect(now - SILENT_MS, cutOff);
    for (const { export_id } of await exports.due(now, CLEARED_AT_ONCE)) {
      await exports.end(export_id, ['completed'], { state: 'expired' });
    }
    await this.#clear();
  }

  async #takeUp(): Promise<void> {
    const { exports } = this.#parts.store;
    while (this.#running.size < AT_ONCE && !this.#rounds.isStopping) {
      const now = Date.now();
      const silentSince = now - SILENT_MS;
      const next = await exports.next(silentSince);
      if (next === undefined) return;
      if (next.attempts >= ATTEMPTS_MOST) {
        const reason = failure(next, next.rows, 'its server stopped each time');
        const failed = { state: 'failed', reason, finished_at: now } as const;
        await exports.end(next.export_id, ['waiting', 'running'], failed);
        continue;
      }
      const row = await exports.claim(next.export_id, { holder: this.holder, now, silentSince });
      if (row) this.#begin(row);
    }
  }

  #begin(row: ExportRow): void {
    const stop = new AbortController();
    const done = this.#make(row, stop).finally(() => {
      this.#running.delete(row.export_id);
      this.nudge();
    });
    this.#running.set(row.export_id, { stop, done });
  }

  async #make(row: ExportRow, stop: AbortController): Promise<void> {
    const { store, shelf, log } = this.#parts;
    const update = (fields: Partial<ExportRow>) =>
      store.exports.update(row.export_id, this.holder, fields);
    const progress = { rows: 0 };
    try {
      const ended = await this.#write(row, stop, progress);
      if (await update(ended)) return;
    } catch (error) {
      if (!(error instanceof Taken)) await update(this.#endingOf(row, progress.rows, error));
    } finally {
      await this.#removeBefore(row, row.attempts).catch((error: unknown) =>
        log.warn({ err: error, export_id: row.export_id }, 'an old file could not be removed'),
      );
    }
    await shelf.remove(fileName(row)).catch(() => undefined);
  }

  /** Writes the file; answers what the finished export says of it. */
  async #write(
    row: ExportRow,
    stop: AbortController,
    progress: { rows: number },
  ): Promise<Partial<ExportRow>> {
    const { store, files, shelf, keptDays } = this.#parts;
    const { look, form } = await this.#asking.again(row);
    const expected = await look.count();
    const counts = { expected: expected.rows, is_exact: expected.exact ? 1 : 0 };
    const file = files.file(partsOf(look, row.log_size, 'patient', askedOf(row).run), form);
    const beat = async (): Promise<void> => {
      const fields = { ...counts, rows: file.tally.rows, beat_at: Date.now() };
      const isOurs = await store.exports.update(row.export_id, this.holder, fields);
      if (!isOurs) stop.abort(new Taken());
    };
    await beat();
    const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
    try {
      const body = compressed(file.body, askedOf(row).compression);
      const { bytes, sha256 } = await shelf.write(fileName(row), body, stop.signal);
      const { rows, late, first, last } = file.tally;
      const finished_at = Date.now();
      return {
        ...{ rows, late, bytes, sha256, finished_at, holder: null, reason: null },
        state: 'completed',
        ...{ sequence_first: rows > 0 ? first : null, sequence_last: rows > 0 ? last : null },
        expires_at: finished_at + keptDays * DAY_MS,
      };
    } finally {
      clearInterval(timer);
      progress.rows = file.tally.rows;
      file.body.destroy();
    }
  }

  #endingOf(row: ExportRow, rows: number, error: unknown): Partial<ExportRow> {
    // Taken up again at once, by another server or by this one when it starts.
    const attempts = row.attempts - 1;
    if (this.#rounds.isStopping) return { state: 'waiting', holder: null, attempts };
    const isTold = error instanceof Fault && error.status < 500;
    if (!isTold) this.#parts.log.error({ err: error, export_id: row.export_id }, 'export failed');
    const reason = isTold ? error.message : failure(row, rows, whyOf(error));
    return { state: 'failed', reason, rows, holder: null, finished_at: Date.now() };
  }

  /** Files of attempts before one. */
  async #removeBefore(row: ExportRow, attempts: number): Promise<void> {
    for (let attempt = 1; attempt < attempts; attempt++) {
      await this.#parts.shelf.remove(fileName(row, attempt));
    }
  }

  /** Stops one that is made here. */
  drop(exportId: string): void {
    this.#running.get(exportId)?.stop.abort(new Taken());
    this.#direct.get(exportId)?.body.destroy();
  }

  /** Removes whatever is stored of an export that is over. */
  async remove(row: ExportRow): Promise<void> {
    await this.#removeBefore(row, row.attempts + 1);
    await this.#parts.store.exports.cleared(row.export_id);
  }

  async #clear(): Promise<void> {
    const { store, log } = this.#parts;
    for (const row of await store.exports.leftovers(CLEARED_AT_ONCE)) {
      try {
        await this.remove(row);
      } catch (error) {
        log.warn({ err: error, export_id: row.export_id }, 'a file could not be removed yet');
        return;
      }
    }
  }

  /** Follows a file that goes straight to who asked, to tell what became of it. */
  follow(row: ExportRow, file: EventFile): void {
    const { store, log } = this.#parts;
    this.#direct.set(row.export_id, file);
    let isWhole = false;
    file.body.once('end', () => {
      isWhole = true;
    });
    file.body.once('close', () => {
      this.#direct.delete(row.export_id);
      const { rows, first, last } = file.tally;
      const sequences = rows > 0 ? { sequence_first: first, sequence_last: last } : {};
      const ended = isWhole
        ? ({ state: 'completed', reason: null } as const)
        : ({ state: 'failed', reason: NOT_RECEIVED } as const);
      const fields = { ...ended, ...sequences, rows, holder: null, finished_at: Date.now() };
      store.exports
        .update(row.export_id, this.holder, fields)
        .catch((error: unknown) =>
          log.warn({ err: error, export_id: row.export_id }, 'the end of a file was not kept'),
        );
    });
  }

  async #beatDirect(): Promise<void> {
    for (const [exportId, { tally }] of this.#direct) {
      const fields = { rows: tally.rows, beat_at: Date.now() };
      await this.#parts.store.exports.update(exportId, this.holder, fields);
    }
  }
}

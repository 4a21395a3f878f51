/**
 * Events leave as files, at once or as exports that are made and kept. Owns the life of an export:
 * asked for, made, fetched, gone; and what is told of each. Promises: each file that leaves is in
 * the history; a file holds one state of the log, that of the moment it was asked for; whether
 * somebody may is looked at when it is asked for, when it is made and each time it is fetched.
 * Never reads events itself, nor decides who may see what.
 */
import type { Readable } from 'node:stream';
import type { Export, Manifest } from '@annals/contract/exports';
import { formatInstant } from '@annals/contract/time';
import { type Principal, type Sight, type TenantPlace, tenantFor } from '../access/access.ts';
import { Fault } from '../fault.ts';
import { cursorAt, placeOf } from '../list-place.ts';
import type { ExportRow } from '../store/store.ts';
import { Asking, type NewExport, partsOf } from './asking.ts';
import { askedOf, askerOf, describe, fileOf } from './export-row.ts';
import { ExportWork, fileName } from './export-work.ts';
import { CONTENT_TYPES, type EventFile } from './files.ts';
import type { ExportParts } from './parts.ts';
import { Reports } from './reports.ts';

export { Files } from './files.ts';
export type { ExportParts, Look, Post } from './parts.ts';
export { S3Shelf } from './s3-shelf.ts';
export { FolderShelf } from './shelf.ts';

export interface Fetched {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The file itself, or, for a browser, an address that leads to it for a few minutes. */
  open(): Promise<Readable>;
  link(): Promise<string | undefined>;
}

const PACKED_TYPES = { gzip: 'application/gzip', zstd: 'application/zstd' } as const;
const PAGE = 50;
const NO_EXPORT = 'There is no such export.';
const ERASED = 'Its question named a person who was erased.';

export class Exports {
  readonly #parts: ExportParts;
  readonly #asking: Asking;
  readonly #work: ExportWork;
  readonly reports: Reports;

  constructor(parts: ExportParts) {
    this.#parts = parts;
    this.#asking = new Asking(parts);
    this.#work = new ExportWork(parts, this.#asking);
    this.reports = new Reports(parts, this.#asking, () => this.#work.nudge());
  }

  /** Takes up what waits, now and again. */
  start(): void {
    this.#work.start();
    this.reports.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#work.stop(), this.reports.stop()]);
    await this.#parts.shelf.close();
  }

  /** Begins an export. It is recorded in the log before this resolves. Throws Fault as a search. */
  async create(principal: Principal, asked: NewExport): Promise<Export> {
    const prepared = await this.#asking.prepare(principal, asked);
    const row = await this.#asking.keep(principal, prepared);
    this.#work.nudge();
    return describe(row, principal, prepared.sight);
  }

  /** The same of a file that goes straight to who asks, once it is opened. */
  async direct(
    principal: Principal,
    asked: NewExport,
  ): Promise<
    Pick<EventFile, 'contentType' | 'extension'> & {
      readonly notices: Export['notices'];
      open(): Promise<Readable>;
    }
  > {
    const prepared = await this.#asking.prepare(principal, asked);
    const { look, form } = prepared;
    const open = async () => {
      const row = await this.#asking.keep(principal, prepared, { holder: this.#work.holder });
      const file = this.#parts.files.file(partsOf(look, row.log_size, 'prompt'), form);
      this.#work.follow(row, file);
      return file.body;
    };
    const { format } = form;
    return { contentType: CONTENT_TYPES[format], extension: format, notices: look.notices, open };
  }

  /** Those of a tenant that the reader could have asked for, the latest first. */
  async list(
    principal: Principal,
    place: TenantPlace,
    { cursor, limit = PAGE }: { readonly cursor?: string; readonly limit?: number },
  ): Promise<{ readonly exports: Export[]; readonly next_cursor: string | null }> {
    const { access, store } = this.#parts;
    const { tenant } = await tenantFor(access, principal, place, 'export');
    const rows = await store.exports.list(tenant.tenant_no, placeOf(cursor), limit);
    const sights = new Map<string, Sight | undefined>();
    const shown: Export[] = [];
    for (const row of rows) {
      const key = JSON.stringify([row.view, row.subject]);
      if (!sights.has(key))
        sights.set(key, await this.#asking.sightNow(principal, place, row, 'export'));
      const sight = sights.get(key);
      if (sight) shown.push(describe(row, principal, sight));
    }
    const last = rows.length < limit ? undefined : rows.at(-1);
    const next = last ? cursorAt({ at: last.created_at, id: last.export_id }) : null;
    return { exports: shown, next_cursor: next };
  }

  /** Throws `not_found` for one that the reader may not know of. */
  async #find(principal: Principal, place: TenantPlace, exportId: string) {
    const { access, store } = this.#parts;
    const { tenant } = await tenantFor(access, principal, place, 'export');
    const row = await store.exports.byId(exportId.toLowerCase());
    if (row === undefined || row.tenant_no !== tenant.tenant_no)
      throw new Fault('not_found', NO_EXPORT);
    const sight = await this.#asking.sightNow(principal, place, row, 'export');
    if (sight === undefined) throw new Fault('not_found', NO_EXPORT);
    return { row, sight };
  }

  async get(principal: Principal, place: TenantPlace, exportId: string): Promise<Export> {
    const { row, sight } = await this.#find(principal, place, exportId);
    return describe(row, principal, sight);
  }

  /** What is finished stays as it is. */
  async cancel(principal: Principal, place: TenantPlace, exportId: string): Promise<Export> {
    const { row } = await this.#find(principal, place, exportId);
    const fields = { state: 'cancelled', finished_at: Date.now() } as const;
    if (row.is_direct === 0) {
      await this.#parts.store.exports.end(row.export_id, ['waiting', 'running'], fields);
    }
    this.#work.drop(row.export_id);
    return await this.get(principal, place, exportId);
  }

  /** A new one of the same question, of the log as it is now. */
  async retry(principal: Principal, place: TenantPlace, exportId: string): Promise<Export> {
    const { row, sight } = await this.#find(principal, place, exportId);
    const { label: _, run, ...asked } = askedOf(row);
    const report = run && (await this.#parts.store.reports.byId(run.report_id));
    if (report) return await this.reports.run(principal, place, report.report_id);
    if (row.lens === '') throw new Fault('export_outdated', ERASED);
    if (describe(row, principal, sight).q === null && asked.q !== undefined) {
      throw new Fault('forbidden', 'Its query is not for you to see: ask for an export anew.');
    }
    return await this.create(principal, { ...asked, name: row.name });
  }

  /** The file, recorded in the log as it is opened. Throws `export_not_ready`. */
  async file(principal: Principal, place: TenantPlace, exportId: string): Promise<Fetched> {
    const { row } = await this.#find(principal, place, exportId);
    const { name, contentType, bytes, sha256 } = finished(row);
    const { sight } = await this.#asking.asBefore(principal, row);
    const { shelf, downloaded } = this.#parts;
    const told = { export_id: row.export_id, name: row.name };
    return {
      ...{ name, contentType, bytes, sha256 },
      open: async () => {
        await downloaded(principal, sight, told);
        return await shelf.read(fileName(row));
      },
      link: async () => {
        const link = await shelf.link(fileName(row), { fileName: name, contentType });
        if (link !== undefined) await downloaded(principal, sight, told);
        return link;
      },
    };
  }

  /** The file of a run for its recipients, while whoever it was made for may. Throws Fault. */
  async sendable(exportId: string) {
    const { access, shelf, store } = this.#parts;
    const row = await store.exports.byId(exportId);
    if (row === undefined) throw new Fault('not_found', NO_EXPORT);
    const { name, contentType, bytes } = finished(row);
    const principal = await access.again(askerOf(row));
    if (principal === undefined) throw new Fault('forbidden', 'Its owner has no access any more.');
    const { sight } = await this.#asking.asBefore(principal, row);
    const manifest = manifestOf(row, principal, sight);
    return {
      ...{ name, contentType, bytes, hasPersonal: row.has_personal === 1 },
      told: describe(row, principal, sight),
      manifest: `${JSON.stringify(manifest, null, 2)}\n`,
      open: () => shelf.read(fileName(row)),
    };
  }

  async manifest(principal: Principal, place: TenantPlace, exportId: string): Promise<Manifest> {
    const { row, sight } = await this.#find(principal, place, exportId);
    return manifestOf(row, principal, sight);
  }

  /** How many files a person who is erased may be in. */
  async countPersonal(tenantNo: number): Promise<number> {
    return (await this.#parts.store.exports.personal(tenantNo)).length;
  }

  /** Deletes all files of a tenant that may show a person, and stops those that are made. */
  async dropPersonal(tenantNo: number, reason: string): Promise<number> {
    const { store } = this.#parts;
    const rows = await store.exports.personal(tenantNo);
    for (const row of rows) {
      const { export_id } = row;
      const now = Date.now();
      const open = { state: 'failed', reason, finished_at: now } as const;
      const kept = { state: 'expired', reason, expires_at: now } as const;
      await store.exports.end(export_id, ['waiting', 'running'], open);
      await store.exports.end(export_id, ['completed'], kept);
      this.#work.drop(export_id);
      await this.#work.remove(row);
    }
    return rows.length;
  }
}

const notReady = ({ state, reason }: ExportRow): Fault =>
  new Fault('export_not_ready', reason ?? `It is ${state}.`);

/** Of an export whose file is there. Throws `export_not_ready`. */
function finished(row: ExportRow): Pick<Fetched, 'name' | 'contentType' | 'bytes' | 'sha256'> {
  const { bytes, sha256 } = row;
  const name = fileOf(row);
  if (name === null || bytes === null || sha256 === null) throw notReady(row);
  const { format, compression } = askedOf(row);
  const contentType = compression === 'none' ? CONTENT_TYPES[format] : PACKED_TYPES[compression];
  return { name, contentType, bytes, sha256 };
}

function manifestOf(row: ExportRow, reader: Principal, sight: Sight): Manifest {
  if (row.state !== 'completed' && row.state !== 'expired') throw notReady(row);
  if (row.finished_at === null) throw notReady(row);
  const {
    state: _,
    expected,
    created_at,
    started_at,
    expires_at,
    file,
    reason,
    ...contents
  } = describe(row, reader, sight);
  const { sequence_first: first, sequence_last: last } = row;
  const sequences = first === null || last === null ? null : { first, last };
  return {
    ...contents,
    project: sight.project.project,
    finished_at: formatInstant(row.finished_at),
    log: { size: row.log_size, root: row.log_root },
    ...(sight.view.hasProof ? { sequences } : {}),
  };
}

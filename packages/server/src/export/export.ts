/**
 * Events leave as files, at once or as exports that are made and kept. Owns the life of an export:
 * asked for, made, fetched, gone; and what is told of each. Promises: each file that leaves is in
 * the history; a file holds one state of the log, that of the moment it was asked for; whether
 * somebody may is looked at when it is asked for, when it is made and each time it is fetched.
 * Never reads events itself, nor decides who may see what.
 */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { EXPORT_ROUTES, Export, Manifest } from '@annals/contract/exports';
import { fileEnding, safeFileName } from '@annals/contract/files';
import { formatInstant, parseMoment } from '@annals/contract/time';
import { rangeFromBytes, rangeRoot } from '@annals/contract/tree';
import type { Static } from 'typebox';
import {
  demandAny,
  demandNotEnded,
  digestOfView,
  labelOf,
  type Principal,
  type Sight,
} from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { ExportKey, ExportRow } from '../store/store.ts';
import { type Asked, askedOf, askerOf, describe, principalText } from './export-row.ts';
import { ExportWork, fileName } from './export-work.ts';
import { CONTENT_TYPES, type EventFile } from './files.ts';
import type { FileForm } from './format.ts';
import type { ExportParts, Look } from './parts.ts';

export { Files } from './files.ts';
export type { ExportParts, Look } from './parts.ts';
export { S3Shelf } from './s3-shelf.ts';
export { FolderShelf } from './shelf.ts';

export type NewExport = Omit<Static<(typeof EXPORT_ROUTES)['createExport']['body']>, 'project'> & {
  readonly project?: string;
};
/** Whose exports. */
export interface ExportPlace {
  readonly project?: string | undefined;
  readonly tenant_id: string;
}
export interface Fetched {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The file itself, or, for a browser, an address that leads to it for a few minutes. */
  open(): Promise<Readable>;
  link(): Promise<string | undefined>;
}
/** A question that may be asked, with what its answer will be. */
interface Prepared {
  readonly sight: Sight;
  readonly asked: Asked;
  readonly form: FileForm;
  readonly look: Look;
  /** Of the file, without its ending. */
  readonly name: string;
}

const PACKED_TYPES = { gzip: 'application/gzip', zstd: 'application/zstd' } as const;
const PAGE = 50;
const CURSOR = /^(\d{1,16})\.([0-9a-f-]{36})$/;
/** Why a view is not one that somebody exports with. */
const NOT_THEIRS: ReadonlySet<string> = new Set([
  ...['not_found', 'forbidden', 'view_not_granted', 'capability_not_granted'],
]);
const NO_EXPORT = 'There is no such export.';
const ERASED = 'Its question named a person who was erased.';
const OUTDATED = 'The view has changed since: make the file again.';

/** Relative times as the moments that they mean now: a file is of one time, whenever it is made. */
function fixed(text: string | undefined, now: number): string | undefined {
  const ms = text === undefined ? undefined : parseMoment(text, now);
  return ms === undefined ? text : formatInstant(ms);
}

/** Of a bound view, as requests name it. */
const subjectText = ({ view: { subject } }: Sight): string | null =>
  subject ? `${encodeURIComponent(subject.type)}:${subject.id}` : null;

export class Exports {
  readonly #parts: ExportParts;
  readonly #work: ExportWork;

  constructor(parts: ExportParts) {
    this.#parts = parts;
    this.#work = new ExportWork(parts, (row) => this.#again(row));
  }

  /** Takes up what waits, now and again. */
  start(): void {
    this.#work.start();
  }

  async stop(): Promise<void> {
    await this.#work.stop();
    await this.#parts.shelf.close();
  }

  /** Begins an export. It is recorded in the log before this resolves. Throws Fault as a search. */
  async create(principal: Principal, asked: NewExport): Promise<Export> {
    const prepared = await this.#prepare(principal, asked);
    const row = await this.#begin(principal, prepared, 'kept');
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
    const prepared = await this.#prepare(principal, asked);
    const { look, form } = prepared;
    const open = async () => {
      const row = await this.#begin(principal, prepared, 'direct');
      const { log_size: below } = row;
      const blocks = look.blocks(below, 'prompt');
      const file = this.#parts.files.file(blocks, { ...look.lens, below }, form);
      this.#work.follow(row, file);
      return file.body;
    };
    const { format } = form;
    return { contentType: CONTENT_TYPES[format], extension: format, notices: look.notices, open };
  }

  async #prepare(principal: Principal, given: NewExport): Promise<Prepared> {
    const { access, files } = this.#parts;
    const { name, compression = 'none', order = 'desc', project, ...rest } = given;
    const place = project === undefined ? rest : { ...rest, project };
    const sight = await access.sight(principal, place, 'export');
    const { now } = sight;
    const subject = subjectText(sight);
    const label = labelOf(sight, given.locale);
    const [from, to] = [fixed(given.from, now), fixed(given.to, now)];
    const asked: Asked = {
      ...{ ...rest, order, compression, label, project: sight.project.project },
      ...{ view: sight.view.name, flavor: given.flavor ?? 'exact' },
      time_zone: given.time_zone ?? 'UTC',
      // Also of who is bound to one: others may fetch the file.
      ...(subject === null ? {} : { subject }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
    const form = files.formOf(sight, asked);
    const look = await this.#parts.look(sight, asked);
    const file = safeFileName(name ?? `${label} ${formatInstant(now).slice(0, 10)}`);
    return { sight, asked, form, look, name: file };
  }

  async #begin(
    principal: Principal,
    { sight, asked, look, name }: Prepared,
    kind: 'kept' | 'direct',
  ): Promise<ExportRow> {
    const { store } = this.#parts;
    const { project_no, tenant_no } = sight.tenant;
    const head = await store.heads.byTenant(tenant_no);
    const range = rangeFromBytes(head?.size ?? 0, head?.range ?? new Uint8Array(0));
    const { name: view, hasPersonal } = sight.view;
    const { now } = sight;
    const isDirect = kind === 'direct';
    const row: ExportRow = {
      ...{ export_id: randomUUID(), project_no, tenant_no, name, view },
      state: isDirect ? 'running' : 'waiting',
      asker: principalText(principal),
      asked: JSON.stringify(asked),
      subject: subjectText(sight),
      has_personal: hasPersonal ? 1 : 0,
      lens: digestOfView(sight),
      ...{ range_from: look.from, range_to: look.to, as_of: now },
      log_size: head?.size ?? 0,
      log_root: Buffer.from(rangeRoot(range)).toString('base64'),
      notices: JSON.stringify(look.notices),
      ...{ rows: 0, expected: null, is_exact: 0, bytes: null, sha256: null },
      ...{ sequence_first: null, sequence_last: null, has_file: 0 },
      ...{ is_direct: isDirect ? 1 : 0, attempts: 0, reason: null, created_at: now },
      ...{ started_at: isDirect ? now : null, finished_at: null, expires_at: null },
      ...{ holder: isDirect ? this.#work.holder : null, beat_at: Date.now() },
    };
    // First in the log: nothing is made of which it would not tell.
    await this.#parts.exported(principal, sight, { ...asked, export_id: row.export_id, name });
    await store.exports.add(row);
    return row;
  }

  /** Those of a tenant that the reader could have asked for, the latest first. */
  async list(
    principal: Principal,
    place: ExportPlace,
    { cursor, limit = PAGE }: { readonly cursor?: string; readonly limit?: number },
  ): Promise<{ readonly exports: Export[]; readonly next_cursor: string | null }> {
    const { store } = this.#parts;
    const tenantNo = await this.#tenantNo(principal, place);
    const rows = await store.exports.list(tenantNo, keyOf(cursor), limit);
    const sights = new Map<string, Sight | undefined>();
    const shown: Export[] = [];
    for (const row of rows) {
      const key = JSON.stringify([row.view, row.subject]);
      if (!sights.has(key)) sights.set(key, await this.#sightNow(principal, place, row));
      const sight = sights.get(key);
      if (sight) shown.push(describe(row, principal, sight));
    }
    const last = rows.length < limit ? undefined : rows.at(-1);
    const next = last ? `${last.created_at}.${last.export_id}` : null;
    return { exports: shown, next_cursor: next };
  }

  /** Of whoever may export anything there. */
  async #tenantNo(principal: Principal, place: ExportPlace): Promise<number> {
    const { access } = this.#parts;
    const need = { scope: 'events:read', choosesView: true } as const;
    const project = await access.project(principal, place.project, need);
    const tenant = await access.tenantToRead(principal, project, place.tenant_id, need);
    demandAny(principal, await access.grants(principal, project), 'export');
    demandNotEnded(tenant, Date.now());
    return tenant.tenant_no;
  }

  /** What the reader would see of such an export now; undefined: it is none of theirs. */
  async #sightNow(
    principal: Principal,
    place: ExportPlace,
    row: Pick<ExportRow, 'view' | 'subject'>,
  ): Promise<Sight | undefined> {
    const { view, subject } = row;
    const asked = { ...place, view, ...(subject === null ? {} : { subject }) };
    try {
      return await this.#parts.access.sight(principal, asked, 'export');
    } catch (error) {
      if (error instanceof Fault && NOT_THEIRS.has(error.code)) return undefined;
      throw error;
    }
  }

  /** Throws `not_found` for one that the reader may not know of. */
  async #find(principal: Principal, place: ExportPlace, exportId: string) {
    const tenantNo = await this.#tenantNo(principal, place);
    const row = await this.#parts.store.exports.byId(exportId.toLowerCase());
    if (row === undefined || row.tenant_no !== tenantNo) throw new Fault('not_found', NO_EXPORT);
    const sight = await this.#sightNow(principal, place, row);
    if (sight === undefined) throw new Fault('not_found', NO_EXPORT);
    return { row, sight };
  }

  async get(principal: Principal, place: ExportPlace, exportId: string): Promise<Export> {
    const { row, sight } = await this.#find(principal, place, exportId);
    return describe(row, principal, sight);
  }

  /** What is finished stays as it is. */
  async cancel(principal: Principal, place: ExportPlace, exportId: string): Promise<Export> {
    const { row } = await this.#find(principal, place, exportId);
    const fields = { state: 'cancelled', finished_at: Date.now() } as const;
    if (row.is_direct === 0) {
      await this.#parts.store.exports.end(row.export_id, ['waiting', 'running'], fields);
    }
    this.#work.drop(row.export_id);
    return await this.get(principal, place, exportId);
  }

  /** A new one of the same question, of the log as it is now. */
  async retry(principal: Principal, place: ExportPlace, exportId: string): Promise<Export> {
    const { row, sight } = await this.#find(principal, place, exportId);
    const { label: _, ...asked } = askedOf(row);
    if (row.lens === '') throw new Fault('export_outdated', ERASED);
    if (describe(row, principal, sight).q === null && asked.q !== undefined) {
      throw new Fault('forbidden', 'Its query is not for you to see: ask for an export anew.');
    }
    return await this.create(principal, { ...asked, name: row.name });
  }

  /** A question that was asked before, as whoever asks now sees it. Throws `export_outdated`. */
  async #asBefore(principal: Principal, row: ExportRow): Promise<{ sight: Sight; look: Look }> {
    const asked = askedOf(row);
    const sight = await this.#parts.access.sight(principal, asked, 'export', row.as_of);
    const look = await this.#parts.look(sight, asked);
    const isSame =
      look.from === row.range_from && look.to === row.range_to && digestOfView(sight) === row.lens;
    if (!isSame) throw new Fault('export_outdated', OUTDATED);
    return { sight, look };
  }

  /** The same for whoever asked then. */
  async #again(row: ExportRow) {
    const principal = await this.#parts.access.again(askerOf(row));
    if (principal === undefined) {
      throw new Fault('forbidden', 'Whoever asked for it has no access any more.');
    }
    const { sight, look } = await this.#asBefore(principal, row);
    return { look, form: this.#parts.files.formOf(sight, askedOf(row)) };
  }

  /** The file, recorded in the log as it is opened. Throws `export_not_ready`. */
  async file(principal: Principal, place: ExportPlace, exportId: string): Promise<Fetched> {
    const { row } = await this.#find(principal, place, exportId);
    const { export_id, name, state, bytes, sha256 } = row;
    const isThere = state === 'completed' && row.has_file === 1;
    if (!isThere || bytes === null || sha256 === null) throw notReady(row);
    const { sight } = await this.#asBefore(principal, row);
    const { format, compression } = askedOf(row);
    const { shelf, downloaded } = this.#parts;
    const contentType = compression === 'none' ? CONTENT_TYPES[format] : PACKED_TYPES[compression];
    const file = `${name}.${fileEnding({ format, compression })}`;
    return {
      ...{ name: file, contentType, bytes, sha256 },
      open: async () => {
        await downloaded(principal, sight, { export_id, name });
        return await shelf.read(fileName(row));
      },
      link: async () => {
        const link = await shelf.link(fileName(row), { fileName: file, contentType });
        if (link !== undefined) await downloaded(principal, sight, { export_id, name });
        return link;
      },
    };
  }

  async manifest(principal: Principal, place: ExportPlace, exportId: string): Promise<Manifest> {
    const { row, sight } = await this.#find(principal, place, exportId);
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
    } = describe(row, principal, sight);
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

/** Where a page of the history begins. */
function keyOf(cursor: string | undefined): ExportKey | undefined {
  if (cursor === undefined) return undefined;
  const [, at, export_id] = CURSOR.exec(cursor) ?? [];
  if (at === undefined || export_id === undefined) throw new Fault('invalid_cursor');
  return { created_at: Number(at), export_id };
}

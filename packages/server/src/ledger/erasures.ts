/**
 * Erasing persons: a dry run shows what a log holds, a person confirms it, and it is erased. Owns
 * the life of an erasure. Promises: nothing is erased that was not shown and confirmed; nothing
 * that a legal hold covers; what a crash or a hold stops can go on; when it is done, nothing of
 * the person is in any table. Never decides who may erase.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type {
  Alias,
  ERASURE_ROUTES,
  Erasure,
  ErasureCertificate,
  ErasureFound,
  ErasureSubject,
} from '@annals/contract/erasures';
import { ERASURE_LIMITS } from '@annals/contract/erasures';
import { type Doer, type OwnEvent, ownEvent } from '@annals/contract/own-events';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import type { Static } from 'typebox';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import { Rounds } from '../rounds.ts';
import { type ErasureRow, Overtaken, type Store, type TenantRow } from '../store/store.ts';
import { aliasKey } from './aliases.ts';
import { cleanElsewhere, findElsewhere, sentCopies } from './person-elsewhere.ts';
import {
  type Erased,
  type Erasing,
  erasePerson,
  HeldBack,
  newRun,
  type Run,
} from './person-erase.ts';
import { type PersonAsked, personOf, searchPerson } from './person-search.ts';
import type { Progress } from './verify.ts';

/** How often work says that it lives, in ms. */
const BEAT_MS = 1_000;
/** Work silent for so long was cut off with its server, in ms. */
const SILENT_MS = 60_000;
/** How often it is looked for work that was cut off, in ms. */
const LOOK_MS = 30_000;
const TOKEN_BYTES = 16;
const LISTED = 100;

/** Said of each in the history of exports. */
const FILES_GONE = 'A person was erased from the log, who may be in it.';

const COPIES = [
  'Backups of the database hold the values until they are deleted.',
  'Files that were downloaded before hold them wherever they are now.',
];
const COPIES_POSTGRES = [
  'PostgreSQL keeps the bytes of old rows until it reuses their place, and its log of changes ' +
    'until it is recycled; no query shows them.',
];

export type ErasureAsked = Static<(typeof ERASURE_ROUTES)['createErasure']['body']>;
/** Who asks, with the id of the key or person. */
export interface Asker extends Doer {
  readonly id: string;
}
/** An erasure with its place, for the caller to decide who may know of it. */
export interface FoundErasure {
  readonly erasure: Erasure;
  readonly projectNo: number;
  readonly tenantNo: number;
}

interface Parts {
  readonly store: Store;
  readonly ledger: {
    origin(tenantNo: number): Promise<string>;
    scrub(): Promise<void>;
    revise: Erasing['revise'];
  };
  readonly log: Log;
  /** Files of events that may show the person. */
  readonly files: {
    count(tenantNo: number): Promise<number>;
    /** None of them is stored when it resolves; answers how many there were. */
    drop(tenantNo: number, reason: string): Promise<number>;
  };
  /** Durable when it resolves; what is there already, by its id, is not recorded again. */
  recordOwn(tenant: TenantRow, events: readonly OwnEvent[]): Promise<void>;
}

/** What is kept of whom it is about, while it is needed. */
type Kept = Pick<PersonAsked, 'subject' | 'aliases' | 'searches'>;
interface KeptRun extends Run {
  readonly doer: Doer;
}

class Stopped extends Error {}

// Columns of JSON text that this file alone writes.
const keptOf = ({ person }: ErasureRow): Kept | undefined =>
  person === null ? undefined : (JSON.parse(person) as Kept);
const runOf = ({ run }: ErasureRow): KeptRun | undefined =>
  run === null ? undefined : (JSON.parse(run) as KeptRun);
const foundOf = ({ found }: ErasureRow): ErasureFound | undefined =>
  found === null ? undefined : (JSON.parse(found) as ErasureFound);

/** Those of before there were files do not say how many. */
const certificateOf = ({ certificate }: ErasureRow): ErasureCertificate | null =>
  certificate === null ? null : Object.assign({ files: 0 }, JSON.parse(certificate));

function describe(row: ErasureRow, tenantId: string): Erasure {
  return {
    erasure_id: row.erasure_id,
    tenant_id: tenantId,
    state: row.state,
    subject: keptOf(row)?.subject ?? null,
    legal_basis: row.legal_basis,
    reason: row.reason,
    created_at: formatInstant(row.created_at),
    created_by: row.created_by,
    finished_at: instantOrNull(row.finished_at),
    done: row.done,
    total: row.total,
    error: row.error,
    found: foundOf(row) ?? null,
    certificate: row.state === 'completed' ? certificateOf(row) : null,
  };
}

const doerOf = ({ kind, actor, request }: Doer): Doer => ({
  kind,
  actor,
  ...(request === undefined ? {} : { request }),
});

const invalid = (path: string, detail: string): Fault =>
  new Fault('invalid_body', detail, { errors: [{ path, detail }] });

/** What is kept for ever must not name the person. */
function checkTexts(row: Pick<ErasureRow, 'legal_basis' | 'reason'>, kept: Kept): void {
  const person = personOf(kept);
  for (const field of ['legal_basis', 'reason'] as const) {
    if (!person.isNamedIn(row[field])) continue;
    throw invalid(`/${field}`, `${field} names the person; it is kept for ever.`);
  }
}

/** The aliases that were confirmed, as they were shown. */
function confirmed(found: ErasureFound, subject: ErasureSubject, aliases: readonly Alias[]) {
  const shown = new Set(found.aliases.map((alias) => aliasKey(alias, subject)));
  for (const [index, alias] of aliases.entries()) {
    if (shown.has(aliasKey(alias, subject))) continue;
    const detail = 'The dry run has not shown this alias: name it in a new one.';
    throw new Fault('erasure_not_confirmed', detail, {
      errors: [{ path: `/aliases/${index}`, detail }],
    });
  }
  return aliases;
}

export class Erasures {
  readonly #parts: Parts;
  readonly #holder = randomUUID();
  readonly #working = new Set<Promise<void>>();
  readonly #rounds: Rounds;

  constructor(parts: Parts) {
    this.#parts = parts;
    const failed = 'erasures could not be looked at';
    this.#rounds = new Rounds(() => this.#look(), { everyMs: LOOK_MS, log: parts.log, failed });
  }

  /** Goes on with what was cut off, now and again. */
  start(): void {
    this.#rounds.start();
  }

  async stop(): Promise<void> {
    await this.#rounds.stop();
    await Promise.all(this.#working);
  }

  async #look(): Promise<void> {
    const { erasures } = this.#parts.store;
    const now = Date.now();
    await erasures.expire(now - ERASURE_LIMITS.confirmWithinMs);
    for (const row of await erasures.cutOff(['searching', 'running'], now - SILENT_MS)) {
      await this.#take(row);
    }
  }

  /** Begins a dry run. Throws Fault `invalid_body`. */
  async dryRun(tenant: TenantRow, asked: ErasureAsked, by: Asker): Promise<Erasure> {
    const { subject, aliases = [], search_mentions: searches = true } = asked;
    if (asked.legal_basis === undefined) throw invalid('/legal_basis', 'Say on which legal basis.');
    const kept: Kept = { subject, aliases, searches };
    const now = Date.now();
    const row: ErasureRow = {
      erasure_id: randomUUID(),
      project_no: tenant.project_no,
      tenant_no: tenant.tenant_no,
      state: 'searching',
      legal_basis: asked.legal_basis,
      reason: asked.reason ?? null,
      created_at: now,
      created_by: by.id,
      finished_at: null,
      holder: this.#holder,
      beat_at: now,
      done: 0,
      total: 0,
      error: null,
      person: JSON.stringify(kept),
      token: null,
      found: null,
      run: null,
      certificate: null,
    };
    checkTexts(row, kept);
    await this.#parts.store.erasures.add(row);
    this.#begin(row);
    return describe(row, tenant.tenant_id);
  }

  /** Begins to erase what a dry run has shown. Throws Fault `erasure_not_confirmed`. */
  async confirm(tenant: TenantRow, asked: ErasureAsked, by: Asker): Promise<Erasure> {
    const { store, ledger } = this.#parts;
    const { tenant_no: tenantNo } = tenant;
    const { token, mentions } = asked;
    if (token === undefined) throw invalid('/token', 'Send the token of the dry run.');
    if (mentions === undefined) throw invalid('/mentions', 'Say `list` or `erase`.');
    const row = await store.erasures.byToken(tenantNo, token);
    const kept = row && keptOf(row);
    const found = row && foundOf(row);
    const { type, id } = asked.subject;
    const isSame = kept?.subject.type === type && kept.subject.id === id;
    if (row?.state !== 'found' || !found || !kept || !isSame) {
      throw new Fault(
        'erasure_not_confirmed',
        'No dry run of this person has this token, or it is older than a day.',
      );
    }
    if (mentions === 'erase' && !found.mentions.searched) {
      throw new Fault('erasure_not_confirmed', 'The dry run has not searched for mentions.');
    }
    const aliases = confirmed(found, kept.subject, asked.aliases ?? []);
    const person: Kept = { ...kept, aliases };
    checkTexts(row, person);
    const origin = await ledger.origin(tenantNo);
    const head = await store.heads.byTenant(tenantNo);
    if (head === undefined) throw new Fault('ledger_halted', 'The ledger’s head is missing.');
    const run: KeptRun = { ...newRun(head, origin, mentions), doer: doerOf(by) };
    const fields = {
      ...{ done: 0, token: null, found: null },
      ...{ person: JSON.stringify(person), run: JSON.stringify(run) },
    };
    // All at once: a crash leaves a dry run, or an erasure that can go on.
    const claim = this.#claim(['found'], 'running');
    if (!(await store.erasures.claim(row.erasure_id, claim, fields))) {
      throw new Fault('erasure_not_confirmed', 'It was confirmed already.');
    }
    const begun: ErasureRow = { ...row, ...fields, state: 'running', holder: this.#holder };
    this.#begin(begun);
    return describe(begun, tenant.tenant_id);
  }

  /** Goes on with one that was stopped. Throws Fault `erasure_not_resumable`. */
  async resume(erasureId: string): Promise<Erasure> {
    const row = await this.#parts.store.erasures.byId(erasureId);
    if (row === undefined) throw new Fault('not_found');
    const taken = row.person === null && row.run === null ? undefined : await this.#take(row);
    if (taken === undefined) {
      throw new Fault('erasure_not_resumable', `It is ${row.state}.`);
    }
    return await this.#told(taken);
  }

  async find(erasureId: string): Promise<FoundErasure | undefined> {
    const row = await this.#parts.store.erasures.byId(erasureId);
    if (row === undefined) return undefined;
    const { project_no: projectNo, tenant_no: tenantNo } = row;
    return { erasure: await this.#told(row), projectNo, tenantNo };
  }

  async list({ tenant_no, tenant_id }: TenantRow, limit = LISTED): Promise<Erasure[]> {
    const rows = await this.#parts.store.erasures.list(tenant_no, limit);
    return rows.map((row) => describe(row, tenant_id));
  }

  async #told(row: ErasureRow): Promise<Erasure> {
    return describe(row, (await this.#tenantOf(row)).tenant_id);
  }

  async #tenantOf({ tenant_no }: ErasureRow): Promise<TenantRow> {
    const tenant = await this.#parts.store.tenants.byNumber(tenant_no);
    if (tenant === undefined) throw new Error('an erasure has no tenant');
    return tenant;
  }

  #claim(from: readonly Erasure['state'][], to: Erasure['state']) {
    const now = Date.now();
    return { from, to, holder: this.#holder, now, silentSince: now - SILENT_MS };
  }

  /** Goes on with stopped work, unless it is not stopped or another server has it. */
  async #take(row: ErasureRow): Promise<ErasureRow | undefined> {
    const { erasures } = this.#parts.store;
    const to = row.run === null ? 'searching' : 'running';
    const claim = this.#claim(['held', 'failed', to], to);
    if (!(await erasures.claim(row.erasure_id, claim))) return undefined;
    const taken = await erasures.byId(row.erasure_id);
    if (taken) this.#begin(taken);
    return taken;
  }

  #begin(row: ErasureRow): void {
    const work = this.#work(row).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  async #work(row: ErasureRow): Promise<void> {
    const { store, log } = this.#parts;
    const erasureId = row.erasure_id;
    const end = (fields: Partial<ErasureRow>) =>
      store.erasures.update(erasureId, this.#holder, { ...fields, holder: null });
    try {
      if (row.run === null) await this.#search(row);
      else if (row.certificate !== null) await this.#finish(row);
      else await this.#erase(row);
    } catch (error) {
      const ending = this.#endingOf(error);
      if (ending.state === 'failed')
        log.error({ err: error, erasure_id: erasureId }, 'erasure failed');
      await end(ending).catch((failure: unknown) =>
        log.error(
          { err: failure, erasure_id: erasureId },
          'the end of an erasure could not be kept',
        ),
      );
    }
  }

  #endingOf(error: unknown): Partial<ErasureRow> {
    // So the next server, or this one when it starts again, takes it at once.
    if (this.#rounds.isStopping || error instanceof Stopped) return { beat_at: 0 };
    if (error instanceof HeldBack) return { state: 'held', error: error.message };
    const words =
      error instanceof Fault ? error.message : 'An internal error occurred; the log knows more.';
    return { state: 'failed', error: words, finished_at: Date.now() };
  }

  #progressOf({ erasure_id }: ErasureRow): Progress {
    let beatenAt = 0;
    return async (done, total) => {
      if (this.#rounds.isStopping) throw new Stopped();
      const now = Date.now();
      if (now - beatenAt < BEAT_MS) return;
      beatenAt = now;
      const fields = { done, total, beat_at: now };
      const isOurs = await this.#parts.store.erasures.update(erasure_id, this.#holder, fields);
      if (!isOurs) throw new Overtaken('another server has the erasure');
    };
  }

  async #search(row: ErasureRow): Promise<void> {
    const { store } = this.#parts;
    const tenant = await this.#tenantOf(row);
    const kept = keptOf(row);
    if (kept === undefined) throw new Error('a dry run does not know of whom');
    const end = (await store.heads.byTenant(row.tenant_no))?.size ?? 0;
    const scan = { store, tenantNo: row.tenant_no, end, progress: this.#progressOf(row) };
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const inLog = await searchPerson(scan, { ...kept, tenant });
    const files = await this.#parts.files.count(row.tenant_no);
    const found: ErasureFound = { token, ...inLog, files };
    await store.erasures.update(row.erasure_id, this.#holder, {
      ...{ state: 'found', token, found: JSON.stringify(found), holder: null },
      ...{ finished_at: Date.now(), done: end, total: end },
    });
  }

  async #erase(row: ErasureRow): Promise<void> {
    const { store, ledger } = this.#parts;
    const [kept, run] = [keptOf(row), runOf(row)];
    if (kept === undefined || run === undefined)
      throw new Error('an erasure does not know of whom');
    const person = personOf(kept);
    const erased = await erasePerson(
      {
        ...{ store, person, tenantNo: row.tenant_no, progress: this.#progressOf(row) },
        revise: (tenantNo, changes, note) => ledger.revise(tenantNo, changes, note),
        noted: (at) =>
          store.erasures.noted(row.erasure_id, this.#holder, JSON.stringify({ ...run, ...at })),
      },
      run,
    );
    await this.#complete(row, kept, run, erased);
  }

  /** Each step may be done twice: a crash between them begins again with reading the log. */
  async #complete(row: ErasureRow, kept: Kept, run: KeptRun, erased: Erased): Promise<void> {
    const { store, recordOwn, files: stored } = this.#parts;
    const tenant = await this.#tenantOf(row);
    const person = personOf(kept);
    const files = await stored.drop(row.tenant_no, FILES_GONE);
    await cleanElsewhere(store, tenant, person);
    for (const other of await store.erasures.withPerson(row.tenant_no)) {
      if (other.erasure_id === row.erasure_id || !person.isNamedIn(keptOf(other))) continue;
      await store.erasures.forget(other.erasure_id);
    }
    const { erasure_id, legal_basis, reason } = row;
    const { counts, pseudonym } = erased;
    // Those who erase themselves are not named by the event that says so.
    const doer: Doer = person.is(run.doer.actor)
      ? { kind: 'key', actor: { type: 'system' } }
      : run.doer;
    const about = { erasure_id, legal_basis, pseudonym, counts, files };
    const metadata = { ...about, ...(reason && { reason }) };
    const event = ownEvent('annals.erasure.completed', doer, { metadata });
    await recordOwn(tenant, [{ ...event, id: erasure_id }]);
    const now = Date.now();
    const isPostgres = store.database.dialect === 'postgres';
    const { remaining, ...done } = erased;
    const certificate: ErasureCertificate = {
      completed_at: formatInstant(now),
      ...done,
      files,
      remaining: {
        ...remaining,
        elsewhere: await findElsewhere(store, tenant, person),
        copies: [
          ...(isPostgres ? [...COPIES, ...COPIES_POSTGRES] : COPIES),
          ...(await sentCopies(store, tenant.tenant_no)),
        ],
      },
    };
    await store.erasures.update(row.erasure_id, this.#holder, {
      ...{ person: null, certificate: JSON.stringify(certificate) },
      ...{ done: erased.log.size, total: erased.log.size, beat_at: now },
    });
    await this.#finish(row);
  }

  /** No table has the person now; old pages of files may. */
  async #finish({ erasure_id }: ErasureRow): Promise<void> {
    const { store, ledger } = this.#parts;
    await ledger.scrub();
    const done = { state: 'completed', holder: null, run: null, finished_at: Date.now() } as const;
    await store.erasures.update(erasure_id, this.#holder, done);
  }
}

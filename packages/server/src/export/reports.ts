/**
 * Reports: questions that are saved, and of which files are made by a schedule or when somebody
 * says so. Owns their life. Promises: whoever may schedule with a view sees its reports; one runs
 * with the rights of whoever saved or resumed it last, looked at each time; each change is in the
 * log. Never makes a file itself, nor sends one.
 */
import { randomUUID } from 'node:crypto';
import type { Export } from '@annals/contract/exports';
import type {
  Delivery,
  NewRecipient,
  Recipient,
  Report,
  ReportPreview,
} from '@annals/contract/reports';
import { REPORT_LIMITS } from '@annals/contract/schedule';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import {
  labelOf,
  type Principal,
  type Sight,
  type TenantPlace,
  tenantFor,
} from '../access/access.ts';
import { Fault } from '../fault.ts';
import type { DeliveryRow, ReportFields, ReportRow } from '../store/store.ts';
import { type Asking, subjectText } from './asking.ts';
import { calendarOf, scheduleProblem } from './calendar.ts';
import { csvCells, csvLabels } from './csv.ts';
import { askedOf, describe, principalText } from './export-row.ts';
import { checkZone } from './files.ts';
import type { ExportParts } from './parts.ts';
import {
  describeReport,
  fileAsked,
  type NewReport,
  questionOf,
  Runs,
  recipientsOf,
  type StoredRecipient,
  savedOf,
} from './report-row.ts';
import { deliveryOf, noticesTo, ReportWork } from './report-work.ts';
import { zoneTime } from './zone-time.ts';

export type ReportChange = Omit<NewReport, 'tenant_id'>;

const NO_REPORT = 'There is no such report.';
const DELIVERIES_TOLD = 200;

const invalid = (path: string, detail: string): Fault =>
  new Fault('invalid_body', `${path} ${detail}.`, { errors: [{ path, detail }] });

type SavedField =
  | ('title' | 'owner' | 'asked' | 'view' | 'subject' | 'range' | 'time_zone' | 'schedule')
  | 'recipients';
/** What is saved of a report, and how whoever saves it sees it. */
interface Checked {
  readonly sight: Sight;
  readonly fields: Pick<ReportRow, SavedField>;
  /** Secrets that were made for it, by recipient. */
  readonly secrets: ReadonlyMap<string, string>;
}
interface Found {
  readonly row: ReportRow;
  readonly sight: Sight;
}

export class Reports {
  readonly #parts: ExportParts;
  readonly #asking: Asking;
  readonly #work: ReportWork;

  constructor(parts: ExportParts, asking: Asking, nudge: () => void) {
    this.#parts = parts;
    this.#asking = asking;
    this.#work = new ReportWork(parts, asking, nudge);
  }

  start(): void {
    this.#work.start();
  }

  async stop(): Promise<void> {
    await this.#work.stop();
  }

  /** Takes notice of runs that are over, and begins those that are due; it does so by itself. */
  async look(): Promise<void> {
    await this.#work.look();
  }

  /** Throws Fault as an export would, and `invalid_body` for a schedule or a recipient. */
  async #check(principal: Principal, asked: NewReport, before?: ReportRow): Promise<Checked> {
    const { access, now } = this.#parts;
    const { title, range, schedule = null, recipients = [], time_zone, ...file } = asked;
    const sight = await access.sight(principal, asked, 'schedule', now());
    if (schedule !== null && principal.kind === 'viewer') {
      const detail = 'A schedule outlives a viewer session: a person or a key has to save it.';
      throw new Fault('forbidden', detail);
    }
    const problem = schedule === null ? undefined : scheduleProblem(schedule);
    if (problem !== undefined) throw invalid('/schedule', problem);
    const zone = time_zone ?? sight.project.time_zone;
    checkZone(zone);
    const known = before ? recipientsOf(before) : [];
    const stored = recipients.map((one, n) => this.#recipientOf(one, n, known));
    const subject = subjectText(sight);
    const question = {
      ...{ ...file, project: sight.project.project, view: sight.view.name },
      label: labelOf(sight, asked.locale),
      ...(subject === null ? {} : { subject }),
    };
    const fields = {
      ...{ title, range, time_zone: zone, schedule, view: sight.view.name, subject },
      owner: principalText(principal),
      asked: JSON.stringify(question),
      recipients: JSON.stringify(stored),
    };
    // Held to the view's longest range in the zone that this is counted in.
    const nominal = (await calendarOf(sight.project.time_zone)).range(range, now());
    await this.#asking.prepare(principal, fileAsked(fields, title, nominal));
    const secrets = new Map(
      stored.flatMap(({ recipient_id, secret }) =>
        secret === undefined || known.some((one) => one.recipient_id === recipient_id)
          ? []
          : [[recipient_id, secret]],
      ),
    );
    return { sight, fields, secrets };
  }

  /** One that was there before keeps its id and its secret. */
  #recipientOf(
    { type, to, attach = false }: NewRecipient,
    n: number,
    known: readonly StoredRecipient[],
  ): StoredRecipient {
    const { post } = this.#parts;
    const problem = post.problemOf({ type, to });
    if (problem !== undefined) {
      const path = `/recipients/${n}/to`;
      const errors = [{ path, detail: problem }];
      throw new Fault('invalid_body', `${path}: ${problem}`, { errors });
    }
    const same = known.find((one) => one.type === type && one.to === to);
    const secret = type === 'webhook' ? (same?.secret ?? post.newSecret()) : undefined;
    const recipient_id = same?.recipient_id ?? randomUUID();
    return { recipient_id, type, to, attach, ...(secret === undefined ? {} : { secret }) };
  }

  /** When it runs next. */
  async #times(
    fields: Pick<ReportRow, 'schedule' | 'time_zone' | 'range'>,
    sight: Sight,
  ): Promise<Pick<ReportRow, 'next_at' | 'due_at'>> {
    const runs = await Runs.of(fields, sight);
    const next_at = runs.next(this.#parts.now());
    return { next_at, due_at: next_at === null ? null : await runs.begin(next_at) };
  }

  async create(principal: Principal, asked: NewReport): Promise<Report> {
    const { store, now } = this.#parts;
    const { sight, fields, secrets } = await this.#check(principal, asked);
    const { project_no, tenant_no } = sight.tenant;
    if ((await store.reports.list(tenant_no)).length >= REPORT_LIMITS.reports) {
      throw new Fault('invalid_body', `A tenant has at most ${REPORT_LIMITS.reports} reports.`);
    }
    const row: ReportRow = {
      ...{ report_id: randomUUID(), project_no, tenant_no, ...fields },
      ...(await this.#times(fields, sight)),
      ...{ state: 'active', reason: null, version: 1, run_id: null, last_id: null },
      ...{ covered: null, created_at: now(), changed_at: now() },
    };
    await this.#tell(principal, row, 'annals.report.created');
    await store.reports.add(row);
    return withSecrets(await this.#told(principal, { row, sight }), secrets);
  }

  async #tell(
    principal: Principal,
    row: ReportRow,
    action: 'annals.report.created' | 'annals.report.changed' | 'annals.report.deleted',
  ): Promise<void> {
    const { view, range, schedule, time_zone, state } = row;
    const to = recipientsOf(row).map((one) => `${one.type} ${one.to}`);
    const told = { view, range, schedule, time_zone, state, recipients: to };
    await this.#parts.reported(principal, row, action, told);
  }

  async #told(principal: Principal, { row, sight }: Found): Promise<Report> {
    const { store, now } = this.#parts;
    const last = row.last_id === null ? undefined : await store.exports.byId(row.last_id);
    const runs = await Runs.of(row, sight);
    // What is due and has not begun yet is still the next one.
    const after = row.next_at === null ? now() : row.next_at - 1;
    const upcoming = row.state === 'active' ? await runs.upcoming(after) : [];
    return describeReport(row, principal, sight, { last, upcoming });
  }

  /** Those that the reader could schedule, the oldest first. */
  async list(principal: Principal, place: TenantPlace): Promise<Report[]> {
    const { access } = this.#parts;
    const { tenant } = await tenantFor(access, principal, place, 'schedule');
    const shown: Report[] = [];
    for (const row of await this.#parts.store.reports.list(tenant.tenant_no)) {
      const sight = await this.#asking.sightNow(principal, place, row, 'schedule');
      if (sight) shown.push(await this.#told(principal, { row, sight }));
    }
    return shown;
  }

  /** Throws `not_found` for one that the reader may not know of. */
  async #find(principal: Principal, place: TenantPlace, reportId: string): Promise<Found> {
    const { access } = this.#parts;
    const { tenant } = await tenantFor(access, principal, place, 'schedule');
    const row = await this.#parts.store.reports.byId(reportId.toLowerCase());
    if (row === undefined || row.tenant_no !== tenant.tenant_no)
      throw new Fault('not_found', NO_REPORT);
    const sight = await this.#asking.sightNow(principal, place, row, 'schedule');
    if (sight === undefined) throw new Fault('not_found', NO_REPORT);
    return { row, sight };
  }

  async get(principal: Principal, place: TenantPlace, reportId: string): Promise<Report> {
    return await this.#told(principal, await this.#find(principal, place, reportId));
  }

  async #change({ row }: Found, principal: Principal, fields: ReportFields): Promise<ReportRow> {
    await this.#tell(principal, { ...row, ...fields }, 'annals.report.changed');
    const change = { ...fields, changed_at: this.#parts.now() };
    const changed = await this.#parts.store.reports.change(row.report_id, change);
    if (changed === undefined) throw new Fault('not_found', NO_REPORT);
    return changed;
  }

  /** What its runs so far have had stays as it is: the next one goes on from there. */
  async put(
    principal: Principal,
    place: TenantPlace,
    reportId: string,
    asked: ReportChange,
  ): Promise<Report> {
    const found = await this.#find(principal, place, reportId);
    const { project, tenant_id } = questionOf(found.row);
    const whole = { ...asked, project, tenant_id };
    const { sight, fields, secrets } = await this.#check(principal, whole, found.row);
    const isPaused = found.row.state === 'paused';
    const times = isPaused ? { next_at: null, due_at: null } : await this.#times(fields, sight);
    const state = isPaused ? 'paused' : 'active';
    const row = await this.#change(found, principal, { ...fields, ...times, state, reason: null });
    return withSecrets(await this.#told(principal, { row, sight }), secrets);
  }

  async pause(principal: Principal, place: TenantPlace, reportId: string): Promise<Report> {
    const found = await this.#find(principal, place, reportId);
    const fields = { state: 'paused', reason: null, next_at: null, due_at: null } as const;
    const row = await this.#change(found, principal, fields);
    return await this.#told(principal, { ...found, row });
  }

  async resume(principal: Principal, place: TenantPlace, reportId: string): Promise<Report> {
    const { row } = await this.#find(principal, place, reportId);
    const { sight, fields } = await this.#check(principal, savedOf(row), row);
    const times = await this.#times(fields, sight);
    const change = { ...fields, ...times, state: 'active', reason: null } as const;
    const resumed = await this.#change({ row, sight }, principal, change);
    return await this.#told(principal, { row: resumed, sight });
  }

  /** Its files and their history stay; what is under way is finished. */
  async remove(principal: Principal, place: TenantPlace, reportId: string): Promise<Report> {
    const found = await this.#find(principal, place, reportId);
    const told = await this.#told(principal, found);
    await this.#tell(principal, found.row, 'annals.report.deleted');
    await this.#parts.store.reports.remove(found.row.report_id);
    return told;
  }

  /** A file beside the schedule; or, if the last run failed, that run once more. */
  async run(principal: Principal, place: TenantPlace, reportId: string): Promise<Export> {
    const { store, now } = this.#parts;
    const { row } = await this.#find(principal, place, reportId);
    const sight = await this.#work.sightOf(principal, row, now());
    const last = row.last_id === null ? undefined : await store.exports.byId(row.last_id);
    const failed = last?.state === 'failed' && row.run_id === null;
    const at = failed ? (askedOf(last).run?.at ?? null) : null;
    const made = await this.#work.begin(row, sight, { principal, at, now: now() });
    const runs = at === null ? {} : { run_id: made.export_id };
    await store.reports.step(row, { ...runs, last_id: made.export_id });
    return describe(made, principal, sight);
  }

  /** What a file of it would begin with, and when it would run. */
  async preview(principal: Principal, asked: NewReport): Promise<ReportPreview> {
    const now = this.#parts.now();
    const { sight, fields } = await this.#check(principal, asked);
    const runs = await Runs.of(fields, sight);
    const { from, to } = runs.calendar.range(fields.range, now);
    const run = { report_id: '', at: null, from, late: null };
    const file = fileAsked(fields, fields.title, { from, to });
    const prepared = await this.#asking.prepare(principal, file, { run, at: now });
    const { form, sight: seen, asked: question } = prepared;
    const most = REPORT_LIMITS.previewRows;
    const page = await this.#parts.first(principal, seen, question, most);
    const cells = csvCells(form.columns, zoneTime(fields.time_zone));
    return {
      ...{ from: formatInstant(from), to: formatInstant(to) },
      next_runs: (await runs.upcoming(now)).map(formatInstant),
      columns: [...csvLabels(form)],
      rows: page.events.map(cells),
      notices: page.notices,
    };
  }

  /** Sends each recipient a message, once, and tells what became of it. */
  async test(principal: Principal, place: TenantPlace, reportId: string): Promise<Delivery[]> {
    const { post, store, now } = this.#parts;
    const { row } = await this.#find(principal, place, reportId);
    const sent = recipientsOf(row).map((one) => ({
      ...deliveryOf(row, 'test', one, { now: now() }),
      next_at: null,
    }));
    await store.deliveries.add(sent);
    return (await Promise.all(sent.map((one) => post.once(one)))).map(describeDelivery);
  }

  /** A file of it has reached somebody. */
  async delivered(report: ReportRow, { recipient, export_id }: DeliveryRow): Promise<void> {
    const { type, to } = recipientIn(recipient);
    const told = { recipient: `${type} ${to}`, export_id };
    await this.#parts.reported(undefined, report, 'annals.report.delivered', told);
  }

  /** A file of it reaches somebody no more: its owner is told. */
  async undelivered(report: ReportRow, row: DeliveryRow, reason: string): Promise<void> {
    const { type, to } = recipientIn(row.recipient);
    const detail = `A file could not be sent to ${type} ${to}: ${reason}`;
    const about = { now: this.#parts.now(), detail, exportId: row.export_id };
    await this.#parts.store.deliveries.add(noticesTo(report, about));
    this.#parts.post.nudge();
  }

  async deliveries(principal: Principal, place: TenantPlace, reportId: string) {
    const { row } = await this.#find(principal, place, reportId);
    const rows = await this.#parts.store.deliveries.list(row.report_id, DELIVERIES_TOLD);
    return rows.map(describeDelivery);
  }
}

const withSecrets = (report: Report, secrets: ReadonlyMap<string, string>): Report => ({
  ...report,
  recipients: report.recipients.map((one): Recipient => {
    const secret = secrets.get(one.recipient_id);
    return secret === undefined ? one : { ...one, secret };
  }),
});

// Column of JSON text that reports alone write.
const recipientIn = (recipient: string): NewRecipient => JSON.parse(recipient) as NewRecipient;

function describeDelivery(row: DeliveryRow): Delivery {
  const { type, to } = recipientIn(row.recipient);
  return {
    ...{ delivery_id: row.delivery_id, kind: row.kind, export_id: row.export_id },
    ...{ recipient: { type, to }, state: row.state, attempts: row.attempts, reason: row.reason },
    created_at: formatInstant(row.created_at),
    next_at: instantOrNull(row.state === 'waiting' ? row.next_at : null),
    ended_at: instantOrNull(row.ended_at),
  };
}

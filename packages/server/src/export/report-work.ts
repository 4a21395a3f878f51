/**
 * Reports run by their schedules. Promises: one run of a report at a time, whichever server begins
 * it, and however often it is begun it is one; what was missed is caught up by one run; no event is
 * missed: a run has those of its range, those of the time since the range of the last completed
 * run, and those from before that which were recorded since. A report whose owner may not any more
 * is stopped, which is told.
 */
import { createHash } from 'node:crypto';
import type { DeliveryKind, NewRecipient } from '@annals/contract/reports';
import { formatInstant } from '@annals/contract/time';
import type { Principal, Sight } from '../access/access.ts';
import { Fault } from '../fault.ts';
import { Rounds } from '../rounds.ts';
import type { DeliveryRow, ExportRow, ReportRow } from '../store/store.ts';
import type { Asking } from './asking.ts';
import { daysText } from './calendar.ts';
import { askedOf, type Run } from './export-row.ts';
import type { ExportParts } from './parts.ts';
import {
  type Covered,
  coveredOf,
  fileAsked,
  ownerOf,
  questionOf,
  Runs,
  recipientsOf,
} from './report-row.ts';

/** How often it is looked which reports are due, in ms. */
const LOOK_MS = 1_000;
const AT_ONCE = 20;
/** What could not be begun for want of the database is tried again after so long, in ms. */
const AGAIN_MS = 30_000;
const OWNER_LEFT = 'Its owner has no access any more.';

/** The same id for the same thing: what is begun twice is one. */
function idOf(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const groups = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`];
  return [...groups, `8${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-');
}

/** A run as it is to be begun; `at` is its time by the schedule, null: beside it. */
interface ToRun {
  readonly principal: Principal;
  readonly at: number | null;
  readonly now: number;
  readonly exportId?: string;
}

/** Something to send. */
export const deliveryOf = (
  report: ReportRow,
  kind: DeliveryKind,
  recipient: NewRecipient & { readonly recipient_id?: string },
  {
    exportId = null,
    detail = null,
    now,
  }: { exportId?: string | null; detail?: string | null; now: number },
): DeliveryRow => ({
  delivery_id: idOf(
    report.report_id,
    kind,
    exportId ?? now,
    recipient.type,
    recipient.to,
    detail ?? '',
  ),
  ...{ tenant_no: report.tenant_no, report_id: report.report_id, export_id: exportId, kind },
  recipient: JSON.stringify({
    ...{ recipient_id: recipient.recipient_id ?? null, type: recipient.type, to: recipient.to },
    attach: recipient.attach ?? false,
  }),
  ...{ detail, state: 'waiting', is_content: 0, attempts: 0, reason: null, created_at: now },
  ...{ next_at: now, ended_at: null },
});

export class ReportWork {
  readonly #parts: ExportParts;
  readonly #asking: Asking;
  readonly #nudge: () => void;
  readonly #rounds: Rounds;

  /** `nudge` has what waits to be made looked at. */
  constructor(parts: ExportParts, asking: Asking, nudge: () => void) {
    this.#parts = parts;
    this.#asking = asking;
    this.#nudge = nudge;
    const failed = 'reports could not be looked at';
    this.#rounds = new Rounds(() => this.look(), { everyMs: LOOK_MS, log: parts.log, failed });
  }

  start(): void {
    this.#rounds.start();
  }

  async stop(): Promise<void> {
    await this.#rounds.stop();
  }

  /** Takes notice of runs that are over, and begins those that are due. */
  async look(): Promise<void> {
    const { store, now } = this.#parts;
    for (const row of await store.exports.unsettled(AT_ONCE)) await this.#settle(row);
    for (const row of await store.reports.due(now(), AT_ONCE)) await this.#runDue(row);
  }

  async #settle(row: ExportRow): Promise<void> {
    const { store, post } = this.#parts;
    const report = row.report_id === null ? undefined : await store.reports.byId(row.report_id);
    const { run } = askedOf(row);
    if (report && run) {
      await store.deliveries.add(this.#lettersOf(report, row));
      const isDone = row.state === 'completed' || row.state === 'expired';
      const covered = isDone ? coveredBy(coveredOf(report), run, row) : coveredOf(report);
      const fields = { run_id: null, covered: covered && JSON.stringify(covered) };
      // Somebody has changed it at this moment: it is looked at again.
      const isOurs = report.run_id === row.export_id;
      if (isOurs && !(await store.reports.step(report, fields))) return;
    }
    await store.exports.rewrite(row.export_id, { is_settled: 1 });
    post.nudge();
  }

  #lettersOf(report: ReportRow, row: ExportRow): DeliveryRow[] {
    const about = { exportId: row.export_id, now: this.#parts.now() };
    if (row.state === 'completed') {
      return recipientsOf(report).map((one) => deliveryOf(report, 'file', one, about));
    }
    if (row.state !== 'failed' || row.reason === null) return [];
    return noticesTo(report, { ...about, detail: row.reason });
  }

  async #runDue(row: ReportRow): Promise<void> {
    const { access, log, now, store } = this.#parts;
    try {
      const principal = await access.again(ownerOf(row));
      if (principal === undefined) return await this.#halt(row, OWNER_LEFT);
      await this.#runAs(principal, row, now());
    } catch (error) {
      if (error instanceof Fault && error.status < 500) return await this.#halt(row, error.message);
      log.warn(
        { err: error, report_id: row.report_id },
        'a report could not run; it is tried again',
      );
      await store.reports.step(row, { due_at: now() + AGAIN_MS });
    }
  }

  async #runAs(principal: Principal, row: ReportRow, now: number): Promise<void> {
    const { reports } = this.#parts.store;
    const sight = await this.sightOf(principal, row, now);
    const runs = await Runs.of(row, sight);
    const at = row.next_at === null ? undefined : await runs.latest(row.next_at, now);
    if (at === undefined) {
      const due_at = row.next_at === null ? null : await runs.begin(row.next_at);
      await reports.step(row, { due_at });
      return;
    }
    const exportId = idOf(row.report_id, at);
    await this.begin(row, sight, { principal, at, now, exportId });
    const next_at = runs.next(at);
    const due_at = next_at === null ? null : await runs.begin(next_at);
    await reports.step(row, { run_id: exportId, last_id: exportId, next_at, due_at });
  }

  /** As whoever may run it sees its question at a moment. Throws Fault if they may not. */
  async sightOf(principal: Principal, row: ReportRow, now: number): Promise<Sight> {
    return await this.#parts.access.sight(principal, questionOf(row), 'schedule', now);
  }

  /** Has a file of it made. */
  async begin(row: ReportRow, sight: Sight, toRun: ToRun): Promise<ExportRow> {
    const { principal, at, now, exportId } = toRun;
    const { calendar } = await Runs.of(row, sight);
    const range = calendar.range(row.range, at ?? now);
    const covered = at === null ? null : coveredOf(row);
    const wanted = Math.min(range.from, covered?.to ?? range.from);
    // One file is never longer than the view allows one question to be.
    const most = Math.min(range.from, sight.limits.window?.startOf(range.to) ?? wanted);
    const from = Math.max(wanted, most);
    const late = covered && { from: covered.from, to: from, since: covered.size };
    const run: Run = { report_id: row.report_id, at, from: range.from, late };
    const name = `${row.title} ${daysText(calendar, range)}`;
    const asked = fileAsked(row, name, { from, to: range.to });
    const { look, ...prepared } = await this.#asking.prepare(principal, asked, { run, at: now });
    const notices = [...look.notices, ...(from > wanted ? [cut(sight, wanted, from)] : [])];
    const made = { ...prepared, look: { ...look, notices } };
    const kept = await this.#asking.keep(principal, made, { exportId });
    this.#nudge();
    return kept;
  }

  /** Ends its schedule, which its log and its owner are told. */
  async #halt(row: ReportRow, reason: string): Promise<void> {
    const { post, reported, store, now } = this.#parts;
    const isHalted = await store.reports.step(row, {
      ...{ state: 'stopped', reason, next_at: null, due_at: null },
    });
    if (!isHalted) return;
    await reported(undefined, row, 'annals.report.stopped', { reason });
    await store.deliveries.add(noticesTo(row, { now: now(), detail: reason }));
    post.nudge();
  }
}

function coveredBy(before: Covered | null, run: Run, row: ExportRow): Covered | null {
  if (run.at === null) return before;
  const { range_to: to, log_size: size } = row;
  if (before === null) return { from: run.from, to, size };
  // Its range was changed, and it was about days of before: what came later stays to be looked at.
  return to < before.to ? before : { from: before.from, to, size };
}

/** To the owner, if it is a person with an address. */
export function noticesTo(
  report: ReportRow,
  about: { readonly detail: string; readonly now: number; readonly exportId?: string | null },
): DeliveryRow[] {
  const { kind, actor } = ownerOf(report);
  if (kind !== 'person' || typeof actor.email !== 'string') return [];
  return [deliveryOf(report, 'failure', { type: 'email', to: actor.email }, about)];
}

const cut = ({ limits }: Sight, wanted: number, from: number) => ({
  code: 'clamped_by_window' as const,
  detail: `Runs were missed since ${formatInstant(wanted)}: more than one file may cover.`,
  from: formatInstant(from),
  ...(limits.window ? { period: limits.window.period } : {}),
});

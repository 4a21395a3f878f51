/**
 * What an import did, counted while it runs. Bounded: reasons beyond `GROUPS_MAX` are counted
 * together, and of each group only the first places are kept. Never holds a record.
 */
import type { Rejection } from '@annals/contract/problem';
import { clean } from '../safe.ts';
import { count, type Terminal } from '../terminal.ts';

/** Different reasons that are kept apart: reasons may quote a field's name from the data. */
const GROUPS_MAX = 100;
/** Places named for each reason: enough to look some up. */
const PLACES_MAX = 5;
const OTHER = 'other reasons';

export interface Place {
  readonly file: string;
  /** The line that the record begins at, from 1. */
  readonly line: number;
}

export interface Group {
  readonly reason: string;
  count: number;
  /** More about the first one. */
  readonly detail: string;
  readonly places: Place[];
}

/** Counts by reason. */
export class Tally {
  readonly #groups = new Map<string, Group>();

  add(reason: string, place: Place, detail = ''): void {
    const known = this.#groups.has(reason) || this.#groups.size < GROUPS_MAX;
    const key = known ? reason : OTHER;
    const group = this.#groups.get(key) ?? { reason: key, count: 0, detail, places: [] };
    group.count += 1;
    if (group.places.length < PLACES_MAX) group.places.push(place);
    this.#groups.set(key, group);
  }

  /** The most frequent first. */
  groups(): Group[] {
    return [...this.#groups.values()].toSorted((left, right) => right.count - left.count);
  }

  total(): number {
    return this.groups().reduce((sum, group) => sum + group.count, 0);
  }
}

/** The report as JSON and as words; names as on the wire. */
export interface ImportReport {
  readonly dry_run: boolean;
  readonly from: string;
  readonly tenant_id: string;
  readonly files: number;
  /** Records of the files, good or not, without those that were skipped. */
  readonly read: number;
  /** Records that an earlier start of the same import had finished. */
  readonly skipped: number;
  readonly mapped: number;
  readonly unmapped: number;
  readonly unmapped_reasons: readonly Group[];
  /** Stored now; null in a dry run, which does not ask the server. */
  readonly accepted: number | null;
  /** Stored before, or twice in these files. */
  readonly duplicates: number | null;
  readonly rejected: number | null;
  /** By the server's code. */
  readonly rejected_codes: readonly Group[];
  /** Files whose end could not be read. */
  readonly broken: ReadonlyArray<Place & { readonly reason: string }>;
  /** Times of the earliest and latest mapped event; null if none was. */
  readonly first_at: string | null;
  readonly last_at: string | null;
}

export interface ReportHead {
  readonly dryRun: boolean;
  readonly from: string;
  readonly tenantId: string;
}

/** Grows into a report. */
export class ReportBuilder {
  readonly #head: ReportHead;
  readonly #unmapped = new Tally();
  readonly #rejected = new Tally();
  readonly #broken: Array<Place & { reason: string }> = [];
  #files = 0;
  #read = 0;
  #skipped = 0;
  #mapped = 0;
  #accepted = 0;
  #duplicates = 0;
  #firstAt: string | null = null;
  #lastAt: string | null = null;

  constructor(head: ReportHead) {
    this.#head = head;
  }

  file(): void {
    this.#files += 1;
  }

  skipped(): void {
    this.#skipped += 1;
  }

  /** `occurredAt` of a mapped event; instants of different zones are compared as instants. */
  mapped(occurredAt: string): void {
    this.#read += 1;
    this.#mapped += 1;
    const ms = Date.parse(occurredAt);
    if (Number.isNaN(ms)) return;
    const at = new Date(ms).toISOString();
    if (this.#firstAt === null || at < this.#firstAt) this.#firstAt = at;
    if (this.#lastAt === null || at > this.#lastAt) this.#lastAt = at;
  }

  unmapped(reason: string, place: Place, detail?: string): void {
    this.#read += 1;
    this.#unmapped.add(reason, place, detail);
  }

  broken(place: Place, reason: string): void {
    this.#broken.push({ ...place, reason });
  }

  recorded(accepted: number, duplicates: number): void {
    this.#accepted += accepted;
    this.#duplicates += duplicates;
  }

  rejected(rejection: Pick<Rejection, 'code' | 'detail' | 'path'>, place: Place): void {
    this.#rejected.add(rejection.code, place, `${rejection.path} ${rejection.detail}`.trim());
  }

  /** Events that are in the log by now. */
  get recordedSoFar(): number {
    return this.#accepted + this.#duplicates;
  }

  build(): ImportReport {
    const { dryRun, from, tenantId } = this.#head;
    return {
      dry_run: dryRun,
      from,
      tenant_id: tenantId,
      files: this.#files,
      read: this.#read,
      skipped: this.#skipped,
      mapped: this.#mapped,
      unmapped: this.#unmapped.total(),
      unmapped_reasons: this.#unmapped.groups(),
      accepted: dryRun ? null : this.#accepted,
      duplicates: dryRun ? null : this.#duplicates,
      rejected: dryRun ? null : this.#rejected.total(),
      rejected_codes: this.#rejected.groups(),
      broken: this.#broken,
      first_at: this.#firstAt,
      last_at: this.#lastAt,
    };
  }
}

/** `a.json:3, 9, b.json:1`: a file is named once for all its lines. */
const placesOf = (places: readonly Place[]): string =>
  [...Map.groupBy(places, ({ file }) => file)]
    .map(([file, inFile]) => `${file}:${inFile.map(({ line }) => line).join(', ')}`)
    .join(', ');

const groupLines = (groups: readonly Group[]): string[] =>
  groups.flatMap(({ reason, count: times, detail, places }) => [
    `  ${count(times)} × ${reason}${detail === '' ? '' : ` (${detail})`}`,
    `      ${placesOf(places)}${times > places.length ? ', …' : ''}`,
  ]);

/** The report in words, a line each. */
export const describeReport = (report: ImportReport, terminal: Terminal): string[] => {
  const row = (name: string, value: string) => `${name.padEnd(12)}${value}`;
  const number = (name: string, value: number | null) =>
    value === null ? [] : [row(name, count(value))];
  const span =
    report.first_at === null ? [] : [row('Span', `${report.first_at} to ${report.last_at}`)];
  const lines = [
    ...number('Files', report.files),
    ...number('Read', report.read),
    ...(report.skipped === 0 ? [] : number('Skipped', report.skipped)),
    ...number('Mapped', report.mapped),
    ...number('Unmapped', report.unmapped),
    ...groupLines(report.unmapped_reasons),
    ...number('Recorded', report.accepted),
    ...number('Duplicates', report.duplicates),
    ...number('Rejected', report.rejected),
    ...groupLines(report.rejected_codes),
    ...report.broken.map(({ file, line, reason }) => row('Broken', `${file}:${line} ${reason}`)),
    ...span,
  ].map(clean);
  const title = report.dry_run ? 'Dry run: nothing was sent.' : 'Imported.';
  return [terminal.paint('bold', title), ...lines];
};

/** A stored export as what was asked, who asked, and what a reader is told of it. */
import type { EXPORT_ROUTES, Export } from '@annals/contract/exports';
import { fileEnding } from '@annals/contract/files';
import type { Scope } from '@annals/contract/routes';
import { END_OF_TIME_MS, formatInstant, instantOrNull } from '@annals/contract/time';
import type { Static } from 'typebox';
import type { Principal, Sight } from '../access/access.ts';
import type { ExportRow } from '../store/store.ts';

type Body = Static<(typeof EXPORT_ROUTES)['createExport']['body']>;
type Decided = 'view' | 'order' | 'flavor' | 'time_zone' | 'compression';

/** What a run of a report has beside its question; times in ms. */
export interface Run {
  readonly report_id: string;
  /** Its time by the schedule; null: somebody runs it beside. */
  readonly at: number | null;
  /** Where its range begins. */
  readonly from: number;
  /** Events that no run before had: they occurred in a time, and were recorded since a sequence. */
  readonly late: { readonly from: number; readonly to: number; readonly since: number } | null;
}

/** A question with its form, and nothing left open. */
export interface Asked extends Omit<Body, 'name' | Decided>, Required<Pick<Body, Decided>> {
  readonly project: string;
  /** What the view was called. */
  readonly label: string;
  readonly run?: Run;
}

/** Whoever asked, without the session and the request that it came by. */
type Asker = Omit<Principal, 'scopes' | 'session' | 'request'> & {
  readonly scopes: readonly Scope[];
};

export function principalText({ session: _, request: __, scopes, ...rest }: Principal): string {
  const asker: Asker = { ...rest, scopes: [...scopes] };
  return JSON.stringify(asker);
}

// Columns of JSON text that this module alone writes.
export function askerOf({ asker }: Pick<ExportRow, 'asker'>): Principal {
  const { scopes, ...rest } = JSON.parse(asker) as Asker;
  return { ...rest, scopes: new Set(scopes) };
}
export const askedOf = ({ asked }: Pick<ExportRow, 'asked'>): Asked => JSON.parse(asked) as Asked;
const noticesOf = ({ notices }: ExportRow): Export['notices'] =>
  JSON.parse(notices) as Export['notices'];

/** The name of the file that can be fetched, with its ending; null: there is none. */
export const fileOf = (row: ExportRow): string | null =>
  row.state === 'completed' && row.has_file === 1
    ? `${row.name}.${fileEnding(askedOf(row))}`
    : null;

const describeRun = ({ report_id, at, from }: Run, { late }: ExportRow): Export['run'] => ({
  report_id,
  scheduled_at: instantOrNull(at),
  from: formatInstant(from),
  late,
});

/** As somebody is told of it who could ask for it now. */
export function describe(row: ExportRow, reader: Pick<Principal, 'id'>, sight: Sight): Export {
  const asked = askedOf(row);
  const { format, compression, order } = asked;
  const asker = askerOf(row);
  const { type, id, name } = asker.actor;
  const isCsv = format === 'csv';
  // What somebody searched for may name a person.
  const showsQuery = sight.view.hasPersonal || asker.id === reader.id;
  return {
    export_id: row.export_id,
    tenant_id: asked.tenant_id,
    name: row.name,
    state: row.state,
    requested_by: {
      type,
      ...(typeof id === 'string' ? { id } : {}),
      ...(typeof name === 'string' ? { name } : {}),
    },
    ...{ view: row.view, view_label: asked.label, subject: row.subject },
    q: showsQuery ? (asked.q ?? null) : null,
    from: row.range_from <= 0 ? null : formatInstant(row.range_from),
    to: row.range_to >= END_OF_TIME_MS ? null : formatInstant(row.range_to),
    ...{ order, format, compression },
    flavor: isCsv ? asked.flavor : null,
    columns: isCsv ? (asked.columns ?? 'view') : null,
    time_zone: isCsv ? asked.time_zone : null,
    as_of: formatInstant(row.as_of),
    rows: row.rows,
    expected: row.expected === null ? null : { rows: row.expected, exact: row.is_exact === 1 },
    ...{ bytes: row.bytes, sha256: row.sha256, notices: noticesOf(row), reason: row.reason },
    created_at: formatInstant(row.created_at),
    started_at: instantOrNull(row.started_at),
    finished_at: instantOrNull(row.finished_at),
    expires_at: instantOrNull(row.expires_at),
    file: fileOf(row),
    run: asked.run ? describeRun(asked.run, row) : null,
  };
}

/**
 * `client.reports`: questions that files are made of again and again, by a schedule, and what was
 * sent of them. Owns the mapping of these calls to routes.
 */
import type { Export } from '@annals/contract/exports';
import type { Delivery, Report, ReportPreview } from '@annals/contract/reports';
import type { ROUTES } from '@annals/contract/routes';
import type { Static } from 'typebox';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { path } from './http.ts';

export type {
  Delivery,
  NewRecipient,
  Recipient,
  Report,
  ReportPreview,
} from '@annals/contract/reports';

type Routes = typeof ROUTES;
/** What is asked when, as which kind of file, for whom. */
export type NewReport = Static<Routes['createReport']['body']>;
export type ReportChange = Static<Routes['putReport']['body']>;
/** Whose reports. `tenant_id` is required. */
export type ReportQuery = Static<Routes['listReports']['query']>;
/** Which report: as an answer told of it. */
export type ReportPlace = Pick<Report, 'report_id' | 'tenant_id'>;

export interface Reports {
  /** Saves one; the answer alone has the secrets of its webhooks. */
  create(asked: NewReport, options?: CallOptions): Promise<Report>;
  /** What a report would hold now, and when it would run; nothing is saved. */
  preview(asked: NewReport, options?: CallOptions): Promise<ReportPreview>;
  /** All of a tenant that you may schedule. */
  list(query: ReportQuery, options?: CallOptions): Promise<Report[]>;
  get(place: ReportPlace, options?: CallOptions): Promise<Report>;
  /** Saves it anew, as a whole; you become its owner. */
  put(place: ReportPlace, asked: ReportChange, options?: CallOptions): Promise<Report>;
  /** Its files and their history stay. */
  remove(place: ReportPlace, options?: CallOptions): Promise<Report>;
  pause(place: ReportPlace, options?: CallOptions): Promise<Report>;
  /** You become its owner. */
  resume(place: ReportPlace, options?: CallOptions): Promise<Report>;
  /** Makes a file now, beside the schedule; `exports.wait` follows it. */
  run(place: ReportPlace, options?: CallOptions): Promise<Export>;
  /** Sends each recipient a message without a file, once, and tells what became of it. */
  test(place: ReportPlace, options?: CallOptions): Promise<Delivery[]>;
  /** What was sent, the latest first. */
  deliveries(place: ReportPlace, options?: CallOptions): Promise<Delivery[]>;
}

export const reportsOf = ({ http, project }: Wiring): Reports => {
  const of = ({ report_id, tenant_id }: ReportPlace, ...parts: readonly string[]) => ({
    path: path('reports', report_id, ...parts),
    query: { project, tenant_id },
  });
  const post = <T>(
    at: ReturnType<typeof of> | { path: string; query: { project: string | undefined } },
    json: unknown,
    { signal }: CallOptions,
  ) => answerOf<T>(http.json({ method: 'POST', ...at, json, signal, repeatable: false }));
  const all = (...parts: readonly string[]) => ({
    path: path('reports', ...parts),
    query: { project },
  });
  return {
    create: (asked, options = {}) => post(all(), asked, options),
    preview: (asked, options = {}) => post(all('preview'), asked, options),
    list: async (query, { signal } = {}) => {
      const asked = { ...all(), query: { project, ...query } };
      const { reports } = await answerOf<{ reports: Report[] }>(
        http.json({ method: 'GET', ...asked, signal }),
      );
      return reports;
    },
    get: (place, { signal } = {}) => answerOf(http.json({ method: 'GET', ...of(place), signal })),
    put: (place, json, { signal } = {}) =>
      answerOf(http.json({ method: 'PUT', ...of(place), json, signal })),
    remove: (place, { signal } = {}) =>
      answerOf(http.json({ method: 'DELETE', ...of(place), signal })),
    pause: (place, options = {}) => post(of(place, 'pause'), {}, options),
    resume: (place, options = {}) => post(of(place, 'resume'), {}, options),
    run: (place, options = {}) => post(of(place, 'run'), {}, options),
    test: async (place, options = {}) =>
      (await post<{ deliveries: Delivery[] }>(of(place, 'test'), {}, options)).deliveries,
    deliveries: async (place, { signal } = {}) => {
      const asked = { method: 'GET', ...of(place, 'deliveries'), signal } as const;
      return (await answerOf<{ deliveries: Delivery[] }>(http.json(asked))).deliveries;
    },
  };
};

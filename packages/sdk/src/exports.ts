/**
 * `client.exports`: files of events that the server makes, keeps for a while and has a history of.
 * Owns the mapping of these calls to routes.
 */
import type { Export, Manifest } from '@annals/contract/exports';
import type { ROUTES } from '@annals/contract/routes';
import type { Static } from 'typebox';
import {
  answerOf,
  type CallOptions,
  type Download,
  downloadOf,
  pagesOf,
  type Wiring,
} from './call.ts';
import { path, sleep } from './http.ts';

export type { Export, Manifest } from '@annals/contract/exports';

type Routes = typeof ROUTES;
/** Which events, as which kind of file. `tenant_id` and `format` are required. */
export type NewExport = Static<Routes['createExport']['body']>;
/** Whose history. `tenant_id` is required. */
export type ExportQuery = Static<Routes['listExports']['query']>;
export type ExportPage = Static<Routes['listExports']['answers'][200]>;
/** Which export: as an answer told of it. */
export type ExportPlace = Pick<Export, 'export_id' | 'tenant_id'>;

export interface ExportWaitOptions extends CallOptions {
  /** Called with the export each time it was looked at. */
  readonly onProgress?: (made: Export) => void;
}

export interface Exports {
  /** Begins to make a file, of the log as it is now. `wait` follows it. */
  create(asked: NewExport, options?: CallOptions): Promise<Export>;
  /** A page of the history, the latest first. It may be short although there are more. */
  list(query: ExportQuery, options?: CallOptions): Promise<ExportPage>;
  /** The whole history from `query` on, page by page. */
  pages(query: ExportQuery, options?: CallOptions): AsyncGenerator<ExportPage, void, undefined>;
  get(place: ExportPlace, options?: CallOptions): Promise<Export>;
  /** Looks at it until it is `completed`, `failed`, `cancelled` or `expired`, and returns it. */
  wait(place: ExportPlace, options?: ExportWaitOptions): Promise<Export>;
  /** Stops one that waits or runs; what is finished stays as it is. */
  cancel(place: ExportPlace, options?: CallOptions): Promise<Export>;
  /** Makes the same file again, of the log as it is now: a new export. */
  retry(place: ExportPlace, options?: CallOptions): Promise<Export>;
  /** The file. Throws `ConflictError` while there is none, or when the view has changed since. */
  file(place: ExportPlace, options?: CallOptions): Promise<Download>;
  /** Where a browser that is signed in finds the file: as the address of a link. */
  fileUrl(place: ExportPlace): string;
  /** What the file holds, with its digest and the state of the log that it was made from. */
  manifest(place: ExportPlace, options?: CallOptions): Promise<Manifest>;
}

/** First and longest wait between two looks, in ms. */
const LOOK = { firstMs: 50, maxMs: 2_000, growth: 1.5 } as const;

export const exportsOf = ({ http, project }: Wiring): Exports => {
  const of = ({ export_id, tenant_id }: ExportPlace, ...parts: readonly string[]) => ({
    path: path('exports', export_id, ...parts),
    query: { project, tenant_id },
  });
  const ask = <T>(place: ExportPlace, parts: readonly string[], { signal }: CallOptions) =>
    answerOf<T>(http.json({ method: 'GET', ...of(place, ...parts), signal }));
  const change = (place: ExportPlace, action: string, { signal }: CallOptions) =>
    answerOf<Export>(
      http.json({
        method: 'POST',
        ...of(place, action),
        json: {},
        signal,
        repeatable: action !== 'retry',
      }),
    );
  const get: Exports['get'] = (place, options = {}) => ask(place, [], options);
  const list: Exports['list'] = (query, { signal } = {}) =>
    answerOf(
      http.json({ method: 'GET', path: path('exports'), query: { project, ...query }, signal }),
    );
  return {
    get,
    list,
    create: (json, { signal } = {}) =>
      answerOf(
        http.json({
          method: 'POST',
          path: path('exports'),
          query: { project },
          json,
          signal,
          // A second file would be made, and told of in the log.
          repeatable: false,
        }),
      ),
    pages: (query, options = {}) => pagesOf(list, query, options),
    wait: async (place, { onProgress, signal } = {}) => {
      for (let waitMs: number = LOOK.firstMs; ; waitMs *= LOOK.growth) {
        const made = await get(place, signal === undefined ? {} : { signal });
        onProgress?.(made);
        if (made.state !== 'waiting' && made.state !== 'running') return made;
        await sleep(Math.min(waitMs, LOOK.maxMs), signal);
      }
    },
    cancel: (place, options = {}) => change(place, 'cancel', options),
    retry: (place, options = {}) => change(place, 'retry', options),
    file: async (place, { signal } = {}) =>
      downloadOf(await http.open({ method: 'GET', ...of(place, 'file'), signal })),
    fileUrl: (place) => http.address(of(place, 'file')),
    manifest: (place, options = {}) => ask(place, ['manifest'], options),
  };
};

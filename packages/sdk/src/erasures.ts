/**
 * `client.erasures`: erasing a person from a tenant's log. First a dry run, then what it has shown,
 * confirmed. Owns the mapping of these calls to routes.
 */
import type { Alias, Erasure, ErasureSubject } from '@annals/contract/erasures';
import { answerOf, type CallOptions, type Wiring } from './call.ts';
import { path, sleep } from './http.ts';

export type { Alias, Erasure, ErasureSubject } from '@annals/contract/erasures';

export interface DryRun {
  readonly tenant_id: string;
  readonly subject: ErasureSubject;
  /** As in `GDPR Art. 17(1)(b)`; kept for ever, so it must not name the person. */
  readonly legal_basis: string;
  readonly reason?: string;
  /** Names that are known beforehand. */
  readonly aliases?: readonly Alias[];
  /** Whether texts are searched for mentions; default true. */
  readonly search_mentions?: boolean;
}
export interface Confirmation {
  readonly tenant_id: string;
  readonly subject: ErasureSubject;
  /** Of the dry run: `found.token`. */
  readonly token: string;
  /** Those of `found.aliases` that are the person's. */
  readonly aliases: readonly Alias[];
  /** Whether values elsewhere that mention the person are erased too. */
  readonly mentions: 'list' | 'erase';
}
export interface ErasureWaitOptions extends CallOptions {
  /** Called with the erasure each time it was looked at. */
  readonly onProgress?: (erasure: Erasure) => void;
}

export interface Erasures {
  /** Begins to look for what a log holds of a person; erases nothing. `wait` follows it. */
  dryRun(asked: DryRun, options?: CallOptions): Promise<Erasure>;
  /** Begins to erase what a dry run has shown. `wait` follows it. */
  confirm(confirmation: Confirmation, options?: CallOptions): Promise<Erasure>;
  /** Of a tenant, the latest first. */
  list(tenantId: string, options?: CallOptions): Promise<Erasure[]>;
  get(erasureId: string, options?: CallOptions): Promise<Erasure>;
  /** Goes on with one that a legal hold or a failure has stopped. */
  resume(erasureId: string, options?: CallOptions): Promise<Erasure>;
  /** Looks at it until nothing is done any more: `found`, `held`, `completed` or `failed`. */
  wait(erasureId: string, options?: ErasureWaitOptions): Promise<Erasure>;
}

/** First and longest wait between two looks, in ms. */
const LOOK = { firstMs: 100, maxMs: 2_000, growth: 1.5 } as const;

export const erasuresOf = ({ http, project }: Wiring): Erasures => {
  const get: Erasures['get'] = (erasureId, { signal } = {}) =>
    answerOf(
      http.json({ method: 'GET', path: path('erasures', erasureId), query: { project }, signal }),
    );
  const post = (parts: readonly string[], json: unknown, { signal }: CallOptions) =>
    answerOf<Erasure>(
      http.json({
        method: 'POST',
        path: path('erasures', ...parts),
        query: { project },
        json,
        signal,
        // A second one would meet the first at its work.
        repeatable: false,
      }),
    );
  return {
    get,
    dryRun: (asked, options = {}) => post([], { ...asked, dry_run: true }, options),
    confirm: (confirmation, options = {}) => post([], { ...confirmation, dry_run: false }, options),
    resume: (erasureId, options = {}) => post([erasureId, 'resume'], {}, options),
    list: async (tenantId, { signal } = {}) =>
      (
        await answerOf<{ erasures: Erasure[] }>(
          http.json({
            method: 'GET',
            path: path('erasures'),
            query: { project, tenant_id: tenantId },
            signal,
          }),
        )
      ).erasures,
    wait: async (erasureId, { onProgress, signal } = {}) => {
      for (let waitMs: number = LOOK.firstMs; ; waitMs *= LOOK.growth) {
        const erasure = await get(erasureId, signal === undefined ? {} : { signal });
        onProgress?.(erasure);
        if (erasure.state !== 'searching' && erasure.state !== 'running') return erasure;
        await sleep(Math.min(waitMs, LOOK.maxMs), signal);
      }
    },
  };
};

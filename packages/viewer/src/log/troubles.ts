/**
 * What went wrong, in the reader's words and with what can be done about it. One function turns
 * errors into words. Pure.
 */
import type { Catalog } from '@annals/contract/catalog';
import { AnnalsError } from '@annals/sdk';
import type { Words } from '../words/words.ts';

export type TroubleKind =
  | 'query'
  | 'filters'
  | 'window'
  | 'ambiguous'
  | 'forbidden'
  | 'closed'
  | 'session'
  | 'not-found'
  | 'offline'
  | 'unanswered';

export interface Trouble {
  readonly kind: TroubleKind;
  readonly text: string;
  /** Whether the same may work when it is asked again. */
  readonly canRetry: boolean;
  /** Names the request, for support. */
  readonly requestId: string | null;
  readonly error: AnnalsError | undefined;
}

type Closed = Pick<NonNullable<Catalog['closed']>, 'code' | 'detail'>;

/** T10 to T13: why a log is not shown at all. */
export function closedText(
  { code, detail }: Closed,
  missing: readonly string[],
  permission: string | null,
  words: Words,
): string {
  const listed = missing.join(', ');
  switch (code) {
    case 'plan_required':
      return listed === '' ? detail : words.partOfPlan(listed);
    case 'addon_required':
      return listed === '' ? detail : words.needsAddons(listed);
    case 'demo_tenant':
      return words.isDemo;
    case 'audit_not_enabled':
      return words.notEnabled;
    case 'forbidden':
    case 'view_not_granted':
      return permission === null ? words.notAllowed : words.needsPermission(permission);
    default:
      return detail;
  }
}

const KIND_OF_CODE: Readonly<Record<string, TroubleKind>> = {
  invalid_search: 'query',
  filter_required: 'filters',
  window_too_long: 'window',
  record_ambiguous: 'ambiguous',
  forbidden: 'forbidden',
  view_not_granted: 'forbidden',
  unauthenticated: 'session',
  not_found: 'not-found',
};

/** In: whatever was thrown. `labels` are what the view calls its filters, by key. */
export function troubleOf(
  error: unknown,
  words: Words,
  labels: ReadonlyMap<string, string> = new Map(),
): Trouble {
  const known = error instanceof AnnalsError ? error : undefined;
  const requestId = known?.requestId ?? null;
  const base = { requestId, error: known, canRetry: known?.retryable ?? false };
  if (known === undefined) {
    return { ...base, kind: 'unanswered', text: words.noAnswer, canRetry: true };
  }
  const kind = KIND_OF_CODE[known.code] ?? (known.status === 403 ? 'closed' : 'unanswered');
  const { code, detail, missing, permission } = known;
  switch (kind) {
    case 'filters':
      return {
        ...base,
        kind,
        text: words.filtersMissing(missing.map((key) => labels.get(key) ?? key).join(', ')),
      };
    case 'forbidden':
    case 'closed':
      return { ...base, kind, text: closedText({ code, detail }, missing, permission, words) };
    case 'session':
      return { ...base, kind, text: words.sessionEnded };
    case 'not-found':
      return { ...base, kind, text: words.notFound };
    case 'unanswered': {
      const isOffline = typeof navigator !== 'undefined' && navigator.onLine === false;
      if (known.status === null && isOffline) {
        return { ...base, kind: 'offline', text: words.offline, canRetry: true };
      }
      const isOurs = known.status === null || known.status >= 500;
      return { ...base, kind, text: isOurs ? words.noAnswer : detail, canRetry: isOurs };
    }
    default:
      return { ...base, kind, text: detail };
  }
}

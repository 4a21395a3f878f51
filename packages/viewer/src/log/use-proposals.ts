/**
 * What is proposed while somebody writes a query: questions and earlier searches where nothing is
 * written yet, then keys, then values with how often they are there.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Completing, completingAt, keysLike } from '../find/completion.ts';
import { lastOf } from '../find/limits.ts';
import type { Range } from '../find/range.ts';
import { type Reader, useReader } from '../reader.tsx';
import { keptSearches } from './kept-searches.ts';
import type { Lens } from './question.ts';
import { suggestFieldOf, suggestionsOf } from './suggestions.ts';
import { useSettled } from './use-settled.ts';

export interface Proposal {
  /** Of this list alone. */
  readonly key: string;
  readonly kind: 'key' | 'value' | 'search';
  readonly insert: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly count?: number | undefined;
  /** Of a question: the time that it is asked of. */
  readonly range?: Range | undefined;
}
export interface ProposalGroup {
  readonly label: string;
  readonly items: readonly Proposal[];
}

const TYPING_MS = 200;
const KEYS_SHOWN = 8;

interface Writing {
  readonly lens: Lens;
  readonly draft: string;
  readonly caret: number;
  readonly isOpen: boolean;
}

export function useProposals({ lens, draft, caret, isOpen }: Writing): {
  readonly groups: readonly ProposalGroup[];
  readonly completing: Completing | undefined;
} {
  const reader = useReader();
  const { words } = reader;
  const completing = completingAt(draft, caret);
  const field = completing?.kind === 'value' ? suggestFieldOf(completing.key) : undefined;
  const prefix = useSettled(completing?.typed ?? '', TYPING_MS);
  const { data = [] } = useQuery({
    ...suggestionsOf(reader, lens, isOpen ? field : undefined, prefix),
    placeholderData: keepPreviousData,
  });
  if (draft.trim() === '') return { groups: startGroups(reader, lens), completing };
  if (completing?.kind === 'value') {
    const items = data.map(({ value, label, matched, type, count }): Proposal => {
      const detail = [matched ?? (label === undefined ? undefined : value), type].filter(Boolean);
      return {
        key: `${type}:${value}`,
        kind: 'value',
        insert: value,
        label: label ?? value,
        detail: detail.join(' · '),
        count,
      };
    });
    return {
      groups: field && items.length > 0 ? [{ label: words.values, items }] : [],
      completing,
    };
  }
  const keys = completing ? keysLike(completing.typed).slice(0, KEYS_SHOWN) : [];
  const items = keys.map((key): Proposal => ({ key, kind: 'key', insert: key, label: `${key}:` }));
  const isWorth = completing !== undefined && completing.typed !== '' && items.length > 0;
  return { groups: isWorth ? [{ label: words.keysOfQuery, items }] : [], completing };
}

/** For an empty bar. */
function startGroups(reader: Reader, { view }: Lens): ProposalGroup[] {
  const { catalog, words, storageName, zone } = reader;
  const search = (key: string, insert: string, label: string): Proposal => ({
    key,
    kind: 'search',
    insert,
    label,
    detail: label === insert ? undefined : insert,
  });
  const questions = catalog.questions
    .filter((question) => question.view === undefined || question.view === view)
    .map(({ q, label, range }) => ({
      ...search(`question:${label}`, q, label),
      range: lastOf(range, zone, Date.now()),
    }));
  const kept = keptSearches(storageName);
  const saved = kept.saved.map(({ name, q }) => search(`saved:${name}`, q, name));
  const last = kept.last.map((q) => search(`last:${q}`, q, q));
  return [
    { label: words.questions, items: questions },
    { label: words.savedSearches, items: saved },
    { label: words.lastSearches, items: last },
  ].filter(({ items }) => items.length > 0);
}

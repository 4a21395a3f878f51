/**
 * ⌘K: goes to a page, a person, a record, a question or a kept search by a few letters of its name.
 * Owns the dialog and what it finds; nothing is searched in the log.
 */
import { fold } from '@annals/contract/words';
import { lastOf } from '@annals/viewer/find/limits';
import { readState, writeState } from '@annals/viewer/find/log-state';
import { keptSearches } from '@annals/viewer/log/kept-searches';
import { placeOf } from '@annals/viewer/log/question';
import { useSettled } from '@annals/viewer/log/use-settled';
import { classes } from '@annals/viewer/look/classes';
import { INPUT } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { Menu } from './menu.ts';
import { pathOf, type TenantPlace, tenantPath } from './paths.ts';

interface Props {
  readonly place: TenantPlace;
  readonly menu: Menu;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

interface Goal {
  readonly key: string;
  readonly kind: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly href: string;
}

const TYPING_MS = 150;
const SHOWN = 6;

/** Opens and closes by ⌘K or Ctrl K, wherever the focus is. */
export function usePaletteKey(toggle: () => void): void {
  const latest = useRef(toggle);
  latest.current = toggle;
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

export function Palette(props: Props) {
  const { open, onOpenChange } = props;
  return (
    <Dialog title="Go to" closeLabel="Close" open={open} onOpenChange={onOpenChange}>
      <Finder {...props} />
    </Dialog>
  );
}

/** Pages, questions and kept searches whose name holds what is typed. */
function useNear({ place, menu }: Props, typed: string): Goal[] {
  const { storageName, catalog, zone } = useReader();
  const asked = fold(typed);
  const groups = [
    ['Log', menu.logs],
    ['Page', [...menu.lists, ...menu.others]],
    ['Settings', menu.settings],
  ] as const;
  const pages = groups.flatMap(([kind, entries]) =>
    entries.map(({ label, path }) => ({ key: path, kind, label, href: tenantPath(place, path) })),
  );
  const [log] = menu.logs;
  const logPath = (path: string | undefined, state: Record<string, string>) =>
    `${tenantPath(place, path)}?${new URLSearchParams(state)}`;
  const { saved, last } = keptSearches(storageName);
  const searches = [...saved, ...last.map((q) => ({ name: q, q }))].map(({ name, q }) => ({
    key: `search:${name}`,
    kind: 'Search',
    label: name,
    href: logPath(log?.path, { q }),
  }));
  const questions = catalog.questions.map(({ label, q, range, view }) => ({
    key: `question:${label}`,
    kind: 'Question',
    label,
    href: logPath(
      view === undefined ? log?.path : `log/${view}`,
      writeState({ ...readState({ q }), range: lastOf(range, zone, Date.now()) }),
    ),
  }));
  const all = [...pages, ...(log === undefined ? [] : [...questions, ...(typed ? searches : [])])];
  return all.filter(({ label }) => fold(label).includes(asked));
}

/** People and records by any name they ever had. */
function useFar({ place }: Props, typed: string): Goal[] {
  const reader = useReader();
  const { client, catalog, words } = reader;
  const view = catalog.views.find(({ binding }) => binding === 'none')?.view;
  const prefix = useSettled(typed.trim(), TYPING_MS);
  const answers = useQueries({
    queries: (['actor', 'target'] as const).map((field) => ({
      queryKey: ['palette', place, view, field, prefix],
      enabled: view !== undefined && prefix !== '',
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const lens = { view: view ?? '', subject: undefined };
        const asked = { ...placeOf(reader, lens), field, prefix, limit: SHOWN };
        return client.events.suggest(asked, { signal });
      },
      placeholderData: keepPreviousData,
    })),
  });
  return (['actor', 'record'] as const).flatMap((kind, index) =>
    (prefix === '' ? [] : (answers[index]?.data ?? [])).flatMap(
      ({ value, label, type, matched }) =>
        type === undefined
          ? []
          : [
              {
                key: `${kind}:${type}:${value}`,
                kind: kind === 'actor' ? words.people : words.records,
                label: label ?? value,
                detail: matched ?? value,
                href: pathOf(place, { kind, type, id: value }),
              },
            ],
    ),
  );
}

function Finder(props: Props) {
  const { onOpenChange } = props;
  const id = useId();
  const router = useRouter();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const goals = [...useNear(props, typed.trim()), ...useFar(props, typed)];
  const current = goals[Math.min(at, goals.length - 1)];
  const go = (goal: Goal | undefined) => {
    if (goal === undefined) return;
    onOpenChange(false);
    router.history.push(goal.href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && goals.length > 0) {
      setAt((Math.min(at, goals.length - 1) + step + goals.length) % goals.length);
    } else if (event.key === 'Enter') go(current);
    else return;
    event.preventDefault();
  };
  return (
    <div className="flex flex-col gap-2">
      <input
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded={goals.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={current && `${id}-${current.key}`}
        aria-label="Pages, people, records, questions, searches"
        placeholder="Pages, people, records, questions, searches"
        autoComplete="off"
        spellCheck={false}
        className={INPUT}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Go to" className="max-h-80 overflow-auto">
        {goals.map((goal) => (
          <div
            key={goal.key}
            id={`${id}-${goal.key}`}
            role="option"
            aria-selected={goal === current}
            onClick={() => go(goal)}
            className={classes(
              'flex min-h-8 cursor-pointer items-center gap-2 rounded px-2',
              'aria-selected:bg-accent-tint',
            )}
          >
            <span className="truncate">{goal.label}</span>
            {goal.detail && <span className="truncate text-meta text-ink-3">{goal.detail}</span>}
            <span className="ml-auto text-meta text-ink-3">{goal.kind}</span>
          </div>
        ))}
        {goals.length === 0 && <p className="px-2 text-ink-3">Nothing of this name.</p>}
      </div>
    </div>
  );
}

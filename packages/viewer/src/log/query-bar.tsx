/**
 * Where a query is written: what could stand next is proposed, what cannot be read is underlined
 * and said. Nothing is searched before Enter.
 */

import { parseQuery, QUERY_LIMITS, QueryError } from '@annals/contract/query';
import { Search as SearchIcon, X } from 'lucide-react';
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { completed } from '../find/completion.ts';
import type { Range } from '../find/range.ts';
import { IconButton } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { keepPlaced } from '../look/place.ts';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import type { Words } from '../words/words.ts';
import type { Lens } from './question.ts';
import { type Proposal, type ProposalGroup, useProposals } from './use-proposals.ts';

export interface Broken {
  readonly position: number;
  readonly text: string;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  outcome: 'outcome:failure',
  ip: 'ip:203.0.113.0/24',
  target: 'target:"Sullivan Case"',
  action: 'action:user.created',
};

/** What is wrong with a text, in words; undefined: it is a query. */
export function brokenAt(text: string, words: Words): Broken | undefined {
  try {
    parseQuery(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { position, expected, hint } = error;
    const key = /(?:^|[\s(])-?([a-z_.]+):$/.exec(text.slice(0, position).trimEnd())?.[1];
    if (key === undefined) return { position, text: words.queryBroken(expected, hint) };
    const example = EXAMPLES[key] ?? `${key}:dana@acme.example`;
    return { position, text: words.valueMissing(key, example) };
  }
}

interface Props {
  readonly lens: Lens;
  readonly value: string;
  /** `range`: of a question, the time that it is asked of. */
  readonly onSearch: (q: string, range?: Range) => void;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  /** Said by the server of the query that was searched. */
  readonly problem: string | undefined;
}

/** What is being written, until it is searched. */
function useDraft({ value, onSearch, inputRef: input }: Props) {
  const { words } = useReader();
  const [draft, setDraft] = useState(value);
  const [shownFor, setShownFor] = useState(value);
  const [caret, setCaret] = useState(value.length);
  const [isOpen, setOpen] = useState(false);
  const [isChecked, setChecked] = useState(false);
  // A search from elsewhere (a facet, the address) is what stands here then.
  if (shownFor !== value) {
    setShownFor(value);
    setDraft(value);
    setChecked(false);
  }
  const write = (text: string, at = text.length) => {
    setDraft(text);
    setCaret(at);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };
  const type = (text: string) => {
    setChecked(false);
    setDraft(text);
    setCaret(input.current?.selectionStart ?? text.length);
    setOpen(true);
  };
  const search = (text: string, range?: Range) => {
    setChecked(true);
    if (brokenAt(text, words)) return;
    setOpen(false);
    onSearch(text.trim(), range);
  };
  return { draft, caret, setCaret, isOpen, setOpen, isChecked, write, type, search };
}

/** Which proposal the keys are at, and what they do. */
function useChoosing(
  { draft, caret, isOpen, setOpen, write, search }: ReturnType<typeof useDraft>,
  { groups, completing }: ReturnType<typeof useProposals>,
) {
  const items = groups.flatMap((group) => group.items);
  const [at, setAt] = useState(-1);
  const active = items[at];
  const choose = (proposal: Proposal) => {
    setAt(-1);
    if (proposal.kind === 'search') {
      write(proposal.insert);
      search(proposal.insert, proposal.range);
    } else if (completing) {
      const next = completed(draft, caret, completing, proposal.insert);
      write(next.text, next.caret);
      setOpen(true);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && items.length > 0) {
      setOpen(true);
      // One place before the first is the text itself.
      setAt(((at + 1 + step + items.length + 1) % (items.length + 1)) - 1);
    } else if (event.key === 'Enter') {
      if (isOpen && active) choose(active);
      else search(draft);
    } else if (event.key === 'Escape' && isOpen && items.length > 0) setOpen(false);
    else {
      setAt(-1);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return { items, active, choose, onKeyDown };
}

export function QueryBar(props: Props) {
  const { lens, value, inputRef, problem } = props;
  const { words } = useReader();
  const id = useId();
  const bar = useRef<HTMLDivElement>(null);
  const writing = useDraft(props);
  const { draft, caret, isOpen, setOpen, isChecked } = writing;
  const broken = useMemo(() => brokenAt(draft, words), [draft, words]);
  const proposals = useProposals({ lens, draft, caret, isOpen });
  const { items, active, choose, onKeyDown } = useChoosing(writing, proposals);
  const shownError = isChecked && broken ? broken.text : draft === value ? problem : undefined;
  const isListed = isOpen && items.length > 0;
  return (
    <div className="relative min-w-0 grow basis-80">
      <div ref={bar} part="query" className={BAR}>
        <SearchIcon className="icon text-ink-3" aria-hidden="true" />
        <div className="relative min-w-0 grow">
          <Underlay text={draft} broken={isChecked || draft === value ? broken : undefined} />
          <input
            {...INPUT}
            ref={inputRef}
            value={draft}
            role="combobox"
            aria-label={words.queryLabel}
            aria-expanded={isListed}
            aria-controls={`${id}-list`}
            aria-activedescendant={active && `${id}-${active.key}`}
            aria-invalid={shownError !== undefined}
            aria-describedby={`${id}-error`}
            placeholder={words.queryPlaceholder}
            onChange={({ target }) => writing.type(target.value)}
            onKeyDown={onKeyDown}
            onSelect={({ currentTarget }) => writing.setCaret(currentTarget.selectionStart ?? 0)}
            onFocus={() => setOpen(true)}
            onClick={() => setOpen(true)}
            onBlur={() => setOpen(false)}
          />
        </div>
        <ClearButton writing={writing} input={inputRef} />
      </div>
      {isListed && (
        <Proposals
          id={id}
          anchor={bar}
          groups={proposals.groups}
          active={active}
          onChoose={choose}
        />
      )}
      <p id={`${id}-error`} role="alert" className="text-meta text-failure empty:hidden">
        {shownError}
      </p>
    </div>
  );
}

interface ClearProps {
  readonly writing: ReturnType<typeof useDraft>;
  readonly input: RefObject<HTMLInputElement | null>;
}

function ClearButton({ writing: { draft, write, search }, input }: ClearProps) {
  const { words } = useReader();
  if (draft === '') return null;
  const clear = () => {
    write('');
    search('');
    input.current?.focus();
  };
  return (
    <IconButton label={words.clearSearch} onClick={clear}>
      <X className="icon" aria-hidden="true" />
    </IconButton>
  );
}

const BAR = classes(
  'relative flex h-9 items-center gap-2 rounded border border-control bg-raised pl-2.5',
  'focus-within:border-accent has-aria-invalid:border-failure @max-narrow/log:h-11',
);
const INPUT = {
  autoComplete: 'off',
  'aria-autocomplete': 'list',
  spellCheck: false,
  autoCapitalize: 'off',
  autoCorrect: 'off',
  maxLength: QUERY_LIMITS.length,
  className: 'relative h-8 w-full bg-transparent font-mono text-body outline-none',
} as const;

interface ProposalsProps {
  readonly id: string;
  readonly anchor: RefObject<HTMLDivElement | null>;
  readonly groups: readonly ProposalGroup[];
  readonly active: Proposal | undefined;
  readonly onChoose: (proposal: Proposal) => void;
}

function Proposals({ id, anchor, groups, active, onChoose }: ProposalsProps) {
  const { words } = useReader();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = list.current;
    if (element === null || anchor.current === null) return;
    element.showPopover();
    return keepPlaced(element, anchor.current, true);
  }, [anchor]);
  return (
    <div
      ref={list}
      id={`${id}-list`}
      popover="manual"
      role="listbox"
      aria-label={words.queryLabel}
      className="popup p-1"
      // The focus stays in the bar.
      onPointerDown={(event) => event.preventDefault()}
    >
      {groups.map((group) => (
        <div key={group.label} role="group" aria-label={group.label} className="pb-1">
          <div aria-hidden="true" className="px-2 pt-1 text-meta font-strong text-ink-3">
            {group.label}
          </div>
          {group.items.map((item) => (
            <Item
              key={item.key}
              id={`${id}-${item.key}`}
              item={item}
              isActive={item === active}
              onChoose={() => onChoose(item)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

/** The same text behind the input, with the part underlined that cannot be read. */
function Underlay({ text, broken }: { text: string; broken: Broken | undefined }) {
  if (broken === undefined) return null;
  const start = Math.min(broken.position, Math.max(0, text.trimEnd().length - 1));
  const length = /^\s*\S*/.exec(text.slice(start))?.[0].length || 1;
  return (
    <div
      aria-hidden="true"
      className={classes(
        'pointer-events-none absolute inset-0 flex h-8 items-center',
        'overflow-hidden font-mono text-body whitespace-pre text-transparent',
      )}
    >
      {text.slice(0, start)}
      <span className="wavy">{text.slice(start, start + length)}</span>
    </div>
  );
}

interface ItemProps {
  readonly id: string;
  readonly item: Proposal;
  readonly isActive: boolean;
  readonly onChoose: () => void;
}

function Item({ id, item, isActive, onChoose }: ItemProps) {
  const { locale } = useReader();
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) own.current?.scrollIntoView({ block: 'nearest' });
  }, [isActive]);
  return (
    <div
      ref={own}
      id={id}
      role="option"
      aria-selected={isActive}
      onClick={onChoose}
      className={classes(
        'flex min-h-7 cursor-pointer items-center gap-2 rounded px-2 pointer-coarse:min-h-11',
        'hover:bg-accent-tint aria-selected:bg-accent-tint',
      )}
    >
      <span className={classes('truncate', item.kind !== 'search' && 'font-mono')}>
        {item.label}
      </span>
      {item.detail && <span className="truncate text-meta text-ink-3">{item.detail}</span>}
      <span className="grow" />
      {item.count !== undefined && (
        <span className="text-meta text-ink-3">{number(item.count, locale)}</span>
      )}
    </div>
  );
}

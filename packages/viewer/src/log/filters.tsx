/** The filters of a view: each a choice of values, written into the query. */

import type { QueryKey } from '@annals/contract/query';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { Check, ChevronDown, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { edited, putValues, queryOf, toggleValue, valuesOf } from '../find/query-edit.ts';
import { Button, IconButton } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { INPUT } from '../look/field.tsx';
import { Panel } from '../look/popup.tsx';
import { type CatalogView, type Reader, typeWord, useReader } from '../reader.tsx';
import { number, shortMoment } from '../words/format.ts';
import type { Lens } from './question.ts';
import { type Found, suggestFieldOf, suggestionsOf } from './suggestions.ts';
import { useSettled } from './use-settled.ts';
import { valueWord } from './value-word.ts';

export type Filter = CatalogView['filters'][number];
const TYPING_MS = 200;

/** Filters that are values of a key; the time has its own place. */
export const valueFilters = (view: CatalogView): (Filter & { key: QueryKey })[] =>
  view.filters.filter(
    (filter): filter is Filter & { key: QueryKey } => filter.key !== 'date_range',
  );

/** Labels of required filters that the query does not have yet. */
export function missingFilters(view: CatalogView, q: string): string[] {
  const query = queryOf(q);
  if (query === undefined) return [];
  return valueFilters(view)
    .filter(
      ({ required, key, name }) =>
        required &&
        !query.some(
          ({ isNegated, body }) =>
            !isNegated && body.kind === 'field' && body.key === key && body.name === name,
        ),
    )
    .map(({ label }) => label);
}

interface Props {
  readonly view: CatalogView;
  readonly lens: Lens;
  readonly q: string;
  readonly onQuery: (q: string) => void;
  /** Values that cannot be taken away: whose log it is. */
  readonly locked: ReactNode;
}

export function Filters({ view, lens, q, onQuery, locked }: Props) {
  const filters = valueFilters(view);
  if (filters.length === 0 && locked === null) return null;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {locked}
      {filters.map((filter) => (
        <FilterChoice
          key={`${filter.key}.${filter.name}`}
          filter={filter}
          lens={lens}
          q={q}
          onQuery={onQuery}
        />
      ))}
    </div>
  );
}

interface ChoiceProps {
  readonly filter: Filter & { key: QueryKey };
  readonly lens: Lens;
  readonly q: string;
  readonly onQuery: (q: string) => void;
}

function FilterChoice({ filter, lens, q, onQuery }: ChoiceProps) {
  const reader = useReader();
  const { words } = reader;
  const [isOpen, setOpen] = useState(false);
  const values = valuesOf(queryOf(q) ?? [], filter);
  const isMissing = filter.required && values.length === 0;
  const named = useNames(filter.key, values, lens);
  const shown =
    values.length === 0
      ? filter.required
        ? words.filterChoose
        : words.filterAny
      : named.join(', ');
  return (
    <span className="inline-flex items-center">
      <Panel
        label={filter.label}
        open={isOpen}
        onOpenChange={setOpen}
        className="w-80"
        trigger={
          <Button className={`max-w-64 ${isMissing ? 'border-accent!' : ''}`}>
            <span className="text-ink-2">
              {filter.label}
              {filter.required && <span aria-hidden="true">*</span>}
              {filter.required && <span className="sr-only"> ({words.filterRequired})</span>}
            </span>
            <span className={`truncate ${values.length > 0 ? 'font-strong' : 'text-ink-3'}`}>
              {shown}
            </span>
            <ChevronDown className="icon text-ink-3" aria-hidden="true" />
          </Button>
        }
      >
        <Choices
          filter={filter}
          lens={lens}
          q={q}
          onQuery={onQuery}
          onDone={() => setOpen(false)}
        />
      </Panel>
      {values.length > 0 && (
        <IconButton
          label={words.filterClear(filter.label)}
          className="-ml-px"
          onClick={() => onQuery(edited(q, (query) => putValues(query, filter, [])))}
        >
          <X className="icon" aria-hidden="true" />
        </IconButton>
      )}
    </span>
  );
}

/** What chosen values are called; people and records stand in a query by their ids. */
function useNames(key: QueryKey, values: readonly string[], lens: Lens): string[] {
  const reader = useReader();
  const field = key === 'actor' || key === 'target' ? key : undefined;
  const found = useQueries({
    queries: values.map((prefix) => suggestionsOf(reader, lens, field, prefix)),
  });
  return values.map((value, index) => {
    const label = found[index]?.data?.find((one) => one.value === value)?.label;
    return valueWord(key, { value, label }, reader);
  });
}

function Choices({ filter, lens, q, onQuery, onDone }: ChoiceProps & { onDone: () => void }) {
  const reader = useReader();
  const { words } = reader;
  const [typed, setTyped] = useState('');
  const prefix = useSettled(typed, TYPING_MS);
  const { data = [], isPending } = useQuery({
    ...suggestionsOf(reader, lens, suggestFieldOf(filter.key), prefix),
    placeholderData: keepPreviousData,
  });
  const chosen = valuesOf(queryOf(q) ?? [], filter);
  const choose = (value: string) => {
    onQuery(
      edited(q, (query) =>
        filter.one ? putValues(query, filter, [value]) : toggleValue(query, filter, value),
      ),
    );
    if (filter.one) onDone();
  };
  const listed = [
    ...chosen
      .filter((value) => !data.some((one) => one.value === value))
      .map((value): Found => ({ value })),
    ...data,
    ...typesCalled(filter.key === 'target.type' ? typed : '', reader).filter(
      ({ value }) => !data.some((one) => one.value === value) && !chosen.includes(value),
    ),
  ];
  return (
    <div className="flex flex-col gap-2">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const value = typed.trim();
          if (value === '') return;
          choose(value);
          setTyped('');
        }}
      >
        <input
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          placeholder={words.filterSearch(filter.label)}
          aria-label={words.filterSearch(filter.label)}
          className={INPUT}
        />
      </form>
      <ul className="max-h-72 overflow-auto">
        {listed.map((found) => (
          <li key={`${found.type}:${found.value}`}>
            <ChoiceRow
              found={found}
              filter={filter}
              isChosen={chosen.includes(found.value)}
              onChoose={() => choose(found.value)}
            />
          </li>
        ))}
        {listed.length === 0 && !isPending && (
          <li className="px-2 text-ink-3">{words.nothingFound}</li>
        )}
      </ul>
    </div>
  );
}

/** Types by what people call them: the server proposes them by what events do. */
function typesCalled(typed: string, { catalog, locale }: Reader): Found[] {
  const start = typed.trim().toLocaleLowerCase(locale);
  if (start === '') return [];
  return catalog.resource_types
    .filter(({ label, synonyms }) =>
      [label, ...synonyms].some((one) => one.toLocaleLowerCase(locale).startsWith(start)),
    )
    .map(({ type }) => ({ value: type }));
}

/** Names repeat: type, id and the last change tell records apart. */
function ChoiceRow({
  found,
  filter,
  isChosen,
  onChoose,
}: {
  found: Found;
  filter: Filter;
  isChosen: boolean;
  onChoose: () => void;
}) {
  const reader = useReader();
  const { words, locale } = reader;
  const { value, label, type, matched, last_seen: seen, count } = found;
  const named = { value, ...(label === undefined ? {} : { label }) };
  const word = valueWord(filter.key, named, reader);
  const details = [
    type && typeWord('record', type, reader),
    label !== undefined && label !== value && value,
    matched,
    seen && words.lastChange(shortMoment(Date.parse(seen), reader)),
  ].filter(Boolean);
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className={classes(
        'flex min-h-7 w-full cursor-pointer items-start gap-2 rounded px-2 py-0.5',
        'text-left hover:bg-accent-tint pointer-coarse:min-h-11',
      )}
    >
      <Check className={`icon mt-0.5 ${isChosen ? '' : 'invisible'}`} aria-hidden="true" />
      <span className="min-w-0 grow">
        {word}
        {details.length > 0 && (
          <span className="block truncate text-meta text-ink-3">{details.join(' · ')}</span>
        )}
      </span>
      {count !== undefined && <span className="text-meta text-ink-3">{number(count, locale)}</span>}
    </button>
  );
}

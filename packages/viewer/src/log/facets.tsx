/** What the events of a search have most often: a click shows only this, a minus all but this. */
import type { Facets as Answer } from '@annals/contract/find';
import { printQuery, type Query } from '@annals/contract/query';
import type { FacetField } from '@annals/contract/values';
import { Minus } from 'lucide-react';
import { useState } from 'react';
import {
  hasValue,
  onlyValue,
  queryOf,
  toggleValue,
  valuesOf,
  withoutValue,
  withoutValues,
} from '../find/query-edit.ts';
import { IconButton } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { INPUT } from '../look/field.tsx';
import { ValueIcon } from '../look/icons.tsx';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import type { FacetAnswer } from './use-answers.ts';
import { useFacetValues } from './use-facet-values.ts';
import type { Search } from './use-rows.ts';
import { valueWord } from './value-word.ts';

type Facet = Answer['facets'][number];
type Value = Facet['values'][number];

/** How many values are searched instead of all being in sight. */
const TOP = 8;

interface Props {
  readonly search: Search | undefined;
  readonly answer: FacetAnswer;
  readonly q: string;
  readonly onQuery: (q: string) => void;
}

export function FacetList({ search, answer, q, onQuery }: Props) {
  const { words } = useReader();
  const query = queryOf(q) ?? [];
  const shown = answer.facets.filter(
    ({ field, values }) => values.length > 1 || hasChoice(query, field) || values.length === 1,
  );
  return (
    <nav aria-label={words.facets} className="flex flex-col gap-4 py-1">
      {shown.map((facet) => (
        <Group
          key={facet.field}
          facet={facet}
          query={query}
          onQuery={onQuery}
          search={search}
          isExact={answer.isExact}
        />
      ))}
    </nav>
  );
}

const hasChoice = (query: Query, field: FacetField): boolean =>
  valuesOf(query, { key: field }).length > 0 || withoutValues(query, { key: field }).length > 0;

interface GroupProps {
  readonly facet: Facet;
  readonly query: Query;
  readonly onQuery: (q: string) => void;
  readonly search: Search | undefined;
  readonly isExact: boolean;
}

function Group({ facet, query, onQuery, search, isExact }: GroupProps) {
  const { words, locale } = useReader();
  const { field, others } = facet;
  const [typed, setTyped] = useState('');
  const found = useFacetValues(search, field, typed);
  const label = words.facetNames[field];
  const chosen = valuesOf(query, { key: field });
  const values = typed === '' ? withChosen(facet.values.slice(0, TOP), chosen) : found;
  return (
    <section aria-label={label}>
      <h2 className="mb-0.5 flex items-baseline gap-2 text-meta font-strong text-ink-2">{label}</h2>
      {others > 0 && (
        <input
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          placeholder={words.others(number(others, locale))}
          aria-label={words.facetSearch(label)}
          className={`${INPUT} mb-0.5 min-h-6! text-meta`}
        />
      )}
      <ul>
        {values.map((value) => (
          <Row
            key={value.value}
            field={field}
            value={value}
            query={query}
            onQuery={onQuery}
            isExact={isExact}
          />
        ))}
      </ul>
    </section>
  );
}

/** What is chosen stays in sight, though it be rare. */
const withChosen = (values: readonly Value[], chosen: readonly string[]): Value[] => [
  ...values,
  ...chosen
    .filter((value) => !values.some((one) => one.value === value))
    .map((value) => ({ value, count: 0 })),
];

interface RowProps {
  readonly field: FacetField;
  readonly value: Value;
  readonly query: Query;
  readonly onQuery: (q: string) => void;
  readonly isExact: boolean;
}

const isException = (field: FacetField, value: string): boolean =>
  field === 'outcome' && (value === 'failure' || value === 'denied');
const EXCEPTION_INK: Readonly<Record<string, string>> = {
  failure: 'text-failure',
  denied: 'text-denied',
};

function Row({ field, value, query, onQuery, isExact }: RowProps) {
  const reader = useReader();
  const { words, locale } = reader;
  const key = { key: field };
  const word = valueWord(field, value, reader);
  const isOn = hasValue(query, key, value.value);
  const isOff = withoutValues(query, key).includes(value.value);
  const choose = (event: { metaKey: boolean; ctrlKey: boolean; shiftKey: boolean }) => {
    const isMore = event.metaKey || event.ctrlKey || event.shiftKey || isOn;
    const next = isMore ? toggleValue(query, key, value.value) : onlyValue(query, key, value.value);
    onQuery(printQuery(next));
  };
  const icon = field === 'outcome' || field === 'initiator' ? field : undefined;
  return (
    <li className="group relative flex items-center">
      <button
        type="button"
        aria-pressed={isOn}
        onClick={choose}
        className={classes(
          'flex min-h-6 min-w-0 grow cursor-pointer items-center gap-1.5 rounded px-1 text-left',
          'hover:bg-accent-tint aria-pressed:bg-accent-tint aria-pressed:font-strong',
          '@max-narrow/log:min-h-11',
          isException(field, value.value) && EXCEPTION_INK[value.value],
          isOff && 'text-ink-3 line-through',
        )}
      >
        {icon && isException(field, value.value) && <ValueIcon of={icon} value={value.value} />}
        <span className="grow truncate" title={word}>
          {word}
        </span>
        <span className="shrink-0 text-meta text-ink-3 group-hover:pr-6 group-focus-within:pr-6">
          {value.count > 0 && number(value.count, locale)}
          {value.count > 0 && !isExact && '+'}
        </span>
      </button>
      <IconButton
        label={words.withoutThis(word)}
        aria-pressed={isOff}
        className="on-hover absolute! right-0 min-h-6! min-w-6!"
        onClick={() => onQuery(printQuery(withoutValue(query, key, value.value)))}
      >
        <Minus className="icon" aria-hidden="true" />
      </IconButton>
    </li>
  );
}

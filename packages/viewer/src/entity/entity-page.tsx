/** The page of a person or a record: its names, its time, and its log. */

import { Lock } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { LogState } from '../find/log-state.ts';
import { Log } from '../log/log.tsx';
import type { LogPart } from '../log/log-header.tsx';
import { State } from '../log/states.tsx';
import { Button } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { Check } from '../look/field.tsx';
import { Tabs } from '../look/tabs.tsx';
import { type CatalogView, typeWord, useReader } from '../reader.tsx';
import { date, number, shortMoment } from '../words/format.ts';
import { AsItWas } from './as-it-was.tsx';
import { Calendar } from './calendar.tsx';
import { type EntityPlace, lensFor, viewFor } from './entity.ts';
import { FieldHistory } from './field-history.tsx';
import { TopActivities } from './top-activities.tsx';
import { type Entity, useEntity, useNames } from './use-entity.ts';

interface Props {
  readonly place: EntityPlace;
  /** The view that the address names. */
  readonly asked: string | undefined;
  readonly state: LogState;
  readonly onState: (state: LogState, isStep: boolean) => void;
  readonly linkOf: ((state: LogState) => string) | undefined;
  readonly isWholePage: boolean;
  readonly onTitle?: (title: string) => void;
  readonly onOpened?: (id: string) => void;
  readonly hidden?: ReadonlySet<LogPart>;
}

export function EntityPage(props: Props) {
  const { place, asked } = props;
  const { catalog, words } = useReader();
  const view = viewFor(catalog.views, place, asked);
  if (view === undefined) return <State>{words.notAllowed}</State>;
  return <EntityThrough key={`${place.type}:${place.id}:${view.view}`} {...props} view={view} />;
}

const HEADERLESS: ReadonlySet<LogPart> = new Set(['header', 'save']);

function EntityThrough({
  place,
  view,
  state,
  hidden = HEADERLESS,
  onTitle,
  ...rest
}: Props & { view: CatalogView }) {
  const { words } = useReader();
  const [hasChildren, setChildren] = useState(true);
  const lens = lensFor(view, place);
  const shownLens = lensFor(view, place, hasChildren);
  const { data: entity } = useEntity(place, lens);
  const name = entity?.name ?? entity?.email ?? place.id;
  useEffect(() => onTitle?.(name), [name, onTitle]);
  const log = (
    <Log
      view={view}
      lens={shownLens}
      state={state}
      locked={
        <>
          <LockedChip name={name} />
          {place.kind === 'record' && (
            <Check
              label={words.withChildrenAny}
              checked={hasChildren}
              onChange={({ target }) => setChildren(target.checked)}
            />
          )}
        </>
      }
      hidden={new Set([...HEADERLESS, ...hidden])}
      {...rest}
    />
  );
  return (
    <div className="flex min-h-0 grow flex-col gap-2">
      <EntityHeader place={place} entity={entity} name={name} lens={lens} />
      {place.kind === 'actor' ? (
        <ActorTabs log={log} lens={lens} />
      ) : (
        <RecordTabs log={log} lens={lens} place={place} />
      )}
      <span className="sr-only">{words.logOf(name)}</span>
    </div>
  );
}

/** Whose log it is: cannot be taken away (S3.25). */
function LockedChip({ name }: { name: string }) {
  return (
    <span
      className={classes(
        'inline-flex min-h-7 items-center gap-1.5 rounded border border-line',
        'bg-paper px-2 text-ink-2',
      )}
    >
      <Lock className="icon" aria-hidden="true" />
      {name}
    </span>
  );
}

type LensOf = ReturnType<typeof lensFor>;

interface HeaderProps {
  readonly place: EntityPlace;
  readonly entity: Entity | null | undefined;
  readonly name: string;
  readonly lens: LensOf;
}

function EntityHeader({ place, entity, name, lens }: HeaderProps) {
  const reader = useReader();
  const { words, locale } = reader;
  const { data: names = [] } = useNames(entity, lens);
  const type = typeWord(place.kind, place.type, reader);
  const deleted = entity && 'deleted_at' in entity ? entity.deleted_at : null;
  const facts = [
    ...names.map((one) =>
      one.until === undefined
        ? words.formerly(one.name)
        : `“${one.name}” ${words.until(date(one.until, reader))}`,
    ),
    ...(entity
      ? [
          words.summary(
            words.events(number(entity.events, locale)),
            shortMoment(Date.parse(entity.last_seen), reader),
          ),
        ]
      : []),
    ...(deleted ? [words.deletedAt(shortMoment(Date.parse(deleted), reader))] : []),
  ];
  return (
    <header className="flex flex-wrap items-start gap-2">
      <div className="mr-auto min-w-0">
        <h1 className="text-title font-strong">
          {name} <span className="font-normal text-ink-3">{type}</span>{' '}
          {name !== place.id && (
            <span className="font-mono text-body font-normal text-ink-3">{place.id}</span>
          )}
        </h1>
        {entity?.email && entity.email !== name && <p className="text-ink-2">{entity.email}</p>}
        <p className="text-ink-2">{facts.join(' · ')}</p>
      </div>
      <Button className="print:hidden" onClick={() => window.print()}>
        {words.print}
      </Button>
    </header>
  );
}

function RecordTabs({ log, lens, place }: { log: ReactNode; lens: LensOf; place: EntityPlace }) {
  const { words } = useReader();
  return (
    <Tabs
      label={words.log}
      className="flex min-h-0 grow flex-col"
      tabs={[
        { value: 'timeline', label: words.timeline, panel: log },
        { value: 'fields', label: words.fields, panel: <FieldHistory lens={lens} place={place} /> },
        { value: 'as-it-was', label: words.asItWas, panel: <AsItWas lens={lens} place={place} /> },
      ]}
    />
  );
}

function ActorTabs({ log, lens }: { log: ReactNode; lens: LensOf }) {
  const { words } = useReader();
  return (
    <Tabs
      label={words.log}
      className="flex min-h-0 grow flex-col"
      tabs={[
        { value: 'timeline', label: words.timeline, panel: log },
        {
          value: 'calendar',
          label: words.calendar,
          panel: (
            <div className="flex flex-col gap-6 overflow-auto">
              <Calendar lens={lens} />
              <TopActivities lens={lens} />
            </div>
          ),
        },
      ]}
    />
  );
}

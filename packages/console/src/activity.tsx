/** The activity reference: what is recorded, under which names, since when; made of the catalog. */
import type { Catalog } from '@annals/contract/catalog';
import { fold } from '@annals/contract/words';
import { State } from '@annals/viewer/log/states.tsx';
import { INPUT } from '@annals/viewer/look/field.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useState } from 'react';
import { useTenantTitle } from './title.ts';

type Resource = Catalog['resource_types'][number];
type EventType = Catalog['event_types'][number];
type Action = EventType['actions'][number];

const holds = (texts: readonly (string | undefined)[], asked: string): boolean =>
  texts.some((text) => text !== undefined && fold(text).includes(asked));

export function ActivityReference() {
  const { catalog } = useReader();
  useTenantTitle('Activity reference');
  const [typed, setTyped] = useState('');
  const asked = fold(typed.trim());
  const resources = catalog.resource_types.filter(
    ({ type, label, description, synonyms, includes, excludes }) =>
      holds([type, label, description, ...synonyms, ...includes, ...excludes], asked),
  );
  const types = catalog.event_types
    .map((one) => ({
      ...one,
      actions: one.actions.filter((action) => isAbout(one, action, asked)),
    }))
    .filter(({ actions }) => actions.length > 0);
  const isEmpty = catalog.resource_types.length === 0 && catalog.event_types.length === 0;
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-col gap-4 pb-8">
      <h1 className="text-title font-strong">Activity reference</h1>
      {isEmpty ? (
        <State>This project has no definition yet: every event is recorded as it is sent.</State>
      ) : (
        <input
          type="search"
          className={`${INPUT} h-9`}
          placeholder="Search records, activities, fields, other names"
          aria-label="Search the activity reference"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      )}
      {!isEmpty && resources.length + types.length === 0 && (
        <State>Nothing of this name is recorded.</State>
      )}
      {resources.length > 0 && <h2 className="text-sentence font-strong">Records</h2>}
      {resources.map((resource) => (
        <ResourceEntry key={resource.type} resource={resource} />
      ))}
      {types.map((one) => (
        <TypeEntry key={one.event_type} type={one} />
      ))}
    </div>
  );
}

const isAbout = ({ event_type, label }: EventType, action: Action, asked: string): boolean =>
  holds(
    [
      event_type,
      label,
      action.action,
      action.activity,
      action.description,
      ...action.sentences,
      ...action.fields.flatMap((field) => [field.label, field.path, field.description]),
    ],
    asked,
  );

function ResourceEntry({ resource }: { resource: Resource }) {
  const { type, label, description, synonyms, includes, excludes, since } = resource;
  return (
    <div className="border-t border-line pt-2">
      <h3 className="font-strong">
        {label} <span className="font-mono text-meta font-normal text-ink-3">{type}</span>
      </h3>
      {synonyms.length > 0 && <p className="text-ink-2">Also called {synonyms.join(', ')}</p>}
      {description && <p>{description}</p>}
      {includes.length > 0 && <Notes title="Includes" notes={includes} />}
      {excludes.length > 0 && <Notes title="Does not include" notes={excludes} />}
      {since && <p className="text-meta text-ink-3">Recorded since {since}</p>}
    </div>
  );
}

function Notes({ title, notes }: { title: string; notes: readonly string[] }) {
  return (
    <div className="mt-1">
      <span className="text-meta font-strong text-ink-2">{title}</span>
      <ul className="list-disc pl-5">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  );
}

function TypeEntry({ type }: { type: EventType }) {
  return (
    <div>
      <h2 className="text-sentence font-strong">
        {type.label}{' '}
        <span className="font-mono text-meta font-normal text-ink-3">{type.event_type}</span>
      </h2>
      {type.actions.map((action) => (
        <ActionEntry key={action.action} action={action} />
      ))}
    </div>
  );
}

function ActionEntry({ action }: { action: Action }) {
  const { activity, description, sentences, fields } = action;
  return (
    <div className="border-t border-line py-2">
      <h3 className="font-strong">
        {activity}{' '}
        <span className="font-mono text-meta font-normal text-ink-3">{action.action}</span>
      </h3>
      {description && <p>{description}</p>}
      {sentences[0] && <p className="text-ink-2 italic">{sentences[0]}</p>}
      {fields.length > 0 && (
        <dl className="mt-1 grid grid-cols-[minmax(8rem,16rem)_1fr] gap-x-4">
          {fields.map((field) => (
            <div key={`${field.path}${field.since}`} className="contents">
              <dt title={field.path}>{field.label}</dt>
              <dd className="text-ink-2">
                {field.description}
                {field.since && ` Since ${field.since}.`}
                {field.until && ` Until ${field.until}.`}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

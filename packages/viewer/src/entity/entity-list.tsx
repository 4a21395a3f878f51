/** People or records of a log, seen last first; found by any name, e-mail or id they ever had. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { PlaceLink } from '../event/facts.tsx';
import { Notices } from '../log/notices.tsx';
import { type Lens, placeOf } from '../log/question.ts';
import { State, TroubleNote, Waiting } from '../log/states.tsx';
import { troubleOf } from '../log/troubles.ts';
import { useSettled } from '../log/use-settled.ts';
import { Button } from '../look/button.tsx';
import { INPUT } from '../look/field.tsx';
import { type CatalogView, typeWord, typeWords, useReader } from '../reader.tsx';
import { number, shortMoment } from '../words/format.ts';
import type { EntityKind } from './entity.ts';
import type { Entity } from './use-entity.ts';

const TYPING_MS = 200;

interface Props {
  readonly kind: EntityKind;
  /** An unbound view; undefined: the role has none, and an id must be named. */
  readonly view: CatalogView | undefined;
}

export function EntityList({ kind, view }: Props) {
  const { words } = useReader();
  const title = kind === 'actor' ? words.people : words.records;
  return (
    <div className="flex min-h-0 grow flex-col gap-2">
      <h1 className="text-title font-strong">{title}</h1>
      {view === undefined ? <NamedEntity kind={kind} /> : <Listed kind={kind} view={view} />}
    </div>
  );
}

function useEntities(kind: EntityKind, lens: Lens, search: string, type: string) {
  const reader = useReader();
  const { client, tenantId } = reader;
  return useInfiniteQuery({
    queryKey: ['entities', kind, tenantId, lens, search, type],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const asked = {
        ...placeOf(reader, lens),
        ...(search === '' ? {} : { search }),
        ...(type === '' ? {} : { type }),
        ...(pageParam === undefined ? {} : { cursor: pageParam }),
      };
      if (kind === 'actor') {
        const { actors, ...rest } = await client.actors.list(asked, { signal });
        return { entries: actors as readonly Entity[], ...rest };
      }
      const { records, ...rest } = await client.records.list(asked, { signal });
      return { entries: records as readonly Entity[], ...rest };
    },
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

function Listed({ kind, view }: { kind: EntityKind; view: CatalogView }) {
  const reader = useReader();
  const { words } = reader;
  const [typed, setTyped] = useState('');
  const [type, setType] = useState('');
  const search = useSettled(typed.trim(), TYPING_MS);
  const { data, error, refetch, hasNextPage, fetchNextPage } = useEntities(
    kind,
    { view: view.view, subject: undefined },
    search,
    type,
  );
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  const types = typeWords(kind, reader);
  const help = kind === 'actor' ? words.peopleSearch : words.recordsSearch;
  return (
    <>
      <div className="flex flex-wrap gap-2">
        <input
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          placeholder={help}
          aria-label={help}
          className={`${INPUT} h-9 max-w-xl grow basis-72`}
          type="search"
        />
        <select
          aria-label={words.kind}
          value={type}
          onChange={({ target }) => setType(target.value)}
          className={`${INPUT} h-9 w-auto!`}
        >
          <option value="">{words.allKinds}</option>
          {types.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <Notices notices={data?.pages.at(-1)?.notices ?? []} delay={view.delay} />
      {error && <TroubleNote trouble={troubleOf(error, words)} onRetry={() => void refetch()} />}
      {data === undefined && !error && <Waiting />}
      {data && entries.length === 0 && (
        <State>{kind === 'actor' ? words.nobodyFound : words.noRecordFound}</State>
      )}
      {entries.length > 0 && (
        <div className="min-h-0 grow overflow-auto">
          <EntityTable kind={kind} entries={entries} />
          {hasNextPage && (
            <Button className="my-2" onClick={() => void fetchNextPage()}>
              {words.more}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

function EntityTable({ kind, entries }: { kind: EntityKind; entries: readonly Entity[] }) {
  const reader = useReader();
  const { words } = reader;
  return (
    <table className="w-full text-left">
      <thead className="sticky top-0 bg-paper text-meta text-ink-2">
        <tr className="border-b border-line">
          <th className="py-1 pr-3 font-strong">{words.name}</th>
          <th className="py-1 pr-3 font-strong @max-narrow/log:hidden">{words.kind}</th>
          <th className="py-1 pr-3 font-strong">{words.lastSeen}</th>
          <th className="py-1 text-right font-strong">{words.eventCount}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entity) => (
          <EntityRow
            key={`${entity.type}:${entity.id}:${entity.name}`}
            kind={kind}
            entity={entity}
          />
        ))}
      </tbody>
    </table>
  );
}

function EntityRow({ kind, entity }: { kind: EntityKind; entity: Entity }) {
  const reader = useReader();
  const { words, locale } = reader;
  const { type, id, name, email, former_names: former } = entity;
  const typed = typeWord(kind, type, reader);
  const label = name ?? email ?? id ?? (kind === 'actor' ? typed : type);
  const deleted = 'deleted_at' in entity ? entity.deleted_at : null;
  const details = [
    email !== label && email,
    id !== label && id,
    former.length > 0 && words.formerly(former.slice(0, 2).join(', ')),
    deleted && words.deletedAt(shortMoment(Date.parse(deleted), reader)),
  ].filter(Boolean);
  return (
    <tr className="border-b border-line align-top">
      <td className="py-1 pr-3">
        <PlaceLink place={id === undefined ? undefined : { kind, type, id }}>{label}</PlaceLink>
        {deleted && <span className="ml-1 text-ink-3">({words.deleted})</span>}
        <span className="block text-meta text-ink-3">{details.join(' · ')}</span>
      </td>
      <td className="py-1 pr-3 text-ink-2 @max-narrow/log:hidden">{typed}</td>
      <td className="py-1 pr-3 whitespace-nowrap">
        {shortMoment(Date.parse(entity.last_seen), reader)}
      </td>
      <td className="py-1 text-right">{number(entity.events, locale)}</td>
    </tr>
  );
}

/** A role that sees one person or record at a time names which (S3.13). */
function NamedEntity({ kind }: { kind: EntityKind }) {
  const reader = useReader();
  const { words, go, catalog } = reader;
  const [type, setType] = useState(
    kind === 'actor' ? 'user' : (catalog.resource_types[0]?.type ?? ''),
  );
  const [id, setId] = useState('');
  const types = typeWords(kind, reader);
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim() !== '') go({ kind, type, id: id.trim() });
      }}
    >
      <label className="flex flex-col gap-1">
        <span className="text-meta font-strong text-ink-2">{words.kind}</span>
        <select value={type} onChange={({ target }) => setType(target.value)} className={INPUT}>
          {types.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label className="flex flex-col gap-1">
        <span className="text-meta font-strong text-ink-2">{words.idOfOne}</span>
        <input
          value={id}
          onChange={({ target }) => setId(target.value)}
          required
          className={INPUT}
        />
      </label>
      <Button type="submit" kind="primary">
        {words.openPage}
      </Button>
    </form>
  );
}

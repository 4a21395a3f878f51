/** Fields of a record: the value, who set it last and when, and every value before. */
import { useState } from 'react';
import { ShownValue } from '../event/changes.tsx';
import { shownOf } from '../event/differences.ts';
import { PlaceLink } from '../event/facts.tsx';
import { actorName, When } from '../log/cells.tsx';
import type { Lens } from '../log/question.ts';
import { State, TroubleNote, Waiting } from '../log/states.tsx';
import { troubleOf } from '../log/troubles.ts';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import type { EntityPlace } from './entity.ts';
import { type FieldEntry, historyOf } from './history.ts';
import { HISTORY_MOST, usePast } from './use-entity.ts';

interface Props {
  readonly lens: Lens;
  readonly place: EntityPlace;
}

export function FieldHistory({ lens, place }: Props) {
  const { words, locale } = useReader();
  const { data: past, error, refetch } = usePast(lens);
  if (error)
    return <TroubleNote trouble={troubleOf(error, words)} onRetry={() => void refetch()} />;
  if (past === undefined) return <Waiting />;
  const fields = [...historyOf(past.events, place).values()];
  if (fields.length === 0) return <State>{words.noFields}</State>;
  return (
    <div className="overflow-auto">
      {past.isCut && (
        <p className="mb-2 text-ink-2">{words.partialCut(number(HISTORY_MOST, locale))}</p>
      )}
      <FieldTable fields={fields} />
    </div>
  );
}

function FieldTable({ fields }: { fields: readonly (readonly FieldEntry[])[] }) {
  const { words } = useReader();
  return (
    <table className="w-full text-left">
      <thead className="text-meta text-ink-2">
        <tr>
          <th className="py-1 pr-3 font-strong">{words.field}</th>
          <th className="py-1 pr-3 font-strong">{words.value}</th>
          <th className="py-1 pr-3 font-strong">{words.setBy}</th>
          <th className="py-1 font-strong">{words.setAt}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((entries) => (
          <FieldRows key={entries[0]?.path} entries={entries} />
        ))}
      </tbody>
    </table>
  );
}

/** The last value; the earlier ones when somebody asks. */
function FieldRows({ entries }: { entries: readonly FieldEntry[] }) {
  const { words, locale } = useReader();
  const [isOpen, setOpen] = useState(false);
  const last = entries.at(-1);
  if (last === undefined) return null;
  const shown = isOpen ? entries.toReversed() : [last];
  const isFirst = (entry: FieldEntry) => entry === last;
  return shown.map((entry) => (
    <tr key={entry.event.id} className="border-t border-line align-top">
      <td className="py-1 pr-3">
        {isFirst(entry) && (
          <>
            <span title={entry.path}>{entry.label ?? entry.path}</span>
            {entries.length > 1 && (
              <button
                type="button"
                aria-expanded={isOpen}
                className="ml-2 cursor-pointer rounded text-meta text-accent hover:underline"
                onClick={() => setOpen(!isOpen)}
              >
                {isOpen ? words.showLess : words.showAll(number(entries.length, locale))}
              </button>
            )}
          </>
        )}
      </td>
      <td className="py-1 pr-3">
        <EntryValue entry={entry} />
      </td>
      <SetBy entry={entry} />
    </tr>
  ));
}

export function EntryValue({ entry }: { entry: FieldEntry }) {
  const { words } = useReader();
  return (
    <>
      {entry.isHidden ? (
        <i className="text-ink-3">{words.valuesHidden}</i>
      ) : (
        <ShownValue shown={shownOf(entry.value)} />
      )}
      {entry.isBreak && <span className="block text-meta text-denied">{words.breakHere}</span>}
    </>
  );
}

export function SetBy({ entry: { event } }: { entry: FieldEntry }) {
  const reader = useReader();
  return (
    <>
      <td className="py-1 pr-3">{actorName(event.actor, reader)}</td>
      <td className="py-1 whitespace-nowrap">
        <PlaceLink place={{ kind: 'event', id: event.id }}>›</PlaceLink>{' '}
        <When iso={event.occurred_at} />
      </td>
    </>
  );
}

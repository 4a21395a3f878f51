/** A record as it was at a moment, and how sure that is. Never claimed more than events prove. */
import { useState } from 'react';
import { momentOf, partsIn } from '../find/zone.ts';
import type { Lens } from '../log/question.ts';
import { State, TroubleNote, Waiting } from '../log/states.tsx';
import { troubleOf } from '../log/troubles.ts';
import { TextField } from '../look/field.tsx';
import { useReader } from '../reader.tsx';
import { fullMoment, number } from '../words/format.ts';
import type { Words } from '../words/words.ts';
import type { EntityPlace } from './entity.ts';
import { EntryValue, SetBy } from './field-history.tsx';
import { type State as RecordState, stateAt } from './history.ts';
import { HISTORY_MOST, usePast } from './use-entity.ts';

const pad = (n: number) => String(n).padStart(2, '0');
/** As an input of the browser writes it, in the zone that is shown. */
function localText(zone: string, ms: number): string {
  const { year, month, day, hour, minute, second } = partsIn(zone, ms);
  return `${year}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}`;
}

function localMoment(zone: string, text: string): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text
    .split(/[-T:]/)
    .map(Number);
  return momentOf(zone, { year, month, day, hour, minute, second });
}

export function AsItWas({ lens, place }: { lens: Lens; place: EntityPlace }) {
  const reader = useReader();
  const { words, zone } = reader;
  const [text, setText] = useState(() => localText(zone, Date.now()));
  const { data: past, error, refetch } = usePast(lens);
  if (error)
    return <TroubleNote trouble={troubleOf(error, words)} onRetry={() => void refetch()} />;
  if (past === undefined) return <Waiting />;
  // The second that is named is included.
  const moment = localMoment(zone, text) + 999;
  const state = stateAt(past.events, place, Number.isNaN(moment) ? Date.now() : moment);
  return (
    <div className="flex flex-col gap-3 overflow-auto">
      <div className="w-64">
        <TextField
          type="datetime-local"
          step={1}
          label={words.asItWasOn}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      <Verdict state={state} isCut={past.isCut} />
      {state.exists && state.fields.length > 0 && state.certainty !== 'unavailable' && (
        <Fields state={state} />
      )}
      {!state.exists && past.events.length > 0 && <State>{words.didNotExist}</State>}
      <p className="text-meta text-ink-3">
        {Number.isNaN(moment) ? '' : fullMoment(moment, reader)}
      </p>
    </div>
  );
}

/** Why it is not more certain than that. */
function whysOf(state: RecordState, isCut: boolean, words: Words, most: string): string[] {
  const { certainty, hasCreation, hasFirstValues, broken, hidden } = state;
  if (certainty === 'unavailable')
    return [hidden.length > 0 ? words.unavailableValues : words.unavailableNothing];
  if (certainty === 'exact' && !isCut) return [words.exactWhy];
  return [
    ...(isCut ? [words.partialCut(most)] : []),
    ...(hasCreation ? [] : [words.partialNoCreate]),
    ...(hasCreation && !hasFirstValues ? [words.partialNoValues] : []),
    ...(broken.length > 0 ? [words.partialBreak(broken.join(', '))] : []),
    ...(hidden.length > 0 ? [words.partialHidden(hidden.join(', '))] : []),
  ];
}

function Verdict({ state, isCut }: { state: RecordState; isCut: boolean }) {
  const { words, locale } = useReader();
  const certainty = isCut && state.certainty === 'exact' ? 'partial' : state.certainty;
  return (
    <p data-certainty={certainty}>
      <strong className="font-strong">{words[certainty]}</strong>
      {'. '}
      <span className="text-ink-2">
        {whysOf(state, isCut, words, number(HISTORY_MOST, locale)).join(' ')}
      </span>
    </p>
  );
}

function Fields({ state }: { state: RecordState }) {
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
        {state.fields.map((entry) => (
          <tr key={entry.path} className="border-t border-line align-top">
            <td className="py-1 pr-3" title={entry.path}>
              {entry.label ?? entry.path}
            </td>
            <td className="py-1 pr-3">
              <EntryValue entry={entry} />
            </td>
            <SetBy entry={entry} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

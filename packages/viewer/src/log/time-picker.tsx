/**
 * Which time a search covers: the usual ranges, a month, days of a calendar, or as people write
 * it. What the view does not allow is there, disabled, and says why.
 */

import { ChevronDown } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { forbiddenWhy, type Limits } from '../find/limits.ts';
import {
  boundsOf,
  daysOf,
  daysRange,
  monthRange,
  PRESETS,
  type PresetName,
  type Range,
} from '../find/range.ts';
import { typedRange } from '../find/typed-range.ts';
import { dayIn } from '../find/zone.ts';
import { Button } from '../look/button.tsx';
import { TextField } from '../look/field.tsx';
import { Panel } from '../look/popup.tsx';
import { useReader } from '../reader.tsx';
import {
  type Formatting,
  lastPeriodText,
  periodText,
  rangeText,
  zoneLabel,
} from '../words/format.ts';
import { ZonePicker } from './zone-picker.tsx';

interface Props {
  readonly range: Range;
  readonly limits: Limits;
  readonly onRange: (range: Range) => void;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

const WRITTEN = 'input:not([type="date"])';
/** There the focus would bring up a keyboard over the presets. */
const isByFinger = (): boolean => matchMedia('(pointer: coarse)').matches;

export function TimePicker({ range, limits, onRange, open, onOpen }: Props) {
  const reader = useReader();
  const { words, zone } = reader;
  const now = Date.now();
  const choose = (next: Range) => {
    onRange(next);
    onOpen(false);
  };
  const presets = Object.keys(PRESETS) as PresetName[];
  const named: readonly (readonly [string, Range])[] = [
    ...presets.map((name) => [words.last[name], PRESETS[name]] as const),
    [words.thisMonth, monthRange(zone, now, 0)],
    [words.lastMonth, monthRange(zone, now, -1)],
    [words.allTime, { kind: 'all' }],
  ];
  return (
    <Panel
      label={words.timeRange}
      open={open}
      onOpenChange={onOpen}
      className="w-[30rem]"
      {...(isByFinger() ? {} : { focusOn: WRITTEN })}
      trigger={
        <Button className="h-9 max-w-full">
          <span className="truncate">{rangeText(range, reader)}</span>
          <span className="truncate text-ink-3">{zoneLabel(zone, now)}</span>
          <ChevronDown className="icon text-ink-3" aria-hidden="true" />
        </Button>
      }
    >
      <div className="flex flex-wrap gap-4">
        <ul className="flex min-w-40 grow flex-col">
          {named.map(([label, choice]) => (
            <li key={label}>
              <Button
                kind="quiet"
                className="w-full justify-start!"
                aria-pressed={JSON.stringify(choice) === JSON.stringify(range)}
                disabledWhy={forbiddenWhy(choice, limits, zone, now, whysOf(reader))}
                onClick={() => choose(choice)}
              >
                {label}
              </Button>
            </li>
          ))}
        </ul>
        <div className="flex min-w-52 grow flex-col gap-3">
          <CustomDays range={range} limits={limits} onRange={choose} />
          <TypedTime limits={limits} onRange={choose} />
          <ZonePicker />
        </div>
      </div>
    </Panel>
  );
}

/** Why the view forbids a range, in the reader's words. */
export const whysOf = (about: Formatting) => ({
  window: (period: string) => about.words.beyondWindow(periodText(period, about)),
  reach: (period: string) => about.words.beyondReach(lastPeriodText(period, about)),
});

interface Choosing {
  readonly limits: Limits;
  readonly onRange: (range: Range) => void;
}

function CustomDays({ range, limits, onRange }: Choosing & { range: Range }) {
  const reader = useReader();
  const { words, zone } = reader;
  const now = Date.now();
  const shown = daysOf(range, zone, now);
  const [from, setFrom] = useState(shown.from);
  const [to, setTo] = useState(shown.to);
  const chosen = daysRange(from, to);
  const why = chosen && forbiddenWhy(chosen, limits, zone, now, whysOf(reader));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen && why === undefined) onRange(chosen);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <div className="flex gap-2">
        <TextField
          type="date"
          label={words.fromDay}
          value={from}
          max={dayIn(zone, now)}
          onChange={({ target }) => setFrom(target.value)}
        />
        <TextField
          type="date"
          label={words.toDay}
          value={to}
          min={from}
          max={dayIn(zone, now)}
          onChange={({ target }) => setTo(target.value)}
        />
      </div>
      {why !== undefined && (
        <p role="alert" className="text-meta text-denied">
          {why}
        </p>
      )}
      <Button type="submit" kind="primary" disabled={chosen === undefined || why !== undefined}>
        {words.apply}
      </Button>
    </form>
  );
}

function TypedTime({ limits, onRange }: Choosing) {
  const reader = useReader();
  const { words, zone } = reader;
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const now = Date.now();
    const found = typedRange(text, zone, now);
    const why = found && forbiddenWhy(found, limits, zone, now, whysOf(reader));
    if (found && why === undefined && boundsOf(found, zone, now)) onRange(found);
    else setProblem(why ?? words.typedRangeUnread);
  };
  return (
    <form onSubmit={submit}>
      <TextField
        label={words.typedRange}
        help={words.typedRangeExample}
        value={text}
        problem={problem}
        onChange={({ target }) => {
          setText(target.value);
          setProblem(undefined);
        }}
      />
    </form>
  );
}

/**
 * How many events when: at most 120 bars over the whole range, stacked by outcome, with a part of
 * it to be chosen by mouse or keyboard. Drawn as SVG, so that colours, hatching and sizes are
 * those of the page.
 */

import type { Histogram as Answer } from '@annals/contract/find';
import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from 'react';
import { ticksOf } from '../find/axis.ts';
import { Button } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { type Reader, useReader } from '../reader.tsx';
import { number, shortClock, shortDate, shortMoment } from '../words/format.ts';

export interface Zoom {
  readonly from: number;
  readonly to: number;
}

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** From below. */
const STACK = ['failure', 'denied', 'unknown', 'success'] as const;
const FILLS: Readonly<Record<(typeof STACK)[number], string>> = {
  failure: 'fill-(--annals-bar-failure)',
  denied: 'fill-(--annals-bar-denied)',
  unknown: 'fill-(--annals-bar-unknown)',
  success: 'fill-(--annals-bar-success)',
};
/** Heights are parts of this. */
const TALL = 100;

const barsOf = ({ buckets, to }: Answer): Bar[] =>
  buckets.map(({ start, count, outcomes }, index) => ({
    from: Date.parse(start),
    to: Date.parse(buckets[index + 1]?.start ?? to),
    count,
    outcomes,
  }));

/** Heights of the parts of a bar; what has no outcome counts as done. */
function partsOf({ count, outcomes }: Bar, most: number) {
  let below = 0;
  return STACK.map((outcome) => {
    const others = STACK.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0);
    const own =
      (outcomes[outcome] ?? 0) + (outcome === 'success' ? Math.max(0, count - others) : 0);
    const height = most === 0 ? 0 : (own / most) * TALL;
    // What happened once beside ten thousand is seen all the same.
    const shown = own > 0 ? Math.max(height, 2.5) : 0;
    const y = TALL - below - shown;
    below += shown;
    return { outcome, y, height: shown };
  });
}

interface Selection {
  readonly anchor: number;
  readonly focus: number;
}

const spanOf = ({ anchor, focus }: Selection) => ({
  first: Math.min(anchor, focus),
  last: Math.max(anchor, focus),
});

interface Props {
  readonly answer: Answer | undefined;
  /** Moments outside of which the reader sees nothing, in ms. */
  readonly reach: Zoom;
  readonly onZoom: (zoom: Zoom) => void;
  readonly onUndo: (() => void) | undefined;
}

export function Histogram({ answer, reach, onZoom, onUndo }: Props) {
  const reader = useReader();
  const { words, locale } = reader;
  const [isTable, setTable] = useState(false);
  const bars = answer ? barsOf(answer) : [];
  return (
    <section aria-label={words.histogram} className="flex flex-col gap-1">
      {isTable && answer ? (
        <BarTable bars={bars} />
      ) : (
        <>
          <Bars key={answer?.from} bars={bars} reach={reach} onZoom={onZoom} onUndo={onUndo} />
          <Axis bars={bars} />
        </>
      )}
      <div className="flex flex-wrap items-center gap-x-3 text-meta text-ink-2">
        <span data-testid="histogram-summary">
          {answer && words.events(totalText(answer, bars, locale))}
          {answer && ` · ${words.barOf(words.steps[answer.interval])}`}
          {answer && !answer.exact && answer.counted_back_to && (
            <> · {words.countedBackTo(shortMoment(Date.parse(answer.counted_back_to), reader))}</>
          )}
        </span>
        <span className="grow" />
        {answer && (
          <Button kind="quiet" className="min-h-6! text-meta" onClick={() => setTable(!isTable)}>
            {isTable ? words.asBars : words.asTable}
          </Button>
        )}
        {onUndo && (
          <Button kind="quiet" className="min-h-6! text-meta" onClick={onUndo}>
            {words.zoomOut}
          </Button>
        )}
      </div>
    </section>
  );
}

const totalText = ({ exact }: Answer, bars: readonly Bar[], locale: string): string => {
  const total = number(
    bars.reduce((sum, { count }) => sum + count, 0),
    locale,
  );
  return exact ? total : `${total}+`;
};

/** What the keys do to a selection; undefined: not ours. */
function moved(selection: Selection | undefined, event: KeyboardEvent, bars: number) {
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -bars, End: bars }[event.key];
  if (step === undefined || bars === 0) return undefined;
  const at = selection?.focus ?? (step < 0 ? bars : -1);
  const focus = Math.min(bars - 1, Math.max(0, at + step));
  return { anchor: event.shiftKey ? (selection?.anchor ?? focus) : focus, focus };
}

function Bars({ bars, reach, onZoom, onUndo }: Omit<Props, 'answer'> & { bars: readonly Bar[] }) {
  const { words } = useReader();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [selection, setSelection] = useState<Selection>();
  const [isDragging, setDragging] = useState(false);
  const most = bars.reduce((top, { count }) => Math.max(top, count), 0);

  const zoom = (chosen: Selection | undefined) => {
    if (chosen === undefined) return;
    const { first, last } = spanOf(chosen);
    const [from, to] = [bars[first]?.from, bars[last]?.to];
    if (from !== undefined && to !== undefined) onZoom({ from, to });
  };
  const barAt = ({ clientX }: PointerEvent): number => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    const at = Math.floor(((clientX - left) / width) * bars.length);
    return Math.min(bars.length - 1, Math.max(0, at));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moved(selection, event, bars.length);
    if (next) setSelection(next);
    else if (event.key === 'Enter') zoom(selection);
    else if (event.key === 'Backspace' && onUndo) onUndo();
    else if (event.key === 'Escape' && selection) setSelection(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = selection && bars.length > 0 ? spanOf(selection) : undefined;
  return (
    <div
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label={words.histogram}
      aria-describedby={`${id}-help`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, bars.length - 1)}
      aria-valuenow={selection?.focus ?? 0}
      aria-valuetext={useSpanText(bars, shown)}
      className={classes(
        'relative h-[72px] cursor-crosshair touch-pan-y border-b border-line',
        'select-none @max-narrow/log:h-12',
      )}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (bars.length === 0 || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        setSelection({ anchor: barAt(event), focus: barAt(event) });
      }}
      onPointerMove={(event) => {
        if (isDragging && selection) setSelection({ ...selection, focus: barAt(event) });
        else if (bars.length > 0 && event.pointerType === 'mouse') setSelection(undefined);
      }}
      onPointerUp={() => {
        setDragging(false);
        if (isDragging) zoom(selection);
      }}
      onPointerCancel={() => setDragging(false)}
    >
      <Drawing bars={bars} most={most} reach={reach} hatchId={`${id}-hatch`} selected={shown} />
      <span id={`${id}-help`} className="sr-only">
        {words.histogramHelp}
      </span>
      <SpanLabel bars={bars} shown={shown} />
    </div>
  );
}

const TICKS_MOST = 7;
/** Farther right a time would be cut off. */
const LABELLED = 0.9;

/** For the eye alone: the slider says the same of each bar. */
function Axis({ bars }: { bars: readonly Bar[] }) {
  const reader = useReader();
  const starts = bars.map(({ from }) => from);
  return (
    <div aria-hidden="true" className="relative h-4 overflow-hidden text-meta text-ink-3">
      {ticksOf(starts, reader.zone, TICKS_MOST).map(({ index, isDay }, at) => {
        const start = starts[index] ?? 0;
        if (index > bars.length * LABELLED) return null;
        return (
          <span
            key={start}
            style={{ left: `${(index / bars.length) * 100}%` }}
            className={classes(
              'absolute whitespace-nowrap border-l border-line pl-1',
              at % 2 === 1 && '@max-narrow/log:hidden',
            )}
          >
            {isDay ? shortDate(start, reader) : shortClock(start, reader)}
          </span>
        );
      })}
    </div>
  );
}

interface Span {
  readonly first: number;
  readonly last: number;
}

function useSpanText(bars: readonly Bar[], shown: Span | undefined): string {
  const reader = useReader();
  const [first, last] = [bars[shown?.first ?? -1], bars[shown?.last ?? -1]];
  if (!first || !last || !shown) return '';
  const count = bars.slice(shown.first, shown.last + 1).reduce((sum, bar) => sum + bar.count, 0);
  const events = reader.words.events(number(count, reader.locale));
  return `${shortMoment(first.from, reader)} – ${shortMoment(last.to, reader)}: ${events}`;
}

/** What is chosen, in words, above it. */
function SpanLabel({ bars, shown }: { bars: readonly Bar[]; shown: Span | undefined }) {
  const text = useSpanText(bars, shown);
  if (text === '' || shown === undefined) return null;
  const middle = (shown.first + shown.last + 1) / 2 / bars.length;
  const side = middle < 0.5 ? { left: `${middle * 100}%` } : { right: `${(1 - middle) * 100}%` };
  return (
    <span
      style={side}
      className={classes(
        'pointer-events-none absolute -top-1 z-10 rounded border border-line',
        'bg-raised px-1.5 text-meta whitespace-nowrap text-ink shadow-menu',
      )}
    >
      {text}
    </span>
  );
}

const barText = (bar: Bar, reader: Reader): string => {
  const events = reader.words.events(number(bar.count, reader.locale));
  return `${shortMoment(bar.from, reader)}: ${events}`;
};

interface DrawingProps {
  readonly bars: readonly Bar[];
  readonly most: number;
  readonly reach: Zoom;
  readonly hatchId: string;
  readonly selected: Span | undefined;
}

function Drawing({ bars, most, reach, hatchId, selected }: DrawingProps) {
  const reader = useReader();
  return (
    <svg
      viewBox={`0 0 ${Math.max(1, bars.length)} ${TALL}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      className="absolute inset-0 size-full"
    >
      <defs>
        <pattern
          id={hatchId}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform={`scale(${Math.max(1, bars.length) / 900} 1.4) rotate(45)`}
        >
          <line x1="0" y1="0" x2="0" y2="6" className="stroke-(--annals-line)" strokeWidth="3" />
        </pattern>
      </defs>
      {bars.map((bar, index) => (
        <g key={bar.from}>
          {(bar.to <= reach.from || bar.from >= reach.to) && (
            <rect x={index} y={0} width={1} height={TALL} fill={`url(#${hatchId})`} />
          )}
          {partsOf(bar, most).map(({ outcome, y, height }) => (
            <rect
              key={outcome}
              x={index + 0.06}
              y={y}
              width={0.88}
              height={height}
              className={FILLS[outcome]}
            />
          ))}
          <rect x={index} y={0} width={1} height={TALL} fill="transparent">
            <title>{barText(bar, reader)}</title>
          </rect>
        </g>
      ))}
      {selected && (
        <rect
          x={selected.first}
          y={0}
          width={selected.last - selected.first + 1}
          height={TALL}
          className="pointer-events-none fill-accent opacity-20"
        />
      )}
    </svg>
  );
}

function BarTable({ bars }: { bars: readonly Bar[] }) {
  const reader = useReader();
  const { words, locale } = reader;
  const outcomes = STACK.filter((name) => bars.some((bar) => (bar.outcomes[name] ?? 0) > 0));
  return (
    <div
      role="region"
      aria-label={words.asTable}
      tabIndex={0}
      className="max-h-64 overflow-auto rounded border border-line"
    >
      <table className="w-full text-left text-meta">
        <thead className="sticky top-0 bg-paper">
          <tr>
            <th className="px-2 py-1 font-strong">{words.from}</th>
            <th className="px-2 py-1 text-right font-strong">{words.total}</th>
            {outcomes.map((name) => (
              <th key={name} className="px-2 py-1 text-right font-strong">
                {words.outcomes[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.from} className="border-t border-line">
              <td className="px-2 py-0.5">{shortMoment(bar.from, reader)}</td>
              <td className="px-2 py-0.5 text-right">{number(bar.count, locale)}</td>
              {outcomes.map((name) => (
                <td key={name} className="px-2 py-0.5 text-right">
                  {number(bar.outcomes[name] ?? 0, locale)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The days of the last year, one small square each: on which days somebody did something. */
import { useQuery } from '@tanstack/react-query';
import { reachStart } from '../find/limits.ts';
import { dayIn, shiftDay, startOfDay } from '../find/zone.ts';
import { useLogLink } from '../log/log-link.tsx';
import { asQuery, type Lens, placeOf, withinOf } from '../log/question.ts';
import { useReader } from '../reader.tsx';
import { date, number } from '../words/format.ts';

const WEEKS = 53;
const CELL = 11;
const GAP = 2;
const STEPS = [0, 1, 3, 10, 30] as const;

/** The Monday on which the calendar begins. */
function firstDay(zone: string, now: number): string {
  const today = dayIn(zone, now);
  const weekday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7;
  return shiftDay(today, -weekday - (WEEKS - 1) * 7);
}

/** How many events on which day, by the day. */
function useDayCounts(lens: Lens, first: string, start: number): ReadonlyMap<string, number> {
  const reader = useReader();
  const { client, tenantId, zone } = reader;
  const from = new Date(Math.max(startOfDay(zone, first), start)).toISOString();
  const { data } = useQuery({
    queryKey: ['calendar', tenantId, lens, first, zone],
    queryFn: ({ signal }) => {
      const place = { ...placeOf(reader, lens), ...asQuery(withinOf(lens, '')) };
      const asked = { ...place, from, interval: '1d' as const, time_zone: zone };
      return client.events.histogram(asked, { signal });
    },
  });
  const buckets = data?.buckets ?? [];
  return new Map(buckets.map(({ start: at, count }) => [dayIn(zone, Date.parse(at)), count]));
}

export function Calendar({ lens }: { lens: Lens }) {
  const reader = useReader();
  const { locale, zone, words, catalog } = reader;
  const now = Date.now();
  const first = firstDay(zone, now);
  const view = catalog.views.find((one) => one.view === lens.view);
  const start = view ? reachStart(view, zone, now) : Number.NEGATIVE_INFINITY;
  const counts = useDayCounts(lens, first, start);
  const today = dayIn(zone, now);
  const all = Array.from({ length: WEEKS * 7 }, (_, index) => shiftDay(first, index));
  const labelOf = (day: string) => {
    const events = words.events(number(counts.get(day) ?? 0, locale));
    return words.calendarDay(date(startOfDay(zone, day), reader), events);
  };
  const [width, height] = [WEEKS * (CELL + GAP), 7 * (CELL + GAP)];
  return (
    <section aria-label={words.calendar}>
      <h2 className="mb-2 text-sentence font-strong">{words.calendar}</h2>
      <div className="overflow-x-auto">
        <svg role="img" aria-label={words.calendar} width={width} height={height}>
          <Hatching />
          {all
            .filter((day) => day <= today)
            .map((day, index) => (
              <DayCell
                key={day}
                day={day}
                index={index}
                isUnseen={startOfDay(zone, shiftDay(day, 1)) <= start}
                count={counts.get(day) ?? 0}
                label={labelOf(day)}
              />
            ))}
        </svg>
      </div>
    </section>
  );
}

const Hatching = () => (
  <defs>
    <pattern
      id="annals-unseen"
      width="4"
      height="4"
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <line x1="0" y1="0" x2="0" y2="4" className="stroke-(--annals-line)" strokeWidth="2" />
    </pattern>
  </defs>
);

interface DayProps {
  readonly day: string;
  readonly index: number;
  readonly count: number;
  readonly isUnseen: boolean;
  readonly label: string;
}

/** Outside of what the view reaches it is hatched: not seen is not the same as nothing. */
function DayCell({ day, index, count, isUnseen, label }: DayProps) {
  const { words } = useReader();
  const showLog = useLogLink();
  const level = STEPS.filter((step) => count > step || (step === 0 && count > 0)).length;
  const strength = [0, 28, 50, 72, 90, 100][level] ?? 100;
  return (
    <rect
      x={Math.floor(index / 7) * (CELL + GAP)}
      y={(index % 7) * (CELL + GAP)}
      width={CELL}
      height={CELL}
      rx={2}
      fill={
        isUnseen
          ? 'url(#annals-unseen)'
          : count === 0
            ? 'transparent'
            : `color-mix(in oklab, var(--annals-accent) ${strength}%, var(--annals-paper))`
      }
      className={`stroke-line ${showLog ? 'cursor-pointer' : ''}`}
      onClick={() => showLog?.({ q: '', range: { kind: 'days', from: day, to: day } })}
    >
      <title>{isUnseen ? `${day}: ${words.outsideReach}` : label}</title>
    </rect>
  );
}

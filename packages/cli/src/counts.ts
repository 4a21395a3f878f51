/**
 * `annals count`, `annals facets`, `annals histogram`: how many events, of which kinds, and when.
 * Numbers are said with what they leave out: a count that stopped at a bound is "at least".
 */
import { type EventCount, type Facets, type Histogram, INTERVALS } from '@annals/contract/find';
import { FACET_FIELDS } from '@annals/contract/values';
import { type Args, type Command, EXIT, UsageError } from './command.ts';
import { QUESTION_FLAGS, questionQuery } from './question.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';
import { count, type Terminal } from './terminal.ts';

/** Characters of the longest bar. */
const BAR_WIDTH = 40;
/** Fields of `facets` unless others are named. */
const FIELDS_DEFAULT = ['action', 'actor', 'outcome'] as const;

const barOf = (value: number, most: number): string =>
  value === 0 ? '' : '█'.repeat(Math.max(1, Math.round((value / most) * BAR_WIDTH)));

interface Bar {
  readonly label: string;
  readonly count: number;
  readonly more?: string;
}

/** A line each: what, how many, a bar, and what else there is to say. */
const barLines = (bars: readonly Bar[], { columns }: Terminal): string[] => {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const digits = count(most).length;
  const rows = bars.map(({ label, count: value, more = '' }) => [
    label,
    count(value).padStart(digits),
    `${barOf(value, most)} ${more}`.trim(),
  ]);
  const layout = layOut(rows, columns);
  return rows.map((row) => lineOf(row, layout).trimEnd());
};

/** Says what the numbers leave out. */
const tellBounds = (terminal: Terminal, { exact, counted_back_to, notices }: Bounds): void => {
  if (!exact) {
    const back = counted_back_to ?? 'a bound';
    terminal.note(clean(`Counted back to ${back}; events before it are not in these numbers.`));
  }
  for (const { code, detail } of notices) terminal.note(clean(`${detail} (${code})`));
};
type Bounds = Omit<EventCount, 'count'>;

const only = (args: Args): void => {
  if (args.positionals.length > 0) throw new UsageError('Write the query behind -q');
};

export const countCommand: Command = {
  summary: 'Say how many events there are',
  usage: 'count --tenant ID [-q QUERY] [flags]',
  about: `Counts the events that a query means.

  annals count --tenant acme -q outcome:denied --from now-30d`,
  flags: QUESTION_FLAGS,
  run: async ({ args, terminal, signal, json, connect }) => {
    only(args);
    const answer = await connect().events.count(questionQuery(args), { signal });
    if (!json) tellBounds(terminal, answer);
    const words = `${answer.exact ? '' : 'at least '}${count(answer.count)}`;
    await terminal.write(`${json ? cleanJson(answer) : words}\n`);
    return EXIT.done;
  },
};

const facetLines = ({ facets: all }: Facets, terminal: Terminal): string[] =>
  all.flatMap(({ field, values, others }) => [
    terminal.paint('bold', field),
    ...barLines(
      values.map(({ value, label, count: n }) => ({
        label: label === undefined ? value : `${label} (${value})`,
        count: n,
      })),
      terminal,
    ),
    ...(others === 0 ? [] : [`and ${count(others)} more`]),
    '',
  ]);

export const facets: Command = {
  summary: 'Say how many events of each kind there are',
  usage: 'facets --tenant ID [--field NAME]... [-q QUERY] [flags]',
  about: `Shows the most frequent values of some fields among the events that a query means.
Fields: ${FACET_FIELDS.slice(0, 6).join(', ')},
${FACET_FIELDS.slice(6).join(', ')}.

  annals facets --tenant acme -q outcome:denied --field actor --field action`,
  flags: {
    ...QUESTION_FLAGS,
    field: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      help: `whose values; default ${FIELDS_DEFAULT.join(', ')}`,
    },
    limit: { type: 'string', value: 'N', help: 'values of each field; default 8' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    only(args);
    const named = args.list('field').map((name) => {
      const field = FACET_FIELDS.find((known) => known === name);
      if (field === undefined) {
        throw new UsageError(`--field is one of ${FACET_FIELDS.join(', ')}, not "${name}"`);
      }
      return field;
    });
    const limit = args.number('limit');
    const answer = await connect().events.facets(
      {
        ...questionQuery(args),
        fields: named.length > 0 ? named : FIELDS_DEFAULT,
        ...(limit === undefined ? {} : { limit }),
      },
      { signal },
    );
    if (!json) tellBounds(terminal, answer);
    const lines = json ? [cleanJson(answer)] : facetLines(answer, terminal).slice(0, -1);
    await terminal.write(`${lines.join('\n')}\n`);
    return EXIT.done;
  },
};

/** A step's beginning on the clock of its zone, as fine as the steps are. */
const labelOf = (start: string, { interval }: Histogram): string => {
  if (/(?:d|w|mo)$/.test(interval)) return start.slice(0, 'yyyy-mm-dd'.length);
  const length = interval.endsWith('s') ? 'yyyy-mm-ddThh:mm:ss'.length : 'yyyy-mm-ddThh:mm'.length;
  return start.slice(0, length).replace('T', ' ');
};

const histogramLines = (answer: Histogram, terminal: Terminal): string[] => [
  terminal.paint('bold', clean(`by ${answer.interval}, ${answer.time_zone}`)),
  ...barLines(
    answer.buckets.map(({ start, count: n, outcomes }) => ({
      label: labelOf(start, answer),
      count: n,
      more: (['denied', 'failure'] as const)
        .filter((outcome) => (outcomes[outcome] ?? 0) > 0)
        .map((outcome) => `${count(outcomes[outcome] ?? 0)} ${outcome}`)
        .join(', '),
    })),
    terminal,
  ),
];

export const histogram: Command = {
  summary: 'Say when events happened, as bars',
  usage: 'histogram --tenant ID [-q QUERY] [--interval STEP] [flags]',
  about: `Counts the events that a query means by steps of time, which begin where the calendar of
the time zone says. Steps: ${INTERVALS.join(', ')}.

  annals histogram --tenant acme --from now-14d --interval 1d --time-zone Europe/Berlin`,
  flags: {
    ...QUESTION_FLAGS,
    interval: { type: 'string', value: 'STEP', help: 'one of the steps; default what fits' },
    'time-zone': { type: 'string', value: 'ZONE', help: 'IANA zone; default the project’s' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    only(args);
    const interval = args.choice('interval', INTERVALS);
    const timeZone = args.text('time-zone');
    const answer = await connect().events.histogram(
      {
        ...questionQuery(args),
        ...(interval === undefined ? {} : { interval }),
        ...(timeZone === undefined ? {} : { time_zone: timeZone }),
      },
      { signal },
    );
    if (!json) tellBounds(terminal, answer);
    const lines = json ? [cleanJson(answer)] : histogramLines(answer, terminal);
    await terminal.write(`${lines.join('\n')}\n`);
    return EXIT.done;
  },
};

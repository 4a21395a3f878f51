/**
 * The rows of the performance budget that exist so far, each with what it must be on either
 * database: absolute, or a multiple of anchor P, measured in the same run.
 */
import { QUESTIONS, VIEW_MOST, VIEWED } from './questions.ts';
import type { TargetName } from './targets.ts';

/** What `--only` names; a group is measured together. */
export const GROUPS = [
  'batch1',
  'batch100',
  'batch1000',
  'sustained',
  'page',
  'find',
  'export',
  'stored',
  'bytes',
  'memory',
  'retention',
] as const;
export type Group = (typeof GROUPS)[number];

export type Limit = { readonly timesP: number } | { readonly is: number };
export interface Row {
  readonly name: string;
  readonly group: Group;
  readonly label: string;
  readonly better: 'more' | 'less';
  readonly digits: number;
  /** Undefined: it is measured to be known. */
  readonly sqlite: Limit | undefined;
  readonly postgres: Limit | undefined;
}

const rate = (group: Group, label: string, sqlite: number, postgres: number): Row => ({
  name: `${group}.rate`,
  group,
  label: `${label}: events/s`,
  better: 'more',
  digits: 0,
  sqlite: { timesP: sqlite },
  postgres: { timesP: postgres },
});
const latency = (group: Group, label: string, sqlite: number, postgres: number): Row => ({
  name: `${group}.p99`,
  group,
  label: `${label}: p99 of an acknowledgement, ms`,
  better: 'less',
  digits: 1,
  sqlite: { timesP: sqlite },
  postgres: { timesP: postgres },
});
const fixed = (
  name: string,
  group: Group,
  label: string,
  better: Row['better'],
  [sqlite, postgres]: readonly [number, number],
): Row => ({
  name,
  group,
  label,
  better,
  digits: better === 'more' ? 0 : 1,
  sqlite: { is: sqlite },
  postgres: { is: postgres },
});

const told = (name: string, group: Group, label: string): Row => ({
  ...{ name, group, label, better: 'more', digits: 0 },
  ...{ sqlite: undefined, postgres: undefined },
});

export const ROWS: readonly Row[] = [
  rate('batch1', 'batch 1, 32 clients', 1.3, 1),
  latency('batch1', 'batch 1, 32 clients', 1, 1.5),
  rate('batch100', 'batch 100, 16 clients', 0.8, 0.6),
  latency('batch100', 'batch 100, 16 clients', 2, 2.5),
  rate('batch1000', 'batch 1,000, 8 clients', 0.8, 0.6),
  latency('batch1000', 'batch 1,000, 8 clients', 2, 2.5),
  rate('sustained', 'sustained, batch 100, 16 clients', 0.45, 0.3),
  fixed('sustained.caught-up', 'sustained', 'indexes whole after it: s', 'less', [10, 10]),
  fixed('page.p50', 'page', 'newest page over HTTP: p50, ms', 'less', [3, 5]),
  ...QUESTIONS.map(({ name, label, most }) =>
    fixed(`find.${name}`, 'find', `${label}: p50, ms`, 'less', most),
  ),
  ...VIEWED.map(({ name, label }) => ({
    ...fixed(`view.${name}`, 'find', `${label} with a view: times without`, 'less', [
      VIEW_MOST,
      VIEW_MOST,
    ]),
    digits: 2,
  })),
  fixed('export.rate', 'export', 'export to CSV: events/s', 'more', [150_000, 60_000]),
  fixed('export.memory', 'export', 'export: memory above idle, MB', 'less', [100, 100]),
  fixed('stored.rate', 'stored', 'stored files, CSV: events/s', 'more', [150_000, 60_000]),
  fixed('stored.memory', 'stored', 'stored files: memory above idle, MB', 'less', [100, 100]),
  {
    ...fixed(
      'stored.share',
      'stored',
      'recording beside stored files: of its rate',
      'more',
      [0.7, 0.7],
    ),
    digits: 2,
  },
  told('stored.beside', 'stored', 'stored while recording: events/s'),
  {
    ...fixed('bytes', 'bytes', 'bytes an event on disk, without write-ahead log', 'less', [0, 0]),
    digits: 0,
    sqlite: { timesP: 1.1 },
    postgres: { timesP: 1.5 },
  },
  fixed('memory.idle', 'memory', 'memory idle, MB', 'less', [150, 150]),
  fixed('memory.recording', 'memory', 'memory while recording, MB', 'less', [600, 600]),
  {
    ...fixed(
      'retention.share',
      'retention',
      'recording beside retention: of its rate',
      'more',
      [0.7, 0.7],
    ),
    digits: 2,
  },
  told('retention.busy', 'retention', 'removed while recording: events/s'),
  told('retention.alone', 'retention', 'removed otherwise: events/s'),
];

export type Figures = Readonly<Partial<Record<TargetName, number>>>;

export interface Verdict {
  readonly target: TargetName;
  readonly measured: number;
  readonly ofP: number | undefined;
  readonly ofF: number | undefined;
  /** In words: `≥ 0.8 P`. */
  readonly must: string | undefined;
  /** Undefined: no budget, or its anchor was not measured. */
  readonly isMet: boolean | undefined;
}

const limitOf = (row: Row, target: TargetName): Limit | undefined =>
  target === 'annals-sqlite' ? row.sqlite : target === 'annals-postgres' ? row.postgres : undefined;

const ratio = (measured: number, anchor: number | undefined): number | undefined =>
  anchor === undefined ? undefined : measured / anchor;

export const judge = (row: Row, target: TargetName, figures: Figures): Verdict | undefined => {
  const measured = figures[target];
  if (measured === undefined) return undefined;
  const limit = limitOf(row, target);
  const sign = row.better === 'more' ? '≥' : '≤';
  const ofP = target === 'postgres' ? undefined : ratio(measured, figures.postgres);
  const ofF = target === 'file' ? undefined : ratio(measured, figures.file);
  const shared = { target, measured, ofP, ofF };
  if (limit === undefined) return { ...shared, must: undefined, isMet: undefined };
  const [value, bound] = 'is' in limit ? [measured, limit.is] : [ofP, limit.timesP];
  const isMet =
    value === undefined ? undefined : row.better === 'more' ? value >= bound : value <= bound;
  const must = `${sign} ${bound.toLocaleString('en-US')}${'is' in limit ? '' : ' P'}`;
  return { ...shared, must, isMet };
};

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
};

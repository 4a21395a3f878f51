/**
 * Questions that readers ask, all about the largest tenant and the 90 days of the workload: what
 * each may take, and how it is asked. The values are of the workload.
 */
import type { Definition } from '@annals/contract/definition';
import { LARGEST_TENANT, WORKLOAD } from './workload.ts';

export interface Question {
  readonly name: string;
  readonly label: string;
  /** Most milliseconds, at the median: SQLite, PostgreSQL. */
  readonly most: readonly [number, number];
  readonly path: string;
}

const PAGE_EVENTS = 100;
const DAYS_90 = {
  from: new Date(WORKLOAD.startMs).toISOString(),
  to: new Date(WORKLOAD.startMs + WORKLOAD.spanMs).toISOString(),
};
const ACTION = 'document.viewed';
/** About 370 and 15,000 of a million events. */
const [NARROW, WIDE] = ['actor:usr_1_5', 'outcome:failure'];
const PLAIN_FIELDS = 'action,outcome,target.type,application';
const FIELDS = `${PLAIN_FIELDS},actor`;
const ZONE = 'Europe/Berlin';

const pathOf = (route: string, asked: Readonly<Record<string, string>>): string =>
  `/v1/events${route}?${new URLSearchParams({ tenant_id: LARGEST_TENANT, ...asked })}`;
const page = (asked: Readonly<Record<string, string>>): string =>
  pathOf('', { limit: String(PAGE_EVENTS), ...asked });

export const QUESTIONS: readonly Question[] = [
  { name: 'actor', label: 'page of an actor', most: [3, 5], path: page({ q: 'actor:usr_1_5' }) },
  { name: 'record', label: 'page of a record', most: [3, 5], path: page({ q: 'target:rec_1_77' }) },
  {
    name: 'action',
    label: 'page of an action, 90 days',
    most: [3, 5],
    path: page({ q: `action:${ACTION}`, ...DAYS_90 }),
  },
  { name: 'rare', label: 'rare word', most: [10, 10], path: page({ q: WORKLOAD.rareWord }) },
  { name: 'common', label: 'common word', most: [10, 10], path: page({ q: WORKLOAD.commonWord }) },
  {
    name: 'histogram',
    label: 'histogram, 90 days',
    most: [5, 10],
    path: pathOf('/histogram', DAYS_90),
  },
  {
    name: 'facets',
    label: 'facets, 90 days',
    most: [5, 10],
    path: pathOf('/facets', { ...DAYS_90, fields: FIELDS }),
  },
  {
    name: 'histogram-narrow',
    label: `histogram, 90 days, ${NARROW}`,
    most: [60, 80],
    path: pathOf('/histogram', { ...DAYS_90, q: NARROW }),
  },
  {
    name: 'facets-narrow',
    label: `facets, 90 days, ${NARROW}`,
    most: [60, 80],
    path: pathOf('/facets', { ...DAYS_90, q: NARROW, fields: FIELDS }),
  },
  {
    name: 'histogram-wide',
    label: `histogram, 90 days, ${WIDE}`,
    most: [60, 80],
    path: pathOf('/histogram', { ...DAYS_90, q: WIDE }),
  },
  {
    name: 'histogram-zone',
    label: `the same in days of ${ZONE}`,
    most: [60, 80],
    path: pathOf('/histogram', { ...DAYS_90, q: WIDE, interval: '1d', time_zone: ZONE }),
  },
  {
    name: 'facets-wide',
    label: `facets, 90 days, ${WIDE}`,
    most: [60, 80],
    path: pathOf('/facets', { ...DAYS_90, q: WIDE, fields: PLAIN_FIELDS }),
  },
  {
    name: 'facets-wide-actor',
    label: `facets with actors, 90 days, ${WIDE}`,
    most: [60, 80],
    path: pathOf('/facets', { ...DAYS_90, q: WIDE, fields: FIELDS }),
  },
  {
    name: 'histogram-common',
    label: 'histogram, 90 days, common word',
    most: [60, 80],
    path: pathOf('/histogram', { ...DAYS_90, q: WORKLOAD.commonWord }),
  },
];

/** A view that leaves out events and values. A limit of time would be told with each answer. */
export const VIEW = 'console';
export const DEFINITION: Definition = {
  project: 'default',
  label: 'Bench',
  resource_types: { document: { label: 'Document' } },
  views: {
    [VIEW]: {
      label: 'Console',
      rows: '-outcome:failure initiator:user',
      changes: 'paths',
      targets: { document: 'id_only' },
      support: 'id',
    },
  },
  roles: {},
};

/** Pages that are asked with and without the view: how much longer one may take. */
export const VIEW_MOST = 1.3;
export const VIEWED: readonly Omit<Question, 'most'>[] = [
  { name: 'newest', label: 'newest page', path: page({}) },
  ...QUESTIONS.filter(({ path }) => path.startsWith('/v1/events?')),
];

/**
 * Worlds for the leak test: random events in which each value bears a mark that says what hides
 * it, random views as a project's definition has them, and questions about hidden values too.
 * The marks are told to the test by themselves, not by the code under test.
 */
import type { Definition, ViewDefinition } from '@annals/contract/definition';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import { valuesOf } from '@annals/contract/match';
import { OWN_TYPES } from '@annals/contract/own-events';
import { printQuery, QUERY_KEYS, type Query, type Term } from '@annals/contract/query';
import fc from 'fast-check';

export const HOUR_MS = 3_600_000;
/** Events lie within so many hours before now, at half hours: no limit meets one. */
const HOURS = 30 * 24;

/** What hides a value that bears the mark. */
export const MARKS = {
  /** Name or e-mail of a user; of a client, which is a person by the definition. */
  person: 'zqpers',
  client: 'zqcli',
  /** Name of a thing that is no person. */
  thing: 'zqthing',
  /** Name or e-mail of support staff, and its id. */
  staff: 'zqstaff',
  staffId: 'zqsid',
  /** In metadata that the definition does not call public, labels, context, reasons. */
  personal: 'zqpriv',
  /** In metadata that the definition calls public. */
  open: 'zqopen',
  changedValue: 'zqval',
  changedPath: 'zqpath',
} as const;

const one = fc.constantFrom;
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const few = fc.integer({ min: 1, max: 4 });
const marked = (mark: string) => few.map((n) => `${mark} ${n}`);

type Given<T> = { [K in keyof T]: T[K] extends undefined ? never : Exclude<T[K], undefined> };
/** Without the fields that are undefined. */
const compact = <T extends object>(value: T): Given<T> =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Given<T>;

const named = <T extends string>(type: T, mark: string, id: string) =>
  few.chain((n) =>
    fc.record({ name: maybe(few), email: maybe(fc.boolean()) }).map(({ name, email }) =>
      compact({
        type,
        id: `${id}${n}`,
        name: name === undefined ? undefined : `${mark} ${n} name${name}`,
        email: email === undefined ? undefined : `${mark}${n}@x.example`,
      }),
    ),
  );
const person = named('user' as const, MARKS.person, 'u_');
const staff = named('support' as const, MARKS.staff, MARKS.staffId);
const client = named('client', MARKS.client, 'c_');
const document = named('document', MARKS.thing, 'd_');
const role = one('primary' as const, 'parent' as const, 'related' as const);

export const ACTIONS = ['doc.read', 'doc.changed', 'client.created', 'client.deleted', 'odd.act'];

const change = fc
  .record({ path: few, before: maybe(few), after: maybe(few) })
  .map(({ path, before, after }) =>
    compact({
      path: `/${MARKS.changedPath}${path}`,
      before: before === undefined ? undefined : `${MARKS.changedValue} ${before}`,
      after: after === undefined ? undefined : `${MARKS.changedValue} ${after}`,
    }),
  );

export const leakEvent = (nowMs: number): fc.Arbitrary<EventInput> =>
  fc
    .record({
      occurred_at: fc
        .integer({ min: 0, max: HOURS })
        .map((hours) => new Date(nowMs - hours * HOUR_MS - HOUR_MS / 2).toISOString()),
      action: one(...ACTIONS),
      actor: fc.oneof({ weight: 4, arbitrary: person }, staff),
      on_behalf_of: maybe(fc.array(person, { minLength: 1, maxLength: 1 })),
      targets: maybe(
        fc.array(
          fc.tuple(fc.oneof(document, client), role).map(([it, as]) => ({ ...it, role: as })),
          { maxLength: 2 },
        ),
      ),
      changes: maybe(fc.array(change, { minLength: 1, maxLength: 2 })),
      outcome: maybe(
        fc
          .record({ result: one('success', 'failure'), reason: maybe(marked(MARKS.personal)) })
          .map(compact),
      ),
      source: maybe(
        fc.record({ initiator: one('user', 'system'), application: one('Web', 'Desk') }),
      ),
      context: maybe(
        fc
          .record({
            location: maybe(marked(MARKS.personal)),
            session_id: maybe(marked(MARKS.personal)),
            correlation_id: maybe(one('corr-1', 'corr-2')),
          })
          .map(compact),
      ),
      reason: maybe(fc.record({ text: marked(MARKS.personal), ticket: one('T-1', 'T-2') })),
      metadata: maybe(
        fc.record({ note: marked(MARKS.personal), plan: maybe(marked(MARKS.open)) }).map(compact),
      ),
      labels: maybe(fc.record({ region: marked(MARKS.personal) })),
    })
    .map(compact);

const ROWS = [
  undefined,
  undefined,
  'initiator:user',
  '-application:Desk',
  'target.type:document',
  'target.type:Client',
  `actor:"${MARKS.person} 1"*`,
  'outcome:failure metadata.note:*',
  '( action:doc.* or actor.type:support )',
];

/** Limits whose lengths are the same on every day, so that the test can count them itself. */
const HOURS_OF = { PT36H: 36, PT240H: 240, PT480H: 480, PT6H: 6, PT100H: 100 } as const;
export const hoursOf = (period: string | undefined): number | undefined =>
  period === undefined ? undefined : new Map<string, number>(Object.entries(HOURS_OF)).get(period);

const COLUMNS = [
  '/occurred_at',
  'actor',
  'target',
  'resource',
  'activity',
  'sentence',
  '/changes/path',
  '/changes/after',
  '/metadata/plan',
  '/metadata/note',
  '/targets/name',
  '/labels/region',
];

export const leakView: fc.Arbitrary<ViewDefinition> = fc
  .record({
    rows: one(...ROWS),
    classes: one<ViewDefinition['classes'][]>(undefined, ['public'], ['public', 'personal']),
    changes: one<ViewDefinition['changes'][]>(undefined, 'none', 'paths', 'values'),
    targets: one<ViewDefinition['targets'][]>(
      undefined,
      { document: 'id_only' },
      {
        client: 'id_only',
      },
    ),
    support: one<ViewDefinition['support'][]>(undefined, 'id', 'team'),
    reach: one(undefined, undefined, 'PT240H', 'PT480H'),
    delay: one(undefined, undefined, 'PT36H', 'PT100H'),
    binding: one<ViewDefinition['binding'][]>(undefined, undefined, 'actor', 'record'),
    proof: one(undefined, true),
    self_audit: one(undefined, true),
    columns: fc
      .subarray(COLUMNS, { minLength: 1 })
      .map((paths) => paths.map((path) => ({ path, label: `The ${path}` }))),
  })
  .map(({ rows, ...view }) => ({
    label: 'A view',
    ...compact({
      ...view,
      // Each question that is asked here is a reading, which the log records.
      rows: view.self_audit ? `${rows ?? ''} -event_type:${OWN_TYPES.access}`.trim() : rows,
    }),
  }));

const sentences = [
  '{actor} set {changed} of {target} to {after:/zqpath1} ({metadata:note})',
  '{actor} worked on {target} for {on_behalf_of}',
  '{actor} did something ({outcome.reason})',
  '{actor} did {activity}',
];
const action = (label: string, operation: 'read' | 'update' | 'create' | 'delete') => ({
  label,
  operation,
  sentences,
});

/** The definition of a project with these views. */
export const leakDefinition = (
  project: string,
  views: Readonly<Record<string, ViewDefinition>>,
): Definition => ({
  project,
  label: 'A project',
  resource_types: {
    document: { label: 'Document', synonyms: ['Paper'] },
    client: { label: 'Client', person: true },
  },
  event_types: {
    docs: {
      label: 'Documents',
      actions: {
        'doc.read': action('Document opened', 'read'),
        'doc.changed': action('Document changed', 'update'),
      },
    },
    people: {
      label: 'People',
      actions: {
        'client.created': action('Client created', 'create'),
        'client.deleted': action('Client deleted', 'delete'),
      },
    },
  },
  data_classes: { '/metadata/plan': 'public' },
  views,
  roles: {},
});

const PLAIN_KEYS = QUERY_KEYS.filter((key) => key !== 'label' && key !== 'metadata');

const asking = (key: Term, isNegated: boolean): Term => ({ ...key, isNegated });

/** A question about what the events hold, hidden or not. */
export const leakQuery = (events: readonly ReadEvent[]): fc.Arbitrary<string> => {
  const event = one(...events);
  const field = fc
    .record({ event, key: one(...PLAIN_KEYS), n: fc.nat(), after: fc.boolean() })
    .map(({ event: about, key, n, after }): Term => {
      const values = valuesOf(about, key).filter((value) => typeof value === 'string');
      const value = values[n % Math.max(values.length, 1)] ?? 'nobody';
      const test = { kind: 'is', value, before: false, after } as const;
      return { isNegated: false, body: { kind: 'field', key, test } };
    });
  const other = one<Term['body'][]>(
    ...Object.values(MARKS).map((text): Term['body'] => ({ kind: 'text', text, isPrefix: true })),
    ...['note', 'plan'].map((name): Term['body'] => ({
      kind: 'field',
      key: 'metadata',
      name,
      test: { kind: 'present' },
    })),
    { kind: 'field', key: 'changed', test: { kind: 'present' } },
    {
      kind: 'field',
      key: 'activity',
      test: { kind: 'is', value: 'Document', before: false, after: true },
    },
    {
      kind: 'field',
      key: 'target.type',
      test: { kind: 'is', value: 'Paper', before: false, after: false },
    },
  ).map((body): Term => ({ isNegated: false, body }));
  const term = fc
    .tuple(fc.oneof({ weight: 2, arbitrary: field }, other), fc.nat({ max: 5 }))
    .map(([made, n]) => asking(made, n === 0));
  return fc.array(term, { maxLength: 2 }).map((query: Query) => printQuery(query));
};

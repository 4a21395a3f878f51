/**
 * Small worlds: random events over few values, so that they share some, and random questions
 * about the same values, whole or in part. For tests that hold an answer to the pure predicate.
 */
import type { EventInput } from '@annals/contract/event';
import { PLAIN_KEYS } from '@annals/contract/kinds';
import { QUERY_KEYS, type Query, type Term, type Test } from '@annals/contract/query';
import fc from 'fast-check';

const HOUR_MS = 3_600_000;
const DAYS = 40;

const NAMES = [
  ...['Dana Müller', 'dana muller', 'Ana Ruiz', 'İstanbul Office', '東京都 支店', "Liam O'Neil"],
  ...['Straße 7', 'x', 'Ana', '@home', 'Плотников Лев'],
];
const IDS = ['u_1', 'u_2', 'U_2', 'a/b/c', 'dana@acme.example', '7', '0042', 'ünï-1'];
const EMAILS = ['dana@acme.example', 'Ana.Ruiz@acme.example', 'o@x.example'];
const ACTIONS = [
  ...['document.viewed', 'document.share.updated', 'Document.Viewed', 'login', 'user:invited'],
  ...['a_b', 'member.role_changed'],
];
const IPS = ['10.0.0.1', '10.0.7.9', '192.168.1.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:10.0.0.1'];
const PATHS = ['/role', '/role/0', '/address/city', '', '/a b'];
const WORDS = [
  ...['Invoice 12 paid', 'invoice-13', 'Grüße', 'not allowed', 'or', 'a b c', 'ﬁne print', '東京'],
  ...['ip10', 'x'.repeat(70), `${'x'.repeat(70)}y`, 'true', '42', '4.2', 'กา'],
];

const one = fc.constantFrom;
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
type Compact<T> = T extends object
  ? { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
      [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
    }
  : never;
/** Without the fields that are undefined. */
const compact = <T extends object>(value: T) =>
  Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== undefined),
  ) as Compact<T>;

const person = fc
  .record({ id: one(...IDS), name: maybe(one(...NAMES)), email: maybe(one(...EMAILS)) })
  .map(compact);
const actor = fc.oneof(
  fc.record({
    type: one('user', 'service_account'),
    roles: maybe(fc.constant<string[]>(['Admin', 'ops'])),
  }),
  fc.record({ type: one('user', 'support') }),
);
const someActor = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(actor, person).map(([kind, who]) => compact({ ...kind, ...who })),
  },
  fc.record({ type: one('anonymous', 'system'), name: maybe(one(...NAMES)) }).map(compact),
);
const target = fc
  .tuple(
    fc.record({
      type: one('document', 'folder', 'User'),
      role: maybe(one('primary', 'parent', 'related')),
    }),
    person,
  )
  .map(([kind, what]) => compact({ ...kind, ...what }));
const scalar = fc.oneof(one(...WORDS), fc.integer({ min: -3, max: 50 }), fc.boolean());

/** Events without id; two at the same millisecond are common. */
export const worldEvent = (nowMs: number): fc.Arbitrary<EventInput> =>
  fc
    .record({
      occurred_at: fc
        .integer({ min: 0, max: DAYS * 24 })
        .map((hours) => new Date(nowMs - hours * HOUR_MS).toISOString()),
      action: one(...ACTIONS),
      event_type: maybe(one('member', 'document')),
      operation: maybe(one('create', 'read', 'update', 'delete')),
      actor: someActor,
      on_behalf_of: maybe(
        fc.array(
          person.map((who) => ({ type: 'user' as const, ...who })),
          { maxLength: 2 },
        ),
      ),
      targets: maybe(fc.array(target, { maxLength: 3 })),
      changes: maybe(
        fc.array(
          fc
            .record({ path: one(...PATHS), before: maybe(scalar), after: maybe(scalar) })
            .map(compact),
          { maxLength: 2 },
        ),
      ),
      outcome: maybe(
        fc
          .record({ result: one('success', 'failure', 'denied'), reason: maybe(one(...WORDS)) })
          .map(compact),
      ),
      source: maybe(
        fc
          .record({ initiator: maybe(one('user', 'api')), application: maybe(one('Web', 'CLI 2')) })
          .map(compact),
      ),
      context: maybe(
        fc
          .record({
            ip: maybe(one(...IPS)),
            request_id: maybe(one('req_1', 'req-2')),
            session_id: maybe(one('s 1')),
          })
          .map(compact),
      ),
      reason: maybe(
        fc.record({ text: maybe(one(...WORDS)), ticket: maybe(one('SUP-12')) }).map(compact),
      ),
      severity: maybe(one('info', 'low', 'high', 'critical')),
      metadata: maybe(
        fc.record({
          note: one(...WORDS),
          n: fc.integer({ min: 0, max: 20 }),
          deep: fc.record({ 'a.b': scalar, list: fc.array(scalar, { maxLength: 2 }) }),
        }),
      ),
      labels: maybe(fc.record({ region: one('eu', 'US west') })),
    })
    .map(compact);

const VALUES = [
  ...NAMES,
  ...IDS,
  ...EMAILS,
  ...ACTIONS,
  ...IPS,
  ...PATHS,
  ...WORDS,
  ...['10.0.0.0/8', '10.0.0.0/22', '::/0', '::1/128', 'Member role changed', 'create', 'user'],
  ...['success', 'high', 'medium', 'document', 'eu', '5', 'nobody'],
].filter((value) => value !== '');

/** A value, or a part of one. */
const value = fc.oneof(
  { weight: 4, arbitrary: one(...VALUES) },
  fc
    .tuple(one(...VALUES), fc.nat({ max: 8 }), fc.nat({ max: 12 }))
    .map(([text, start, length]) => [...text].slice(start, start + length).join('') || text),
);
const is = fc
  .record({
    kind: fc.constant('is' as const),
    value,
    before: fc.boolean(),
    after: fc.boolean(),
  })
  .map((made): Test => made);
const testOf: fc.Arbitrary<Test> = fc.oneof(
  {
    weight: 4,
    arbitrary: value.map(
      (text): Test => ({ kind: 'is', value: text, before: false, after: false }),
    ),
  },
  { weight: 2, arbitrary: is },
  fc.constant<Test>({ kind: 'present' }),
  fc.record({
    kind: fc.constant('compare' as const),
    operator: one('>', '>=', '<', '<='),
    value,
  }),
  fc.record({ kind: fc.constant('range' as const), from: value, to: value }),
);
const plainTest: fc.Arbitrary<Test> = fc.oneof(
  {
    weight: 4,
    arbitrary: one(
      ...ACTIONS,
      ...[
        'denied',
        'success',
        'admin',
        'web',
        'api',
        'user',
        'support',
        'folder',
        'document',
        'login',
      ],
      ...['create', 'high', 'Member role changed'],
    ).map((text): Test => ({ kind: 'is', value: text, before: false, after: false })),
  },
  testOf,
);
const oneValueKeys = QUERY_KEYS.filter(
  (key) => key !== 'label' && key !== 'metadata' && key !== 'id',
);
const field = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('field' as const),
      key: one(...oneValueKeys),
      test: testOf,
    }),
  },
  fc.record({
    kind: fc.constant('field' as const),
    key: one('label' as const, 'metadata' as const),
    name: one('note', 'n', 'region', 'deep.a.b', 'deep.list', 'deep'),
    test: testOf,
  }),
);
const text = fc.record({ kind: fc.constant('text' as const), text: value, isPrefix: fc.boolean() });

const term: fc.Memo<Term> = fc.memo((depth) =>
  fc.record({
    isNegated: fc.boolean().map((first) => first && depth % 2 === 0),
    body: fc.oneof(
      { weight: 5, arbitrary: field },
      { weight: 2, arbitrary: text },
      ...(depth > 1
        ? [
            {
              weight: 2,
              arbitrary: fc.record({
                kind: fc.constant('group' as const),
                alternatives: fc.array(fc.array(term(depth - 1), { minLength: 1, maxLength: 2 }), {
                  minLength: 1,
                  maxLength: 3,
                }),
              }),
            },
          ]
        : []),
    ),
  }),
);
export const worldQuery: fc.Arbitrary<Query> = fc.array(term(3), { minLength: 1, maxLength: 3 });

const plainTerm = fc.record({
  isNegated: fc.boolean(),
  body: fc.record({
    kind: fc.constant('field' as const),
    key: one(...PLAIN_KEYS),
    test: plainTest,
  }),
});
/** Questions about plain fields alone. */
export const plainQuery: fc.Arbitrary<Query> = fc.oneof(
  fc.array(plainTerm, { minLength: 1, maxLength: 3 }),
  fc
    .array(fc.array(plainTerm, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 2 })
    .map((alternatives): Query => [{ isNegated: false, body: { kind: 'group', alternatives } }]),
);

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { builtInOf } from '@annals/contract/compile';
import { EventInput, LIMITS } from '@annals/contract/event';
import { parseTemplate, sentenceOf } from '@annals/contract/sentences';
import { ACTOR_TYPES, INITIATORS, OPERATIONS, OUTCOMES, SEVERITIES } from '@annals/contract/values';
import { LOG, projectorOf } from '@annals/contract/view';
import { Compile } from 'typebox/compile';
import { catalogSuite, load, recorded } from '../test/blueprint-suite.ts';
import { DAY_MS } from './calendar.ts';
import { DEMO_EVENTS_LEAST, demo, demoEvents } from './demo.ts';

const nowMs = Date.parse('2025-11-19T15:20:00Z');
const events = [...demoEvents({ seed: 7, nowMs })];
const valid = Compile(EventInput);
const of = (action: string) => events.filter((event) => event.action === action);
const time = (event: EventInput) => Date.parse(event.occurred_at);

const isStranger = (ip = ''): boolean => ip === '192.0.2.66' || ip.startsWith('2001:db8:bad:');

const inBerlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit' });
const berlinHour = (event: EventInput): number => Number(inBerlin.format(time(event)).slice(0, 2));

/** Enough for every sentence to be said, and few enough to be looked at through each view. */
const SOME = 12_000;
const some = load({ ...demo, events: (world) => demoEvents({ ...world, count: SOME }) });
catalogSuite(some);

suite('the demo', () => {
  test('gives as many events as asked, each valid and within the limits', () => {
    assert.equal(events.length, 50_000);
    for (const event of events) {
      assert.ok(valid.Check(event), JSON.stringify([valid.Errors(event)[0], event]));
      assert.ok(Buffer.byteLength(JSON.stringify(event)) < LIMITS.eventBytes / 8);
    }
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  });

  test('is in order of time, fills six months and ends before now', () => {
    let before = 0;
    for (const event of events) {
      assert.ok(time(event) >= before);
      before = time(event);
    }
    assert.ok(before <= nowMs && before > nowMs - DAY_MS);
    const first = events[0];
    assert.ok(first !== undefined && time(first) < nowMs - 181 * DAY_MS);
  });

  test('is the same for a seed and a moment, and another for another seed', () => {
    const least = { nowMs, count: DEMO_EVENTS_LEAST };
    const once = JSON.stringify([...demoEvents({ ...least, seed: 1 })]);
    assert.equal(JSON.stringify([...demoEvents({ ...least, seed: 1 })]), once);
    assert.notEqual(JSON.stringify([...demoEvents({ ...least, seed: 2 })]), once);
  });

  test('can end at any hour and day, with few events', () => {
    for (const moment of [
      '2025-03-02T00:00:00.000Z',
      '2024-12-28T23:59:59.999Z',
      '2026-02-09T04:00:00Z',
    ]) {
      const endMs = Date.parse(moment);
      const all = [...demoEvents({ seed: 3, nowMs: endMs, count: DEMO_EVENTS_LEAST })];
      assert.equal(all.length, DEMO_EVENTS_LEAST);
      assert.ok(all.every((event, index) => time(event) >= time(all[index - 1] ?? event)));
      assert.ok(all.every((event) => time(event) <= endMs));
    }
    assert.throws(() => [...demoEvents({ seed: 1, nowMs, count: 10 })], RangeError);
  });

  test('has every kind of actor, outcome, operation, initiator and severity', () => {
    const found = (read: (event: EventInput) => string | undefined) => new Set(events.map(read));
    for (const one of ACTOR_TYPES) assert.ok(found(({ actor }) => actor.type).has(one), one);
    for (const one of OUTCOMES) assert.ok(found(({ outcome }) => outcome?.result).has(one), one);
    for (const one of OPERATIONS) assert.ok(found(({ operation }) => operation).has(one), one);
    for (const one of INITIATORS) assert.ok(found(({ source }) => source?.initiator).has(one), one);
    for (const one of SEVERITIES) assert.ok(found(({ severity }) => severity).has(one), one);
    assert.ok(found(({ action }) => action).size >= 40);
  });

  test('is about four tenants and some fifty people who work in daytime', () => {
    const share = (tenant: string) => events.filter((event) => event.tenant_id === tenant).length;
    const shares = ['acme', 'globex', 'initech', 'bogazici'].map(share);
    assert.deepEqual(
      shares,
      shares.toSorted((one, other) => other - one),
    );
    assert.ok(share('acme') > 33_000 && share('acme') < 37_000 && share('bogazici') > 1_500);
    const people = new Set(
      events.filter(({ actor }) => actor.type === 'user').map(({ actor }) => actor.id),
    );
    assert.equal(people.size, 56);
    const inHamburg = events.filter(({ context }) => context?.location === 'Hamburg, DE');
    const byPeople = inHamburg.filter(({ actor }) => actor.type === 'user');
    const atWork = byPeople.filter((event) => {
      const hour = berlinHour(event);
      return hour >= 7 && hour < 20;
    });
    assert.ok(atWork.length / byPeople.length > 0.9);
    const weekend = byPeople.filter((event) => [0, 6].includes(new Date(time(event)).getUTCDay()));
    assert.ok(weekend.length / byPeople.length < 0.05);
  });
});

suite('the demo’s stories', () => {
  test('somebody exports at night and is gone a week later', () => {
    const mine = events.filter(({ actor }) => actor.name === 'Viktor Halvorsen');
    const [exported] = of('export.completed');
    const [removed] = of('member.removed');
    assert.ok(exported && removed);
    assert.equal(exported.actor.name, 'Viktor Halvorsen');
    assert.equal(berlinHour(exported), 2);
    assert.equal(Math.floor((time(removed) - time(exported)) / DAY_MS), 7);
    assert.equal(removed.targets?.[0]?.id, exported.actor.id);
    assert.ok(mine.every((event) => time(event) < time(removed)));
    const shared = events.filter(
      ({ context }) => context?.correlation_id === exported.context?.correlation_id,
    );
    assert.equal(shared.length, 215);
  });

  test('one address fails to sign in many times, then does not', () => {
    const from = of('user.login').filter(({ context }) => context?.ip === '192.0.2.66');
    assert.deepEqual(
      from.map(({ outcome }) => outcome?.result),
      [...Array.from({ length: 47 }, () => 'failure'), 'success'],
    );
  });

  test('two people take another name, and only from then on', () => {
    for (const change of of('member.profile.updated')) {
      const names = events.filter(({ actor }) => actor.id === change.actor.id);
      const from = change.changes?.[0];
      assert.ok(from && names.length > 20);
      for (const event of names) {
        assert.equal(event.actor.name, time(event) < time(change) ? from.before : from.after);
      }
    }
    assert.equal(of('member.profile.updated').length, 2);
  });

  test('support and the agent name whom they act for, support also why', () => {
    for (const event of events) {
      const { type } = event.actor;
      if (type === 'support' || type === 'agent') assert.equal(event.on_behalf_of?.length, 1);
      if (type === 'support') assert.ok(event.reason?.ticket && event.reason.text);
    }
  });

  test('nobody changes their own rights but the one who says so', () => {
    const own = events.filter(
      ({ actor, targets, event_type }) =>
        event_type === 'permission' && targets?.some(({ id }) => id === actor.id),
    );
    const told = events.filter(({ metadata }) => metadata?.['own_account'] === true);
    assert.equal(told.length, 2);
    assert.deepEqual(
      own.filter(({ actor }) => actor.name === 'Ralf Brandt'),
      told,
    );
    const others = own.filter((event) => !told.includes(event));
    assert.ok(others.every(({ source }) => source?.initiator === 'import'));
  });

  test('what is deleted is left alone, unless it is created again', () => {
    const gone = new Set<string | undefined>();
    let deleted = 0;
    for (const { action, outcome, targets } of events) {
      const id = targets?.[0]?.id;
      if (action === 'document.created') gone.delete(id);
      // A link leads to nothing then, and who asks for a denial has changed nothing.
      if (outcome?.result === 'success' && gone.has(id)) assert.fail(`${id} is gone: ${action}`);
      if (action !== 'document.deleted' || outcome?.result !== 'success') continue;
      gone.add(id);
      deleted += 1;
    }
    assert.ok(deleted > 100);
  });

  test('what leaves at night is told once a night, but for the one to come', () => {
    const exports = of('data.exported');
    assert.equal(exports.length, 182);
    assert.ok(exports.every(({ tenant_id }) => tenant_id === 'acme'));
    // On the day on which summer time ends it comes an hour earlier.
    assert.ok(exports.filter((event) => berlinHour(event) === 23).length >= 181);
    const rows = exports.map(({ metadata }) => Number(metadata?.['rows']));
    assert.equal(rows.filter((count) => count > 1_000_000).length, 1);
  });

  test('a secret’s change holds no value, and a sub-resource names its parent', () => {
    const secrets = events.flatMap(({ changes }) => changes?.filter(({ secret }) => secret) ?? []);
    assert.ok(secrets.length >= 4);
    for (const change of secrets) assert.ok(!('before' in change) && !('after' in change));
    for (const { targets } of of('document.comment.created')) {
      assert.deepEqual(
        [targets?.[0]?.type, targets?.[1]?.type, targets?.[1]?.role],
        ['comment', 'document', 'parent'],
      );
    }
  });

  test('events of one request share its ids', () => {
    const byRequest = Map.groupBy(events, ({ context }) => context?.request_id);
    byRequest.delete(undefined);
    const together = [...byRequest.values()].filter((group) => group.length > 1);
    assert.ok(together.length > 500);
    for (const group of together) {
      assert.equal(new Set(group.map(({ context }) => context?.trace_id)).size, 1);
      assert.equal(new Set(group.map(({ tenant_id }) => tenant_id)).size, 1);
    }
  });

  test('a person’s address and place stay the same', () => {
    const places = new Map<string | undefined, Set<string>>();
    for (const { actor, context } of events) {
      if (actor.type !== 'user' || isStranger(context?.ip)) continue;
      const seen = places.get(actor.id) ?? new Set();
      places.set(actor.id, seen.add(`${context?.ip} ${context?.location}`));
    }
    for (const seen of places.values()) assert.equal(seen.size, 1);
  });
});

suite('the demo’s words', () => {
  const { compiled } = some;

  test('its actions are those of the catalog, each of the event type that it has there', () => {
    const actions = new Set(events.map(({ action }) => action));
    assert.deepEqual([...actions].sort(), [...compiled.actions.keys()].sort());
    const others = events.filter(
      ({ action, event_type }) => event_type !== compiled.actions.get(action)?.eventType,
    );
    // Of somebody who left it is not a matter of security.
    assert.deepEqual(
      others.map(({ action, event_type }) => `${action} ${event_type}`),
      ['member.sessions.revoked member'],
    );
  });

  for (const locale of ['en', 'de']) {
    test(`no event is told by the last sentence of its action (${locale})`, () => {
      const view = builtInOf(compiled, LOG, locale);
      const project = projectorOf(view);
      const { sentences = {}, failed = {} } = view.vocabulary ?? {};
      for (const input of events) {
        const event = recorded(compiled, input);
        const said = project(event)?.sentence;
        const lasts = [sentences, failed].flatMap((texts) => {
          const all = texts[event.action] ?? [];
          return all.length > 1 ? all.slice(-1).map(parseTemplate) : [];
        });
        const plain = lasts.map((one) => sentenceOf({ usual: [one], failed: [] }, event, locale));
        assert.ok(said !== undefined && !plain.includes(said), `${event.action}: ${said}`);
      }
    });
  }
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { namedQuery } from '@annals/contract/compile';
import { matcherOf } from '@annals/contract/match';
import { parseQuery } from '@annals/contract/query';
import { HOUR_MS, MINUTE_MS } from '../demo/calendar.ts';
import {
  blueprintSuite,
  definedView,
  found,
  isOpen,
  load,
  NOW_MS,
} from '../test/blueprint-suite.ts';
import { appointments } from './appointments.ts';

const loaded = load(appointments);
const { definition, compiled, events, tenants } = loaded;
blueprintSuite(loaded);

const finds = (q: string) => events.filter(matcherOf(namedQuery(compiled, parseQuery(q))));

suite('the blueprint appointments: what its product promises', () => {
  test('S0.1, S0.2, S0.3 it is asked for, needs an add-on, and is not for demos', () => {
    assert.deepEqual(definition.gating, {
      opt_in: true,
      prerequisites: ['advanced_analytics'],
      demo: false,
      names: { addons: { advanced_analytics: 'Advanced Analytics' } },
    });
    const open = tenants.filter((tenant) => isOpen(loaded, tenant));
    assert.deepEqual(
      open.map(({ tenant_id }) => tenant_id),
      ['larkspur', 'kestrel'],
    );
    const [noAddon, notEnabled, isDemo] = tenants.slice(2);
    assert.ok(noAddon?.addons?.length === 0 && notEnabled?.audit_enabled_at === undefined);
    assert.ok(notEnabled?.addons?.includes('advanced_analytics') && isDemo?.is_demo);
  });

  test('S0.4 only changes of admins appear, and those of others are there for the vendor', () => {
    const audits = found(loaded, 'audits', '');
    assert.ok(audits.every(({ actor }) => actor.roles?.includes('admin')));
    assert.ok(audits.every(({ operation }) => operation !== 'login' && operation !== 'export'));
    for (const q of ['actor.role:staff', 'initiator:api', 'initiator:system', 'operation:login']) {
      assert.ok(found(loaded, 'everything', q).length > 10, q);
    }
  });

  test('S0.7, S0.17 each resource is found by its label and each synonym', () => {
    const types = Object.entries(definition.resource_types ?? {});
    assert.equal(types.length, 12);
    for (const [type, { label, synonyms = [] }] of types) {
      for (const name of [label, ...synonyms]) {
        const all = finds(`target.type:"${name}"`);
        assert.ok(all.length >= 3, `${name}`);
        assert.ok(all.every(({ targets }) => targets?.some((target) => target.type === type)));
      }
    }
  });

  test('S0.11, S0.12, S0.18 every resource says what it holds and what it does not', () => {
    for (const of of Object.values(definition.resource_types ?? {})) {
      assert.ok(of.description && of.includes?.length && of.excludes?.length);
    }
    const { question, category } = definition.resource_types ?? {};
    assert.match(String(question?.excludes), /what services .* assigned.*client’s answers/);
    assert.match(String(category?.excludes), /assignment of resources to a category/);
  });

  test('S0.16 an adjustment says whose hours it is about', () => {
    const adjustments = finds('target.type:adjustment outcome:success');
    const kinds = Map.groupBy(adjustments, ({ metadata }) => {
      assert.ok(metadata && !('_erased' in metadata));
      return metadata['resource_details'];
    });
    assert.deepEqual([...kinds.keys()].sort(), ['Location adjustment', 'User adjustment']);
    for (const [kind, all] of kinds) {
      for (const { targets } of all) {
        const parent = targets?.find(({ role }) => role === 'parent');
        assert.equal(parent?.type, kind === 'Location adjustment' ? 'location' : 'user');
      }
    }
    const columns = definedView(loaded, 'audits').columns ?? [];
    assert.deepEqual(
      columns.map(({ label }) => label),
      ['When', 'User', 'Resource', 'Record', 'Change', 'Resource details'],
    );
  });

  test('S0.20, S0.21, S0.23, S0.25 events lie on both sides of each limit', () => {
    const { floor, window, delay, formats, filters = [] } = definedView(loaded, 'audits');
    assert.deepEqual([floor, window, delay, formats], ['2025-01-01', 'P90D', 'PT6H', ['csv']]);
    assert.deepEqual(
      filters.filter(({ required }) => required).map(({ key }) => key),
      ['date_range'],
    );
    const times = found(loaded, 'audits', '').map(({ occurred_at }) => Date.parse(occurred_at));
    // Midnight in Toronto.
    const floorMs = Date.parse('2025-01-01T05:00:00Z');
    const all = finds('actor.role:admin').map(({ occurred_at }) => Date.parse(occurred_at));
    const near = (at: number, fromMs: number, toMs: number) => at > fromMs && at < toMs;
    assert.ok(times.some((at) => near(at, floorMs - 5 * MINUTE_MS, floorMs)));
    assert.ok(times.some((at) => near(at, floorMs, floorMs + 5 * MINUTE_MS)));
    const delayMs = NOW_MS - 6 * HOUR_MS;
    assert.ok(all.some((at) => near(at, delayMs, delayMs + 5 * MINUTE_MS)));
    assert.ok(times.some((at) => near(at, delayMs - 5 * MINUTE_MS, delayMs)));
    assert.ok(!times.some((at) => at > delayMs));
  });

  test('S0.26, S0.29 admins generate and schedule reports, staff sees nothing', () => {
    assert.deepEqual(definition.roles['admin']?.grants?.['audits'], ['read', 'export', 'schedule']);
    assert.equal(definition.roles['staff']?.grants, undefined);
  });

  test('the stories are told', () => {
    const told = (q: string, view = 'audits') => found(loaded, view, q, 90);
    const [given] = told('action:user.role_granted metadata.role:admin ticket:HR-212');
    const expected = 'gave Colm Fitzgerald the role admin, “Covering for Ngọc Anh” (HR-212)';
    assert.equal(given?.sentence, `Tunde Bakare ${expected}`);
    assert.ok(told('operation:export actor:"Colm Fitzgerald"', 'everything').length >= 6);
    assert.ok(told('operation:delete actor:"Colm Fitzgerald"').length >= 3);
    assert.equal(told('ip:192.0.2.66 outcome:failure', 'everything').length, 23);
    assert.equal(told('correlation:cor_hours_harbourfront').length, 2);
    assert.ok(told('correlation:cor_holidays').length >= 6);
    const durations = told('action:service.duration_changed "Mortgage consultation"');
    assert.ok(durations.some(({ sentence }) => sentence?.endsWith('from 60 to 15 minutes')));
  });

  test('what changed before is what a record had since', () => {
    const last = new Map<string, unknown>();
    let checked = 0;
    for (const { tenant_id, action, outcome, targets, changes = [] } of events) {
      if (outcome?.result !== 'success' || !action.startsWith('client.')) continue;
      for (const { path, before, after } of changes) {
        const key = `${tenant_id} ${targets?.[0]?.id} ${path}`;
        if (last.has(key)) {
          assert.equal(before, last.get(key), `${action} ${key}`);
          checked += 1;
        }
        last.set(key, after);
      }
    }
    assert.ok(checked > 20);
  });
});

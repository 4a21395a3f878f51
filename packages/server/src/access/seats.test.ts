/** Which seat of a person a request is asked from: one table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPES } from '@annals/contract/routes';
import fc from 'fast-check';
import { chooseSeat, type NamedPlace, type Person, type PersonSeat, principalAt } from './seats.ts';

const seat = (project: string | null, tenant: string | null = null): PersonSeat => ({
  project,
  projectNo: project === null ? null : project.charCodeAt(0),
  tenantId: tenant,
  tenantNo: tenant === null ? null : tenant.charCodeAt(0),
  roles: project === null ? [] : ['reader'],
});
const owner = seat(null);
const [a, b] = [seat('a'), seat('b')];
const [ax, ay, bx] = [seat('a', 'x'), seat('a', 'y'), seat('b', 'x')];
const named = (project?: string, tenantId?: string): NamedPlace => ({ project, tenantId });

const TABLE: readonly (readonly [string, readonly PersonSeat[], NamedPlace, PersonSeat])[] = [
  ['nothing named: the only one', [ax], named(), ax],
  ['nothing named: the widest', [bx, a, owner], named(), owner],
  ['nothing named: an operator before a member', [ax, b], named(), b],
  ['nothing named, alike: the first', [ax, ay], named(), ax],
  ['a project: its operator before an owner', [owner, a], named('a'), a],
  ['a project: an owner before a member in it', [ax, owner], named('a'), owner],
  ['a project: a member in it, if nothing wider', [bx, ax], named('a'), ax],
  ['a tenant of a project: its member', [owner, a, ax], named('a', 'x'), ax],
  ['a tenant of a project: the operator', [owner, a, ay], named('a', 'x'), a],
  ['a tenant of a project: an owner', [owner, b, bx], named('a', 'x'), owner],
  ['a tenant: its member', [owner, b, ax], named(undefined, 'x'), ax],
  ['a tenant: its member, the first of two', [ax, bx], named(undefined, 'x'), ax],
  ['a tenant: an operator before an owner', [owner, b], named(undefined, 'x'), b],
  ['a foreign tenant: the one there is', [ax], named('a', 'y'), ax],
  ['a foreign project: the one there is', [ax], named('b'), ax],
  ['a foreign project: the widest there is', [bx, a], named('c', 'z'), a],
];

test('the place that a request names chooses the seat', () => {
  for (const [words, seats, place, chosen] of TABLE) {
    assert.deepEqual(chooseSeat(seats, place), chosen, words);
  }
});

test('no seat is chosen where there is none, and it opens nothing', () => {
  const person: Person = {
    ...{ kind: 'person', id: 'p', sessionId: 's', name: 'P', email: 'p@a.example' },
    ...{ hasTwoFactor: false, endsAt: 0, seats: [] },
  };
  assert.equal(chooseSeat([], named('a', 'x')), undefined);
  const principal = principalAt(person, undefined);
  assert.equal(principal.scopes.size, 0);
  assert.deepEqual(principal.roles, []);
  assert.notEqual(principal.projectNo, null);
  assert.notEqual(principal.tenantNo, null);
});

test('members are users, everybody else is support; an owner has scopes in place of roles', () => {
  const person: Person = {
    ...{ kind: 'person', id: 'p', sessionId: 's', name: 'P', email: 'p@a.example' },
    ...{ hasTwoFactor: false, endsAt: 0, seats: [] },
  };
  assert.equal(principalAt(person, ax).actor.type, 'user');
  assert.equal(principalAt(person, a).actor.type, 'support');
  assert.equal(principalAt(person, owner).actor.type, 'support');
  assert.deepEqual([...principalAt(person, owner).scopes], SCOPES);
  assert.equal(principalAt(person, a).scopes.size, 0);
});

test('a seat that holds the place is chosen if there is one, in whatever order they come', () => {
  const seats = fc.shuffledSubarray([owner, a, b, ax, ay, bx], { minLength: 1 });
  const place = fc.record({
    project: fc.constantFrom(undefined, 'a', 'b', 'c'),
    tenantId: fc.constantFrom(undefined, 'x', 'y', 'z'),
  });
  const holds = ({ project, tenantId }: PersonSeat, asked: NamedPlace) =>
    project === null ||
    (asked.project === project && (tenantId === null || asked.tenantId === tenantId));
  fc.assert(
    fc.property(seats, place, (given, asked) => {
      const chosen = chooseSeat(given, asked);
      assert.ok(chosen && given.includes(chosen));
      if (asked.project !== undefined && given.some((one) => holds(one, asked))) {
        assert.ok(holds(chosen, asked), JSON.stringify({ given, asked, chosen }));
      }
    }),
  );
});

/**
 * What happens once at the customers of this blueprint:
 * - The profile 2ca0ee4c-… changes around the limits of the views: 29 and 30 days ago, 32 days ago
 *   (its ZIP code, by Greg Stemp), 89, 90 and 91 days ago; a mobile number is added 12 days ago.
 * - Somebody guesses Corinne Delacroix's password at night and gets in; redirect URIs of the
 *   checkout are changed, and put right with a new secret in the morning.
 * - Renata Kowalczyk stands in as Application Admin for a week.
 * - Bryce Hollander opens 34 profiles in the night, is refused three, and is gone the next day.
 * - A version of a flow goes live, breaks something, and the one before is promoted again.
 * - A program updates 60 profiles in one go.
 * - Somebody asks for all their data, and then to be forgotten.
 * - Support mends profiles that no agent can save.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../demo/calendar.ts';
import type { Citizen } from '../kit/crowd.ts';
import type { Days } from '../kit/days.ts';
import { type Stage, stageOf, thingTarget } from '../kit/desk.ts';
import type { Journal } from '../kit/journal.ts';
import type { Worker } from '../kit/staff.ts';
import { LOYALTY_IMPORT } from './cast.ts';
import { newRole, WRONG_PASSWORD } from './console-work.ts';
import {
  agentDoes,
  agentTarget,
  type Desk,
  type Flow,
  profileTarget,
  programDoes,
  versionAt,
} from './desk.ts';
import { changesOf, editProfile, supportUpdates, viewProfile } from './profile-work.ts';

/** The profile of the reference text, by its id. */
export const KNOWN_PROFILE = '2ca0ee4c-f1b6-4375-a317-b86035c264a1';

/** Days before now, and hours on: just inside and outside 30 and 90 days. */
const AROUND_LIMITS = [
  [91, 0],
  [90, -2],
  [90, 2],
  [30, -2],
  [30, 2],
] as const;

function changesAroundLimits({ desk, days, journal, person }: Stage<Desk>): void {
  const [greg, shanice] = [person('greg.stemp'), person('shanice.campbell')];
  let profile: Citizen = {
    ...desk.newProfile(),
    id: KNOWN_PROFILE,
    city: 'Portland',
    zip: '97206',
  };
  const becomes = (atMs: number, by: Worker, next: () => Partial<Citizen>) =>
    journal.cue(atMs, () => {
      const after = { ...profile, ...next() };
      agentDoes(desk, by, atMs, {
        action: 'recordUpdated',
        targets: [profileTarget(profile)],
        changes: changesOf(profile, after),
        context: { correlation_id: `upd_${desk.random.hex(16)}` },
      });
      profile = after;
    });
  for (const [daysAgo, hours] of AROUND_LIMITS) {
    const street = `${daysAgo + hours} Larch Avenue`;
    becomes(days.nowMs - daysAgo * DAY_MS + hours * HOUR_MS, shanice, () => ({ street }));
  }
  becomes(days.nowMs - 32 * DAY_MS, greg, () => ({ zip: '98101' }));
  journal.cue(days.workday(12, 15, 20), (atMs) =>
    agentDoes(desk, shanice, atMs, {
      action: 'recordUpdated',
      targets: [profileTarget(profile)],
      changes: [{ path: '/mobileNumber', label: 'Mobile number', after: profile.phone }],
      context: { correlation_id: `upd_${desk.random.hex(16)}` },
    }),
  );
}

const GUESSES = 23;

function isGuessed({ desk, days, journal, person }: Stage<Desk>): void {
  const [corinne, greg] = [person('corinne.delacroix'), person('greg.stemp')];
  const shop = desk.newClient('Checkout');
  const stranger = { ip: '192.0.2.66', location: 'unknown', user_agent: 'python-requests/2.32' };
  const self = [agentTarget(corinne)];
  journal.cue(days.at(9, 3, 4), (startMs) => {
    for (let guess = 0; guess <= GUESSES; guess += 1) {
      const isIn = guess === GUESSES;
      agentDoes(desk, corinne, startMs + guess * 11_000, {
        action: 'agentSignedIn',
        targets: self,
        context: stranger,
        ...(isIn ? { metadata: { signed_in_with: 'password and code' } } : WRONG_PASSWORD),
      });
    }
  });
  const steps = [
    [days.at(9, 3, 15), corinne, 'clientUpdated', stranger],
    [days.at(9, 8, 50), greg, 'clientUpdated', {}],
  ] as const;
  for (const [stepMs, worker, action, context] of steps) {
    journal.cue(stepMs, (atMs) =>
      agentDoes(desk, worker, atMs, {
        action,
        targets: [thingTarget('api_client', shop)],
        metadata: { setting: 'redirect URIs' },
        context,
      }),
    );
  }
  journal.cue(days.at(9, 8, 52), (atMs) =>
    agentDoes(desk, greg, atMs, {
      action: 'clientSecretRotated',
      targets: [thingTarget('api_client', shop)],
      changes: [{ path: '/secret', label: 'Credential', secret: true }],
      reason: { text: 'Somebody else changed its redirect URIs', ticket: 'SEC-91' },
    }),
  );
}

function standsIn({ desk, days, journal, person }: Stage<Desk>): void {
  const [renata, ngaire] = [person('renata.kowalczyk'), person('ngaire.whaanga')];
  const lent = { ...renata, roles: ['application_admin'] };
  journal.cue(days.workday(20, 16, 30), (atMs) => {
    desk.staff.replace(renata, lent);
    const reason = { text: 'Stands in for Terrance', ticket: 'HR-77' };
    agentDoes(desk, ngaire, atMs, { ...newRole(renata, 'application_admin'), reason });
  });
  journal.cue(days.workday(13, 9, 10), (atMs) => {
    desk.staff.replace(lent, renata);
    const deed = newRole(lent, 'user_profile_manager');
    agentDoes(desk, ngaire, atMs, { ...deed, operation: 'revoke' });
  });
}

const OPENED = 34;

function looksAround({ desk, days, journal, person }: Stage<Desk>): void {
  const [bryce, ngaire] = [person('bryce.hollander'), person('ngaire.whaanga')];
  journal.cue(days.at(7, 22, 41), (startMs) => {
    for (let count = 1; count <= OPENED; count += 1) {
      const deed = viewProfile(desk, desk.profiles.any(), count % 11 === 0);
      agentDoes(desk, bryce, startMs + count * 65_000, deed);
    }
  });
  journal.cue(days.at(6, 13, 15), (atMs) => {
    desk.staff.remove(bryce);
    agentDoes(desk, ngaire, atMs, {
      action: 'agentDeactivated',
      targets: [agentTarget(bryce)],
      reason: { text: 'Opened profiles without a case', ticket: 'HR-80' },
    });
  });
}

function goesLiveAndBack({ desk, days, journal, person }: Stage<Desk>): void {
  const terrance = person('terrance.oreilly');
  const flow: Flow = desk.newFlow('Spring campaign', days.at(11, 9));
  const next = versionAt(days.at(11, 10, 30));
  const targets = [thingTarget('flow', flow)];
  const steps = [
    [days.workday(11, 9), 'flowCreated', { new_flow_version: flow.version, locale: flow.locale }],
    [days.workday(11, 9, 30), 'flowPromoted', { flow_version: flow.version, stage: 'production' }],
    [
      days.workday(11, 10, 30),
      'flowUpdated',
      { flow_version: flow.version, new_flow_version: next, locale: flow.locale },
    ],
    [days.workday(11, 10, 45), 'flowPromoted', { flow_version: next, stage: 'production' }],
    [days.workday(11, 11, 20), 'flowPromoted', { flow_version: flow.version, stage: 'production' }],
  ] as const;
  for (const [stepMs, action, metadata] of steps) {
    journal.cue(stepMs, (atMs) => agentDoes(desk, terrance, atMs, { action, targets, metadata }));
  }
}

const IN_ONE_GO = 60;

function isUpdatedInOneGo({ desk, days, journal }: Stage<Desk>): void {
  const correlation_id = `batch_${desk.random.hex(12)}`;
  journal.cue(days.workday(15, 4, 10), (startMs) => {
    for (let count = 0; count < IN_ONE_GO; count += 1) {
      const deed = editProfile(desk, desk.profiles.any(), 'phone');
      programDoes(desk, LOYALTY_IMPORT, startMs + count * 300, {
        ...deed,
        context: { correlation_id },
      });
    }
  });
}

function asksAndLeaves({ desk, days, journal, person }: Stage<Desk>): void {
  const jiwoo = person('jiwoo.han');
  const profile = desk.newProfile();
  const targets = [profileTarget(profile)];
  const steps = [
    [days.workday(18, 10, 12), 'recordExported', 'Asked for all their data'],
    [days.workday(17, 14, 3), 'recordDeleted', 'Asked to be forgotten'],
  ] as const;
  for (const [stepMs, action, text] of steps) {
    journal.cue(stepMs, (atMs) =>
      agentDoes(desk, jiwoo, atMs, {
        action,
        targets,
        reason: { text, ticket: 'PRIV-204' },
        context: { correlation_id: `upd_${desk.random.hex(16)}` },
      }),
    );
  }
}

function isMended({ desk, days, journal }: Stage<Desk>): void {
  for (const minute of [5, 9, 14]) {
    journal.cue(days.workday(5, 11, minute), (atMs) =>
      supportUpdates(desk, atMs, editProfile(desk, desk.profiles.any())),
    );
  }
}

/** Cues all that happens once, at the customer whose agents it names. */
export function tellStories(desk: Desk, days: Days, journal: Journal): void {
  if (desk.customer.tenant_id !== 'cascadia-outfitters') return;
  const stage = stageOf(desk, days, journal);
  changesAroundLimits(stage);
  isGuessed(stage);
  standsIn(stage);
  looksAround(stage);
  goesLiveAndBack(stage);
  isUpdatedInOneGo(stage);
  asksAndLeaves(stage);
  isMended(stage);
  journal.cue(days.workday(10, 16, 2), (atMs) =>
    agentDoes(desk, stage.person('terrance.oreilly'), atMs + MINUTE_MS, {
      action: 'clientDeleted',
      targets: [thingTarget('api_client', desk.newClient('Old kiosk'))],
    }),
  );
}

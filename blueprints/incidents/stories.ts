/**
 * What happens once at the organisations of this blueprint, most of it at helvetia-grid:
 * - Somebody guesses Yannick Rochat's password at night until the login is locked, gets in an hour
 *   later and makes a refresh token; in the morning it is revoked and the second factor reset.
 * - In the evening before a weekend Sandeep Chawla takes the night's responder off the first level
 *   and triples a delay; after the weekend both are put right.
 * - Blerta Krasniqi stands in as Administrator for two weeks.
 * - Terraform moves every service to another escalation policy in one run.
 * - A runbook is deleted by mistake and made again.
 * - A service stays muted for nine hours of a night.
 * - Support corrects users for somebody who asked for it.
 * - Ewa Pietrzak leaves: her role, her token, her account.
 * - At all who have an audit log somebody signs in just before and after it was enabled, and just
 *   before and after a year ago.
 */
import { DAY_MS, HOUR_MS } from '../demo/calendar.ts';
import type { Days } from '../kit/days.ts';
import { type Deed, stageOf, type Thing, thingTarget, userTarget } from '../kit/desk.ts';
import type { Journal } from '../kit/journal.ts';
import type { Worker } from '../kit/staff.ts';
import { TERRAFORM } from './cast.ts';
import { type Desk, failed, loginTarget, programDoes, systemDoes, userDoes } from './desk.ts';
import { lockLogin, moveRole, supportDoes } from './people-work.ts';

type Stage = ReturnType<typeof incidentStage>;

/** With a short way to say that somebody does something at a moment. */
const incidentStage = (desk: Desk, days: Days, journal: Journal) => ({
  ...stageOf(desk, days, journal),
  does: (atMs: number, worker: Worker, deed: Deed) =>
    journal.cue(atMs, () => userDoes(desk, worker, atMs, deed)),
});

const GUESSES = 41;

function isGuessed({ desk, days, journal, person, does }: Stage): void {
  const [yannick, owner] = [person('yannick.rochat'), person('annelies.brunner')];
  const stranger = { ip: '192.0.2.77', location: 'unknown', user_agent: 'python-requests/2.32' };
  const signIn = { action: 'user_login.signed_in', targets: [loginTarget(yannick)] };
  const startMs = days.at(13, 2, 11);
  for (let guess = 0; guess < GUESSES; guess += 1) {
    const { wrongPassword } = desk.customer.words;
    does(startMs + guess * 1_400, yannick, {
      ...signIn,
      ...failed(wrongPassword),
      context: stranger,
    });
  }
  journal.cue(startMs + GUESSES * 1_400, (atMs) => lockLogin(desk, yannick, atMs));
  const metadata = { signed_in_with: 'SMS' };
  does(days.at(13, 3, 14), yannick, { ...signIn, metadata, context: stranger });
  const token = desk.thing('tok', 'backup');
  const targets = [thingTarget('api_refresh_token', token)];
  const created = { action: 'api_refresh_token.created', targets, context: stranger };
  does(days.at(13, 3, 16), yannick, created);
  const reason = { text: 'Nobody of us made it', ticket: 'SEC-40' };
  does(days.at(13, 8, 5), owner, { action: 'api_refresh_token.revoked', targets, reason });
  does(days.at(13, 8, 9), owner, {
    action: 'user.second_factor_reset',
    targets: [userTarget(yannick)],
    reason,
  });
}

function isCalledTooLate({ desk, days, person, does }: Stage): void {
  const [sandeep, blerta] = [person('sandeep.chawla'), person('blerta.krasniqi')];
  const night = { ...userTarget(person('luca.bernasconi')), role: 'related' as const };
  const policy = thingTarget('escalation_policy', desk.thing('pol', 'Control room'));
  const rule = { targets: [policy, night], metadata: { level: 1 } };
  const delay = (before: number, after: number) => ({
    action: 'escalation_policy.updated',
    targets: [policy],
    changes: [{ path: '/delay_minutes', label: desk.customer.words.delay, before, after }],
  });
  const reason = { text: 'Nobody was called on Sunday', ticket: 'PM-118' };
  does(days.workday(22, 17, 52), sandeep, { ...rule, action: 'escalation_policy.rule_removed' });
  does(days.workday(22, 17, 54), sandeep, delay(15, 45));
  does(days.workday(18, 8, 31), blerta, {
    ...rule,
    action: 'escalation_policy.rule_added',
    reason,
  });
  does(days.workday(18, 8, 33), blerta, { ...delay(45, 15), reason });
}

function standsIn({ desk, days, journal, person }: Stage): void {
  const [blerta, owner] = [person('blerta.krasniqi'), person('annelies.brunner')];
  const move = { by: owner, user: blerta, role: 'Administrator' };
  const lent = { ...blerta, roles: ['admin', 'manager'] };
  journal.cue(days.workday(30, 16, 20), (atMs) => {
    desk.staff.replace(blerta, lent);
    const reason = { text: desk.customer.words.standIn, ticket: 'HR-12' };
    moveRole(desk, atMs, { ...move, isGiven: true }, { reason });
  });
  journal.cue(days.workday(16, 9, 5), (atMs) => {
    desk.staff.replace(lent, blerta);
    moveRole(desk, atMs, { ...move, isGiven: false });
  });
}

const RUN_SERVICES = 14;

function isMovedInOneRun({ desk, days, journal }: Stage): void {
  const services = Array.from({ length: RUN_SERVICES }, (_, index) =>
    desk.thing('srv', `Substation ${index + 1}`),
  );
  const context = { correlation_id: `run_${desk.random.hex(10)}` };
  const { policy: label } = desk.customer.words;
  journal.cue(days.workday(10, 11, 7), (startMs) => {
    for (const [index, service] of services.entries()) {
      programDoes(desk, TERRAFORM, startMs + index * 700, {
        action: 'service.updated',
        targets: [thingTarget('service', service)],
        changes: [
          { path: '/escalation_policy', label, before: 'Night shift', after: 'Grid on-call' },
        ],
        context,
      });
    }
  });
}

function isMadeAgain({ desk, days, person, does }: Stage): void {
  const [mirjam, yannick] = [person('mirjam.stoessel'), person('yannick.rochat')];
  const target = (thing: Thing) => ({ targets: [thingTarget('runbook', thing)] });
  const [old, again] = ['run', 'run'].map((kind) => desk.thing(kind, 'Black start'));
  if (old === undefined || again === undefined) return;
  does(days.workday(8, 10, 40), mirjam, { action: 'runbook.deleted', ...target(old) });
  does(days.workday(8, 10, 58), yannick, { action: 'runbook.created', ...target(again) });
}

function staysMuted({ desk, days, journal, person, does }: Stage): void {
  const targets = [thingTarget('service', desk.thing('srv', 'Outage hotline'))];
  does(days.at(4, 22, 3), person('oluwatobi.bankole'), { action: 'service.muted', targets });
  journal.cue(days.at(3, 7, 10), (atMs) =>
    systemDoes(desk, atMs, { action: 'service.unmuted', targets }),
  );
}

function isHelped({ desk, days, journal, person }: Stage): void {
  const owner = person('annelies.brunner');
  const { words, services } = desk.customer;
  for (const [index, minute] of [2, 5, 9].entries()) {
    journal.cue(days.workday(20, 14, minute), (atMs) =>
      supportDoes(desk, owner, atMs, {
        action: 'user.updated',
        targets: [userTarget(desk.helpers.any())],
        changes: [{ path: '/team', label: words.team, before: null, after: services[index] }],
        reason: { text: words.helped, ticket: 'INC-3307' },
      }),
    );
  }
}

function leaves({ desk, days, journal, person, does }: Stage): void {
  const [ewa, owner] = [person('ewa.pietrzak'), person('annelies.brunner')];
  const token = thingTarget('api_refresh_token', desk.thing('tok', 'ewa-scripts'));
  const reason = { text: desk.customer.words.left, ticket: 'HR-15' };
  journal.cue(days.workday(5, 17, 1), (atMs) => {
    desk.staff.remove(ewa);
    moveRole(desk, atMs, { by: owner, user: ewa, role: 'Responder', isGiven: false }, { reason });
  });
  const steps = [
    [2, 'api_refresh_token.revoked', token],
    [3, 'user.deactivated', userTarget(ewa)],
    [9, 'user.deleted', userTarget(ewa)],
  ] as const;
  for (const [minute, action, target] of steps) {
    does(days.workday(5, 17, minute), owner, { action, targets: [target], reason });
  }
}

const YEAR_DAYS = 365;

/** Somebody signs in an hour or a day before and after the moment. */
function aroundLimit({ desk, does }: Stage, limitMs: number, stepMs: number): void {
  const [, admin] = desk.customer.staff;
  if (admin === undefined) return;
  for (const side of [-1, 1]) {
    does(limitMs + side * stepMs, admin, {
      action: 'user_login.signed_in',
      targets: [loginTarget(admin)],
      metadata: { signed_in_with: 'passkey' },
    });
  }
}

/** Cues all that happens once at the organisation, by its name. */
export function tellStories(desk: Desk, days: Days, journal: Journal): void {
  const stage = incidentStage(desk, days, journal);
  const { tenant_id, enabledDaysAgo } = desk.customer;
  if (enabledDaysAgo !== undefined) {
    aroundLimit(stage, days.nowMs - YEAR_DAYS * DAY_MS, DAY_MS);
    aroundLimit(stage, days.at(enabledDaysAgo, 0), HOUR_MS);
  }
  if (tenant_id !== 'helvetia-grid') return;
  isGuessed(stage);
  isCalledTooLate(stage);
  standsIn(stage);
  isMovedInOneRun(stage);
  isMadeAgain(stage);
  staysMuted(stage);
  isHelped(stage);
  leaves(stage);
}

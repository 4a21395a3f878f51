/**
 * What does not happen every day at Larkspur, and what the definition's questions find:
 * - Somebody copies the wrong branch's hours on a Thursday evening; on Saturday members stand
 *   before a closed door, and the log tells why.
 * - A manager is made admin for a day “to cover for Ngọc Anh”, exports every branch's clients,
 *   deletes categories, and is an admin no longer.
 * - 23 times a code is wrong, from one address far away; then it is right.
 * - A consultation that takes an hour takes 15 minutes over night.
 * - Support looks into a customer's trouble, with a ticket, and changes a setting.
 * - An idle session ends after 15 minutes, then after eight hours.
 * - All branches close for the holidays in one go.
 * - Events lie just before and after each limit: the floor, the delay, the window.
 */
import type { EventInput } from '@annals/contract/event';
import { HOUR_MS, MINUTE_MS } from '../demo/calendar.ts';
import { eventsOf, type Hand, type Refusal, type Scene } from '../kit/deeds.ts';
import type { Happening } from '../kit/happenings.ts';
import { type Item, itemOf, oneNamed, targetsOf, turnTo } from '../kit/items.ts';
import type { Person } from '../kit/people.ts';
import { adjust, copyHours } from './hours-deeds.ts';
import { adjustmentItem, handOf, hoursItem, type Office, SETTINGS, support } from './office.ts';
import { WRONG_CODE } from './refusals.ts';
import { setTo } from './settings-deeds.ts';

/** The short way to tell what somebody of an organization does. */
const stageOf = (office: Office) => {
  const { recorder, customer, pools } = office;
  const person = (name: string): Person => oneNamed(customer.people, name);
  const correlated = (hand: Hand, correlation: string): Hand => ({
    ...hand,
    context: { ...hand.context, correlation_id: correlation },
  });
  return {
    person,
    item: (pool: keyof typeof pools, name: string): Item => oneNamed(pools[pool], name),
    does: (
      name: string,
      atMs: number,
      action: string,
      scene: Scene,
      correlation?: string,
    ): EventInput[] => {
      const hand = handOf(office, person(name), atMs);
      const own = correlation === undefined ? hand : correlated(hand, correlation);
      return eventsOf(recorder, action, atMs, own, scene);
    },
    tries: (hand: Hand, atMs: number, action: string, scene: Scene, refusal?: Refusal) =>
      eventsOf(recorder, action, atMs, hand, scene, refusal),
  };
};
type Stage = ReturnType<typeof stageOf>;

/** The weeks of two branches, which the story keeps for itself. */
const wrongHours = (office: Office, { item, does }: Stage): Happening => {
  const { shifts, pools } = office;
  const startMs = shifts.daysAgo(23, 17, 42);
  const week = (branch: string, hours: string): Item => {
    const made = hoursItem(office, item('location', branch));
    made.values.set('/hours', hours);
    return made;
  };
  const own = week('Harbourfront Branch', 'Mon–Fri 09:00–17:00; Sat 10:00–15:00');
  const other = week('Kensington Branch', 'Mon–Fri 09:00–17:00');
  const correlation = 'cor_hours_harbourfront';
  const corrected = (): Scene => {
    const after = 'Mon–Fri 09:00–17:00; Sat 10:00–15:00';
    const { changes, take } = turnTo(own, [{ field: { path: '/hours', label: 'Hours' }, after }]);
    return {
      targets: targetsOf(own),
      changes,
      done: take,
      reason: { text: 'Members stood before a closed door', ticket: 'OPS-611' },
    };
  };
  return {
    atMs: startMs,
    play: () => {
      pools.business_hours.push(own);
      return [
        ...does(
          'Devon Achterberg',
          startMs,
          'business_hours.copied',
          copyHours(other, own),
          correlation,
        ),
        ...does(
          'Moira Castellane',
          startMs + 40.5 * HOUR_MS,
          'business_hours.updated',
          corrected(),
          correlation,
        ),
      ];
    },
  };
};

const adminForADay = (office: Office, { item, person, does }: Stage): Happening => {
  const { shifts, pools, random } = office;
  const startMs = shifts.daysAgo(37, 18, 55);
  const cover = person('Colm Fitzgerald');
  const user = item('user', cover.name);
  const role = (atMs: number, by: string, action: string, before: string, after: string) =>
    does(by, atMs, action, {
      targets: targetsOf(user),
      changes: [{ path: '/role', label: 'Role', before, after }],
      metadata: { role: 'admin' },
      ...(after === 'admin'
        ? { reason: { text: 'Covering for Ngọc Anh', ticket: 'HR-212' } }
        : { reason: { text: 'Cover is over', ticket: 'HR-215' } }),
    });
  // As an admin he has that role too, in whatever he does.
  const asAdmin: Person = { ...cover, roles: ['admin', 'manager'] };
  const acts = (atMs: number, action: string, scene: Scene) =>
    eventsOf(office.recorder, action, atMs, handOf(office, asAdmin, atMs), scene);
  const exported = pools.location.map((location, index) =>
    acts(startMs + (70 + index * 2) * MINUTE_MS, 'client.exported', {
      targets: targetsOf(location),
      metadata: { rows: random.integer(900, 4_200), format: 'CSV' },
    }),
  );
  const deleted = ['Farm advice', 'Staff discounts', 'Private members'].map((name, index) => {
    const category = itemOf('category', `cat_9${index}`, { name });
    return acts(startMs + (90 + index) * MINUTE_MS, 'category.deleted', {
      targets: targetsOf(category),
      metadata: { resource_details: 'Service category' },
    });
  });
  return {
    atMs: startMs,
    play: () => [
      ...role(startMs, 'Tunde Bakare', 'user.role_granted', 'manager', 'admin'),
      ...exported.flat(),
      ...deleted.flat(),
      ...role(startMs + 15 * HOUR_MS, 'Tunde Bakare', 'user.role_revoked', 'admin', 'manager'),
    ],
  };
};

const GUESSES = 23;
const guessedCode = (office: Office, { person, tries }: Stage): Happening => {
  const startMs = office.shifts.daysAgo(12, 3, 11);
  const victim = person('Sadia Mirza');
  const hand = (atMs: number): Hand => ({
    ...handOf(office, { ...victim, ip: '192.0.2.66', location: 'Unknown' }, atMs),
  });
  return {
    atMs: startMs,
    play: () =>
      Array.from({ length: GUESSES + 1 }, (_, index) => {
        const atMs = startMs + index * 41_000;
        const scene = { metadata: { method: 'a code by e-mail' } };
        const refusal = index < GUESSES ? WRONG_CODE : undefined;
        return tries(hand(atMs), atMs, 'user.signed_in', scene, refusal);
      }).flat(),
  };
};

const shortConsultation = (office: Office, { item, does }: Stage): Happening => {
  const startMs = office.shifts.daysAgo(58, 21, 40);
  const service = item('service', 'Mortgage consultation');
  const field = { path: '/duration_minutes', label: 'Duration in minutes' };
  const set = (name: string, atMs: number, after: number, reason?: EventInput['reason']) => {
    const { changes, take } = turnTo(service, [{ field, after }]);
    const scene = { targets: targetsOf(service), changes, done: take };
    return does(name, atMs, 'service.duration_changed', reason ? { ...scene, reason } : scene);
  };
  return {
    atMs: startMs,
    play() {
      service.values.set(field.path, 60);
      return [
        ...set('Ngọc Anh Phạm', startMs, 15),
        ...set('Moira Castellane', startMs + 11 * HOUR_MS, 60, {
          text: 'Was meant for another service',
          ticket: 'OPS-588',
        }),
      ];
    },
  };
};

const supportHelps = (office: Office, { tries }: Stage, days: number): Happening => {
  const startMs = office.shifts.daysAgo(days, 11, 5);
  return {
    atMs: startMs,
    play() {
      const hand = support(office, startMs);
      const [reminders] = SETTINGS.filter(({ part }) => part === 'Reminders');
      const isOn = office.settings.values.get(reminders?.path ?? '');
      return [
        ...tries(hand, startMs, 'support.session_started', {}),
        ...tries(hand, startMs + 2 * MINUTE_MS, 'support.record_opened', {
          targets: targetsOf(office.settings),
        }),
        ...(reminders
          ? tries(
              hand,
              startMs + 9 * MINUTE_MS,
              'settings.updated',
              setTo(office, reminders, isOn !== true),
            )
          : []),
        ...tries(hand, startMs + 14 * MINUTE_MS, 'support.session_ended', {}),
      ];
    },
  };
};

const longSessions = (office: Office, { does }: Stage): Happening => {
  const startMs = office.shifts.daysAgo(8, 16, 20);
  const [security] = SETTINGS.filter(({ part }) => part === 'Security');
  return {
    atMs: startMs,
    play: () =>
      security
        ? does('Tunde Bakare', startMs, 'settings.updated', setTo(office, security, 480))
        : [],
  };
};

const holidays = (office: Office, { does }: Stage): Happening => {
  const startMs = office.shifts.daysAgo(44, 10, 2);
  return {
    atMs: startMs,
    play: () =>
      office.pools.location.flatMap((location, index) => {
        const atMs = startMs + index * 9_000;
        const scene = adjust(office, adjustmentItem(office, location, atMs));
        return does('Moira Castellane', atMs, 'adjustment.created', scene, 'cor_holidays');
      }),
  };
};

/** A change of an admin at each of these moments, each next to a limit of the views. */
const atTheLimits = (office: Office, { does }: Stage): Happening[] => {
  const { shifts, random } = office;
  const { nowMs } = shifts;
  const moments = [
    // The floor is the beginning of 2025 in the project's zone.
    shifts.onDay('2024-12-30', 15, 20),
    shifts.onDay('2024-12-31', 23, 58),
    shifts.onDay('2025-01-01', 0, 3),
    shifts.onDay('2025-01-02', 9, 14),
    // Ninety days fit into one report.
    nowMs - 91 * 24 * HOUR_MS,
    nowMs - 89 * 24 * HOUR_MS,
    // What is younger than six hours is not shown yet.
    nowMs - 6 * HOUR_MS - 4 * MINUTE_MS,
    nowMs - 6 * HOUR_MS + 4 * MINUTE_MS,
    nowMs - 25 * MINUTE_MS,
  ];
  return moments.map((atMs) => ({
    atMs,
    play() {
      const setting = random.pick(SETTINGS);
      const before = office.settings.values.get(setting.path);
      const [after] = setting.values.filter((value) => value !== before);
      return does('Moira Castellane', atMs, 'settings.updated', setTo(office, setting, after));
    },
  }));
};

/** The stories of Larkspur. */
export const storiesOf = (office: Office): Happening[] => {
  const stage = stageOf(office);
  return [
    wrongHours(office, stage),
    adminForADay(office, stage),
    guessedCode(office, stage),
    shortConsultation(office, stage),
    supportHelps(office, stage, 5),
    supportHelps(office, stage, 71),
    longSessions(office, stage),
    holidays(office, stage),
    ...atTheLimits(office, stage),
  ];
};

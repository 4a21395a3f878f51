/** What is done to user profiles of this blueprint, by agents, programs and their owners. */
import type { Change } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import { CITIES, type Citizen, phoneOf, plain, streetOf } from '../kit/crowd.ts';
import type { Deed } from '../kit/desk.ts';
import { delegateOf, supportOf } from '../kit/people.ts';
import { LOYALTY_IMPORT, SUPPORT } from './cast.ts';
import { REFUSED } from './console-work.ts';
import { aCarer, agentDoes, type Desk, ownerDoes, profileTarget, programDoes } from './desk.ts';

const correlated = (random: Random) => ({ correlation_id: `upd_${random.hex(16)}` });

const moved = (random: Random, profile: Citizen): Citizen => {
  const others = CITIES.filter(([name]) => name !== profile.city);
  const [city, zip] = random.pick(others);
  return { ...profile, street: streetOf(random), city, zip };
};

const FAMILIES = ['Okonjo', 'Bellweather', 'Saarinen', 'Montoya', 'Greenleaf'] as const;

const EDITS: Readonly<Record<string, (random: Random, profile: Citizen) => Citizen>> = {
  zip: (random, profile) => ({ ...profile, zip: moved(random, profile).zip }),
  address: moved,
  email: (random, profile) => {
    const account = `${plain(profile.family)}${random.integer(100, 999)}`;
    return { ...profile, email: `${account}@inbox.example` };
  },
  phone: (random, profile) => ({ ...profile, phone: phoneOf(random) }),
  name: (random, profile) => {
    const family = random.pick(FAMILIES.filter((other) => other !== profile.family));
    return { ...profile, family, name: `${profile.given} ${family}` };
  },
};

const ATTRIBUTES = [
  ['given', '/givenName', 'Given name'],
  ['family', '/familyName', 'Family name'],
  ['email', '/email', 'E-mail'],
  ['phone', '/mobileNumber', 'Mobile number'],
  ['street', '/primaryAddress/address1', 'Street'],
  ['city', '/primaryAddress/city', 'City'],
  ['zip', '/primaryAddress/zip', 'ZIP code'],
] as const;

/** What differs between two states of a profile; from nothing, all of it. */
export const changesOf = (before: Citizen | undefined, after: Citizen): Change[] =>
  ATTRIBUTES.filter(([name]) => before?.[name] !== after[name]).map(([name, path, label]) => ({
    path,
    label,
    ...(before && { before: before[name] }),
    after: after[name],
  }));

/** The profile is another one from now on; the deed tells what of it. */
export function editProfile(desk: Desk, profile: Citizen, kind?: string): Deed {
  const { random, profiles } = desk;
  const edit = EDITS[kind ?? random.pick(Object.keys(EDITS))] ?? moved;
  const after = edit(random, profile);
  profiles.replace(profile, after);
  return {
    action: 'recordUpdated',
    targets: [profileTarget(profile)],
    changes: changesOf(profile, after),
    context: correlated(random),
  };
}

/** The values that were refused are in the reason: it is shown where the values are. */
function refusedUpdate(desk: Desk, atMs: number): void {
  const { random, profiles } = desk;
  const phone = `${phoneOf(random)}0`;
  agentDoes(desk, aCarer(desk), atMs, {
    action: 'recordUpdated',
    targets: [profileTarget(profiles.any())],
    changes: [{ path: '/mobileNumber', label: 'Mobile number', after: phone }],
    outcome: { result: 'failure', reason: `${phone} is no mobile number` },
    metadata: { refusal: 'not valid' },
    context: correlated(random),
  });
}

function updateProfile(desk: Desk, atMs: number): void {
  const { random, profiles } = desk;
  const way = random.next();
  if (way < 0.05) {
    refusedUpdate(desk, atMs);
    return;
  }
  const deed = editProfile(desk, profiles.any());
  if (way < 0.1) programDoes(desk, LOYALTY_IMPORT, atMs, deed);
  else if (way < 0.13) supportUpdates(desk, atMs, deed);
  else agentDoes(desk, aCarer(desk), atMs, deed);
}

/** Support works for an agent who asked for it, and says under which ticket. */
export function supportUpdates(desk: Desk, atMs: number, deed: Deed): void {
  const { random } = desk;
  const worker = random.weighted(SUPPORT);
  agentDoes(desk, worker, atMs, {
    ...deed,
    actor: supportOf(worker),
    on_behalf_of: [delegateOf(aCarer(desk))],
    reason: {
      text: 'The profile cannot be saved since the change of its schema',
      ticket: `IDC-${random.integer(2_000, 8_999)}`,
    },
  });
}

function changeOwnProfile(desk: Desk, atMs: number): void {
  const profile = desk.profiles.any();
  ownerDoes(desk, profile, atMs, editProfile(desk, profile));
}

function createProfile(desk: Desk, atMs: number): void {
  const { random, profiles } = desk;
  const profile = desk.newProfile();
  const deed = {
    action: 'recordCreated',
    targets: [profileTarget(profile)],
    changes: changesOf(undefined, profile),
    context: correlated(random),
  };
  const way = random.next();
  if (way < 0.1) {
    agentDoes(desk, aCarer(desk), atMs, {
      ...deed,
      outcome: { result: 'failure', reason: `${profile.email} belongs to another profile` },
      metadata: { refusal: 'not valid' },
    });
    return;
  }
  profiles.add(profile);
  if (way < 0.6) ownerDoes(desk, profile, atMs, deed);
  else if (way < 0.75) programDoes(desk, LOYALTY_IMPORT, atMs, deed);
  else agentDoes(desk, aCarer(desk), atMs, deed);
}

function deleteProfile(desk: Desk, atMs: number): void {
  const { random, profiles } = desk;
  const isDenied = random.chance(0.15);
  const profile = isDenied ? profiles.any() : profiles.take();
  agentDoes(desk, aCarer(desk), atMs, {
    action: 'recordDeleted',
    targets: [profileTarget(profile)],
    context: correlated(random),
    ...(isDenied
      ? REFUSED.permission
      : random.chance(0.5) && { reason: { text: 'Asked to be forgotten' } }),
  });
}

export const viewProfile = (desk: Desk, profile: Citizen, isDenied: boolean): Deed => ({
  action: 'recordViewed',
  targets: [profileTarget(profile)],
  context: correlated(desk.random),
  ...(isDenied && REFUSED.permission),
});

function openProfile(desk: Desk, atMs: number): void {
  const { random, profiles } = desk;
  agentDoes(desk, aCarer(desk), atMs, viewProfile(desk, profiles.any(), random.chance(0.04)));
}

function exportProfile(desk: Desk, atMs: number): void {
  const { random, profiles } = desk;
  const isDenied = random.chance(0.15);
  agentDoes(desk, aCarer(desk), atMs, {
    action: 'recordExported',
    targets: [profileTarget(profiles.any())],
    context: correlated(random),
    ...(isDenied
      ? REFUSED.permission
      : random.chance(0.6) && { reason: { text: 'Asked for all their data' } }),
  });
}

export const PROFILE_WORKS = [
  { weight: 70, play: updateProfile },
  { weight: 28, play: changeOwnProfile },
  { weight: 18, play: createProfile },
  { weight: 8, play: deleteProfile },
  { weight: 40, play: openProfile },
  { weight: 6, play: exportProfile },
] as const;

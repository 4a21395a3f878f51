/** The stories that an investigator would look for: an export, break-ins, a leaked key. */
import type { EventInput } from '@annals/contract/event';
import type { Changes } from './actions.ts';
import { MINUTE_MS } from './calendar.ts';
import type { Person } from './cast.ts';
import { type Context, SUCCESS } from './draft.ts';
import { signIn, WRONG_PASSWORD } from './scenes.ts';
import type { Stage, Story } from './stage.ts';
import {
  documentTargets,
  personContext,
  programActor,
  programContext,
  record,
  requestContext,
  SYSTEM,
  type World,
  workspaceTarget,
} from './world.ts';

const NIGHT_EXPORTS = 212;
export const leaver = (world: World, { tenant, does, at, person }: Stage): Story[] => {
  const viktor = person('viktor.halvorsen');
  const admin = person('jonas.lindqvist');
  const nightMs = at(40, 2, 13);
  const goneMs = at(33, 17, 5);
  world.leaves(viktor, goneMs);
  const night = (): EventInput[] => {
    const { random } = world;
    const session = {
      ...personContext(viktor, `ses_${random.hex(16)}`),
      correlation_id: `exp_${random.hex(10)}`,
    };
    const shared = { event_type: 'document', operation: 'export', severity: 'high' } as const;
    const source = { initiator: 'user', application: 'web', component: 'bulk-export' } as const;
    const files = Array.from({ length: NIGHT_EXPORTS }, (_, index) => {
      const atMs = nightMs + 40_000 + index * 5_000 + random.integer(0, 4_000);
      return does(
        viktor,
        atMs,
        {
          ...shared,
          action: 'document.downloaded',
          source,
          targets: documentTargets(world.document(tenant, atMs)),
          metadata: { size_bytes: random.integer(90_000, 40_000_000), part: index + 1 },
        },
        session,
      );
    });
    const targets = workspaceTarget(tenant);
    const asked = { ...shared, source, targets, event_type: 'export' };
    return [
      signIn(world, tenant, nightMs, viktor, session),
      does(viktor, nightMs + 30_000, { ...asked, action: 'export.requested' }, session),
      ...files,
      does(
        viktor,
        nightMs + 20 * MINUTE_MS,
        { ...asked, action: 'export.completed', metadata: { documents: NIGHT_EXPORTS } },
        session,
      ),
    ];
  };
  const removal = (): EventInput[] => {
    const targets = world.member(viktor, goneMs);
    const reason = { text: 'Left the company', ticket: 'HR-2217' };
    const gone = { event_type: 'member', targets, reason, severity: 'high' } as const;
    return [
      does(admin, goneMs, { ...gone, action: 'member.sessions.revoked', operation: 'revoke' }),
      does(admin, goneMs + 20_000, { ...gone, action: 'member.removed', operation: 'delete' }),
    ];
  };
  return [
    { startMs: nightMs, play: night },
    { startMs: goneMs, play: removal },
  ];
};

const GUESSES = 47;
const STRANGER: Context = {
  ip: '192.0.2.66',
  user_agent: 'python-requests/2.32.3',
  location: 'Unknown',
};

const answer = (
  world: World,
  { tenant, does, person }: Stage,
  victim: Person,
  morningMs: number,
): EventInput[] => {
  const admin = person('misaki.sato');
  const shared = {
    event_type: 'security',
    targets: world.member(victim, morningMs),
    severity: 'high',
    reason: { text: 'Sign-in from an unknown address at night', ticket: 'SEC-88' },
  } as const;
  const secret: Changes = [{ path: '/password', label: 'Password', secret: true }];
  return [
    does(admin, morningMs, { ...shared, action: 'member.sessions.revoked', operation: 'revoke' }),
    does(admin, morningMs + MINUTE_MS, {
      ...shared,
      action: 'member.password.reset',
      operation: 'update',
      changes: secret,
    }),
    does(admin, morningMs + 6 * MINUTE_MS, {
      action: 'workspace.mfa.required',
      event_type: 'settings',
      operation: 'update',
      targets: workspaceTarget(tenant),
      severity: 'high',
      changes: [
        { path: '/mfa/required', label: 'Two factors for all', before: false, after: true },
      ],
    }),
  ];
};

export const guessedPassword = (world: World, stage: Stage): Story[] => {
  const { tenant, does, at, person } = stage;
  const victim = person('arjun.menon');
  const nightMs = at(75, 3, 11);
  const morningMs = at(75, 9, 24);
  const burst = (): EventInput[] => {
    const guesses = Array.from({ length: GUESSES }, (_, index) =>
      signIn(world, tenant, nightMs + index * 7_300, victim, STRANGER, WRONG_PASSWORD),
    );
    const session = { ...STRANGER, session_id: `ses_${world.random.hex(16)}` };
    const insideMs = nightMs + (GUESSES + 1) * 7_300;
    return [
      ...guesses,
      signIn(world, tenant, insideMs, victim, session),
      does(
        victim,
        insideMs + 41_000,
        {
          action: 'invoice.downloaded',
          event_type: 'billing',
          operation: 'export',
          targets: [{ type: 'invoice', id: 'invoice_31', name: 'invoice 31' }],
          source: { initiator: 'user', application: 'web' },
        },
        session,
      ),
      record(world, tenant, insideMs + MINUTE_MS, {
        event_type: 'security',
        action: 'security.alert.raised',
        operation: 'create',
        actor: SYSTEM,
        targets: world.member(victim, insideMs),
        outcome: SUCCESS,
        source: { initiator: 'system', application: 'risk-engine' },
        context: { ip: STRANGER.ip ?? '' },
        severity: 'critical',
        metadata: { rule: 'many_failures_then_success', failures: GUESSES },
      }),
    ];
  };
  return [
    { startMs: nightMs, play: burst },
    { startMs: morningMs, play: () => answer(world, stage, victim, morningMs) },
  ];
};

export const leakedKey = (world: World, { tenant, does, at, person }: Stage): Story => {
  const admin = person('jonas.lindqvist');
  const key = tenant.programs.find(({ type }) => type === 'api_key');
  const startMs = at(20, 11, 8);
  return {
    startMs,
    play: () => {
      if (key === undefined) return [];
      const stranger = { ...programContext(tenant, key), ip: '192.0.2.91', location: 'Unknown' };
      const tries = Array.from({ length: 9 }, (_, index) =>
        record(world, tenant, startMs + index * 2_100, {
          event_type: 'api',
          action: 'api.members.listed',
          operation: 'read',
          actor: programActor(key),
          targets: workspaceTarget(tenant),
          outcome: { result: 'denied', code: 'scope_missing', reason: 'The key has no such scope' },
          source: { initiator: 'api', application: 'api', component: 'v2', channel: 'rest' },
          context: requestContext(world, stranger),
          severity: 'high',
        }),
      );
      const target = { type: 'api_key', id: key.id, name: key.name };
      return [
        ...tries,
        does(admin, startMs + 25 * MINUTE_MS, {
          action: 'api_key.rotated',
          event_type: 'security',
          operation: 'update',
          targets: [target],
          changes: [{ path: '/secret', label: 'Key', secret: true }],
          reason: { text: 'The key was found in a public repository', ticket: 'SEC-102' },
          severity: 'critical',
        }),
      ];
    },
  };
};

const SPRAYED_EACH = 12;
const BOTNET = { prefix: '2001:db8:bad', userAgent: 'Mozilla/5.0 (compatible)' } as const;

/** A few tries for every account, each from another address of one network: nobody gets in. */
export const sprayedPasswords = (world: World, { tenant, does, at, person }: Stage): Story => {
  const admin = person('denise.bradford');
  const startMs = at(29, 5, 20);
  return {
    startMs,
    play: () => {
      const { random } = world;
      const tries = Array.from({ length: SPRAYED_EACH }, (_, round) =>
        world.present(tenant, startMs).map((victim, index) => {
          const atMs = startMs + round * 4 * MINUTE_MS + index * 9_000;
          const ip = `${BOTNET.prefix}:${random.hex(3)}1::${random.hex(3)}1`;
          const context = { ip, user_agent: BOTNET.userAgent };
          return signIn(world, tenant, atMs, victim, context, WRONG_PASSWORD);
        }),
      ).flat();
      return [
        ...tries,
        does(admin, at(29, 8, 35), {
          action: 'workspace.network.blocked',
          event_type: 'security',
          operation: 'update',
          targets: workspaceTarget(tenant),
          changes: [
            {
              path: '/network/blocked',
              label: 'Blocked networks',
              before: [],
              after: [`${BOTNET.prefix}::/48`],
            },
          ],
          reason: { text: 'Sign-ins tried from one network at night', ticket: 'IT-377' },
          severity: 'high',
        }),
      ];
    },
  };
};

/** What does not happen every day: the stories that `demo.ts` lists, each at its moment. */
import type { EventInput } from '@annals/contract/event';
import type { Changes } from './actions.ts';
import { HOUR_MS, MINUTE_MS } from './calendar.ts';
import type { Person, Program } from './cast.ts';
import { SUCCESS } from './draft.ts';
import { guessedPassword, leakedKey, leaver, sprayedPasswords } from './incidents.ts';
import { agentTidies, roleImport, selfGrant, supportOversteps } from './insiders.ts';
import { brokenSync, hardNames, lostContract, oldCustomers, openLink } from './records.ts';
import { supportHelps } from './scenes.ts';
import { type Stage, type Story, stageOf } from './stage.ts';
import {
  documentTargets,
  personContext,
  programActor,
  programContext,
  record,
  requestContext,
  type World,
  workspaceTarget,
} from './world.ts';

const newName = (
  world: World,
  { does, at, person }: Stage,
  address: string,
  days: number,
  to: { readonly name: string; readonly email: string },
  ticket?: string,
): Story => {
  const who = person(address);
  const startMs = at(days, 10, 40);
  world.renames(who, { atMs: startMs, ...to });
  const changes: Changes = [{ path: '/name', label: 'Name', before: who.name, after: to.name }];
  if (to.email !== who.email) {
    changes.push({ path: '/email', label: 'E-mail', before: who.email, after: to.email });
  }
  return {
    startMs,
    play: () => [
      does(who, startMs, {
        action: 'member.profile.updated',
        event_type: 'member',
        operation: 'update',
        targets: world.member(who, startMs),
        changes,
        ...(ticket === undefined ? {} : { reason: { text: 'Marriage', ticket } }),
        severity: 'info',
      }),
    ],
  };
};

/** What a new name brings with it: a request before, and some hands that follow it. */
const marriage = (world: World, stage: Stage): Story[] => {
  const { tenant, does, at, person } = stage;
  const [who, admin] = [person('katarzyna.nowak'), person('jonas.lindqvist')];
  const days = 88;
  const ticket = 'HR-2304';
  const step = (
    by: Person,
    hour: number,
    action: string,
    operation: 'create' | 'update',
  ): Story => {
    const startMs = at(days, hour);
    const targets = world.member(who, startMs);
    const draft = { action, event_type: 'member', operation, targets, severity: 'info' } as const;
    const reason = { text: 'Marriage', ticket };
    return { startMs, play: () => [does(by, startMs, { ...draft, reason })] };
  };
  const to = { name: 'Katarzyna Zielińska', email: `katarzyna.zielinska@${tenant.id}.example` };
  return [
    newName(world, stage, 'katarzyna.nowak', days, to, ticket),
    step(who, 9, 'member.name_change.requested', 'create'),
    step(admin, 10, 'member.name_change.approved', 'update'),
    step(admin, 11, 'member.alias.added', 'create'),
    step(who, 14, 'member.signature.updated', 'update'),
  ];
};

const IMPORTED = 120;
const bulkImport = (world: World, { tenant, does, at, person }: Stage): Story => {
  const lead = person('weiling.tan');
  const startMs = at(110, 14, 2);
  return {
    startMs,
    play: () => {
      const { random } = world;
      const session = {
        ...personContext(lead, `ses_${random.hex(16)}`),
        correlation_id: `imp_${random.hex(10)}`,
      };
      const source = { initiator: 'import', application: 'importer' } as const;
      const whole = { event_type: 'import', source, targets: workspaceTarget(tenant) };
      const files = Array.from({ length: IMPORTED }, (_, index) => {
        const failed = index % 41 === 17;
        const atMs = startMs + 5_000 + index * 900;
        return does(
          lead,
          atMs,
          {
            action: 'document.imported',
            event_type: 'import',
            operation: 'create',
            source,
            targets: documentTargets(world.addDocument(tenant, atMs)),
            outcome: failed
              ? { result: 'failure', code: 'file_damaged', reason: 'The file cannot be read' }
              : SUCCESS,
            severity: failed ? 'low' : 'info',
            metadata: { row: index + 1, from: 'sharepoint' },
          },
          session,
        );
      });
      const endMs = startMs + 5_000 + IMPORTED * 900;
      return [
        does(lead, startMs, { ...whole, action: 'import.started', operation: 'create' }, session),
        ...files,
        does(
          lead,
          endMs,
          { ...whole, action: 'import.completed', operation: 'other', metadata: { failed: 3 } },
          session,
        ),
      ];
    },
  };
};

/** One change by one person. */
const once = (
  stage: Stage,
  address: string,
  startMs: number,
  draft: Parameters<Stage['does']>[2],
): Story => ({
  startMs,
  play: () => [
    stage.does(stage.person(address), startMs, {
      operation: 'update',
      targets: workspaceTarget(stage.tenant),
      ...draft,
    }),
  ],
});

const plans = (acme: Stage, globex: Stage): Story[] => {
  const limit = (before: number, after: number, plan: readonly [string, string]): Changes => [
    { path: '/limits/seats', label: 'Seats', before, after },
    { path: '/plan', label: 'Plan', before: plan[0], after: plan[1] },
  ];
  return [
    once(acme, 'chiara.bellandi', acme.at(150, 15, 30), {
      action: 'plan.limits.updated',
      event_type: 'billing',
      changes: limit(25, 40, ['Team', 'Business']),
    }),
    once(globex, 'arjun.menon', globex.at(60, 11, 15), {
      action: 'plan.limits.updated',
      event_type: 'billing',
      changes: limit(30, 15, ['Business', 'Team']),
    }),
  ];
};

const secrets = (acme: Stage): Story[] => [
  once(acme, 'rohan.deshpande', acme.at(96, 12, 10), {
    action: 'webhook.secret.rotated',
    event_type: 'security',
    targets: [{ type: 'webhook', id: 'webhook_4', name: 'webhook 4' }],
    changes: [{ path: '/signing_secret', label: 'Signing secret', secret: true }],
  }),
  once(acme, 'amara.okonkwo', acme.at(131, 9, 50), {
    action: 'workspace.sso.updated',
    event_type: 'security',
    severity: 'high',
    changes: [
      { path: '/sso/enforced', label: 'Single sign-on required', before: false, after: true },
      { path: '/sso/client_secret', label: 'Client secret', secret: true },
    ],
  }),
];

const contractorAdmin = (world: World, initech: Stage): Story[] => {
  const granted = {
    action: 'member.role.updated',
    event_type: 'permission',
    severity: 'high',
    targets: world.member(initech.person('oleksandra.melnyk'), world.calendar.nowMs),
  } as const;
  const role = (before: string[], after: string[]): Changes => [
    { path: '/roles', label: 'Roles', before, after },
  ];
  return [
    once(initech, 'miguel.rivas', initech.at(54, 18, 40), {
      ...granted,
      operation: 'grant',
      changes: role(['contractor', 'viewer'], ['contractor', 'admin']),
      reason: { text: 'Stands in for Denise' },
    }),
    once(initech, 'denise.bradford', initech.at(47, 9, 5), {
      ...granted,
      operation: 'revoke',
      changes: role(['contractor', 'admin'], ['contractor', 'viewer']),
      reason: { text: 'Found in the monthly access review', ticket: 'IT-340' },
    }),
  ];
};

const joiner = (world: World, stage: Stage, address: string, days: number): Story => {
  const startMs = stage.at(days, 9, 30);
  const who = stage.person(address);
  const admin = stage.person('priya.raghunathan');
  const provisioning = stage.tenant.programs.find(({ id }) => id === 'svc_scim');
  world.joins(who, startMs + HOUR_MS);
  const provisioned = (program: Program): EventInput =>
    record(world, stage.tenant, startMs + MINUTE_MS, {
      event_type: 'member',
      action: 'member.provisioned',
      operation: 'create',
      actor: programActor(program),
      targets: world.member(who, startMs),
      outcome: SUCCESS,
      source: { initiator: 'api', application: 'api', component: 'scim' },
      context: requestContext(world, programContext(stage.tenant, program)),
      severity: 'low',
    });
  return {
    startMs,
    play: () => [
      stage.does(admin, startMs, {
        action: 'member.invited',
        event_type: 'member',
        operation: 'create',
        targets: world.member(who, startMs),
        severity: 'low',
      }),
      ...(provisioning === undefined ? [] : [provisioned(provisioning)]),
    ],
  };
};

/** How many of these support sessions there are, evenly over the half year. */
const SUPPORT_SESSIONS = 12;
const support = (world: World): Story[] =>
  Array.from({ length: SUPPORT_SESSIONS }, (_, index) => {
    const tenant = world.tenants[index % world.tenants.length];
    const startMs = world.calendar.daysAgo(170 - index * 14, 'Europe/Dublin', 10, index * 9);
    return { startMs, play: () => (tenant ? supportHelps(world, tenant, startMs) : []) };
  });

/** All stories, each with its moment. Also tells the world who joins, leaves, takes a new name. */
export const createStories = (world: World): Story[] => {
  const acme = stageOf(world, 'acme');
  const globex = stageOf(world, 'globex');
  const initech = stageOf(world, 'initech');
  const bogazici = stageOf(world, 'bogazici');
  return [
    ...leaver(world, acme),
    ...guessedPassword(world, globex),
    ...marriage(world, acme),
    newName(world, initech, 'ruth.abramson', 120, {
      name: 'Ruth Adler',
      email: 'ruth.abramson@initech.example',
    }),
    bulkImport(world, globex),
    leakedKey(world, acme),
    ...plans(acme, globex),
    ...secrets(acme),
    ...contractorAdmin(world, initech),
    joiner(world, acme, 'mai.hoang', 101),
    joiner(world, acme, 'dmytro.kovalenko', 145),
    ...support(world),
    sprayedPasswords(world, initech),
    selfGrant(world, acme),
    roleImport(world, acme),
    supportOversteps(world, acme),
    agentTidies(world, acme),
    ...lostContract(world, acme),
    ...oldCustomers(world, acme),
    ...openLink(world, acme),
    brokenSync(world, acme),
    ...hardNames(world, acme, globex, bogazici),
  ];
};

/** What is done to services, policies, runbooks, roles, extensions and tokens of this blueprint. */
import { MINUTE_MS } from '../demo/calendar.ts';
import type { Change } from '../demo/draft.ts';
import { type Deed, someone, thingTarget, userTarget } from '../kit/desk.ts';
import { EXTENSIONS, TERRAFORM, TOKENS } from './cast.ts';
import { aManager, type Desk, denied, failed, programDoes, systemDoes, userDoes } from './desk.ts';
import { supportDoes } from './people-work.ts';

const CHAT = { initiator: 'user', application: 'chat' } as const;

/** By hand mostly, at times by a program. */
function managed(desk: Desk, atMs: number, deed: Deed, byProgram = 0.2): void {
  if (desk.random.chance(byProgram)) programDoes(desk, TERRAFORM, atMs, deed);
  else userDoes(desk, aManager(desk), atMs, deed);
}

function createToken(desk: Desk, atMs: number): void {
  const { random, tokens } = desk;
  const isDenied = random.chance(0.15);
  const token = desk.thing('tok', random.pick(TOKENS));
  if (!isDenied) tokens.add(token);
  userDoes(desk, isDenied ? someone(desk, 'responder') : someone(desk, 'admin'), atMs, {
    action: 'api_refresh_token.created',
    targets: [thingTarget('api_refresh_token', token)],
    ...(isDenied && denied(desk)),
  });
}

function rotateToken(desk: Desk, atMs: number): void {
  managed(desk, atMs, {
    action: 'api_refresh_token.rotated',
    targets: [thingTarget('api_refresh_token', desk.tokens.any())],
    changes: [{ path: '/value', secret: true }],
  });
}

function revokeToken(desk: Desk, atMs: number): void {
  const { random, tokens, revoked, customer } = desk;
  const token = revoked.add(tokens.take());
  userDoes(desk, someone(desk, 'admin'), atMs, {
    action: 'api_refresh_token.revoked',
    targets: [thingTarget('api_refresh_token', token)],
    ...(random.chance(0.4) && { reason: { text: customer.words.leaked } }),
  });
}

function deleteToken(desk: Desk, atMs: number): void {
  const targets = [thingTarget('api_refresh_token', desk.revoked.take())];
  systemDoes(desk, atMs, { action: 'api_refresh_token.deleted', targets });
}

const policyTarget = (policy: { id: string; name: string }) =>
  thingTarget('escalation_policy', policy);

function createPolicy(desk: Desk, atMs: number): void {
  const { random, policies, customer } = desk;
  const name = `${random.pick(customer.services)} ${random.integer(2, 9)}`;
  const targets = [policyTarget(policies.add(desk.thing('pol', name)))];
  managed(desk, atMs, { action: 'escalation_policy.created', targets });
}

function updatePolicy(desk: Desk, atMs: number): void {
  const { random, policies, customer } = desk;
  const { words } = customer;
  const before = random.integer(2, 6) * 5;
  const delay: Change = {
    path: '/delay_minutes',
    label: words.delay,
    before,
    after: before + random.pick([-5, 5, 10]),
  };
  const repeats: Change = { path: '/repeats', label: words.repeats, before: 1, after: 3 };
  const deed = {
    action: 'escalation_policy.updated',
    targets: [policyTarget(policies.any())],
    changes: [random.chance(0.6) ? delay : repeats],
  };
  const way = random.next();
  if (way < 0.1) userDoes(desk, someone(desk, 'responder'), atMs, { ...deed, ...denied(desk) });
  else if (way < 0.2) supportDoes(desk, someone(desk, 'admin'), atMs, deed);
  else managed(desk, atMs, deed);
}

const moveRule = (action: string) => (desk: Desk, atMs: number) => {
  const related = { ...userTarget(someone(desk, 'responder')), role: 'related' as const };
  managed(desk, atMs, {
    action,
    targets: [policyTarget(desk.policies.any()), related],
    metadata: { level: desk.random.integer(1, 4) },
  });
};

function deletePolicy(desk: Desk, atMs: number): void {
  const { random, policies, customer } = desk;
  const isUsed = random.chance(0.35);
  managed(desk, atMs, {
    action: 'escalation_policy.deleted',
    targets: [policyTarget(isUsed ? policies.any() : policies.take())],
    ...(isUsed && failed(customer.words.inUse)),
  });
}

function installExtension(desk: Desk, atMs: number): void {
  const { random, extensions, customer } = desk;
  const isRefused = random.chance(0.25);
  const extension = desk.thing('ext', random.pick(EXTENSIONS));
  if (!isRefused) extensions.add(extension);
  userDoes(desk, aManager(desk), atMs, {
    action: 'extension.installed',
    targets: [thingTarget('extension', extension)],
    ...(isRefused && failed(customer.words.refused)),
  });
}

const CHANNELS = ['#on-call', '#outages', '#nights', '#management'];

function updateExtension(desk: Desk, atMs: number): void {
  const { random, extensions, customer } = desk;
  const before = random.pick(CHANNELS);
  const after = random.pick(CHANNELS.filter((other) => other !== before));
  const changes: Change[] = random.chance(0.3)
    ? [{ path: '/webhook/signing', label: 'Webhook', secret: true }]
    : [{ path: '/channel', label: customer.words.channel, before, after }];
  const targets = [thingTarget('extension', extensions.any())];
  userDoes(desk, aManager(desk), atMs, { action: 'extension.updated', targets, changes });
}

function disableExtension(desk: Desk, atMs: number): void {
  const targets = [thingTarget('extension', desk.extensions.any())];
  const deed = { action: 'extension.disabled', targets };
  if (desk.random.chance(0.5)) systemDoes(desk, atMs, deed);
  else userDoes(desk, aManager(desk), atMs, deed);
}

function removeExtension(desk: Desk, atMs: number): void {
  const targets = [thingTarget('extension', desk.extensions.take())];
  userDoes(desk, aManager(desk), atMs, { action: 'extension.removed', targets });
}

const NEW_ROLES = ['Night lead', 'Vendor access', 'Schedule editor', 'Trainee', 'Reporting'];
/** As the product calls them in every language. */
const PERMISSIONS = [
  ['/permissions/audit_logs', 'Audit Logs'],
  ['/permissions/schedules', 'Schedules'],
  ['/permissions/runbooks', 'Runbooks'],
  ['/permissions/billing', 'Billing'],
] as const;

const isMade = ({ name }: { name: string }): boolean => NEW_ROLES.includes(name);

function createRole(desk: Desk, atMs: number): void {
  const role = desk.roles.add(desk.thing('role', desk.random.pick(NEW_ROLES)));
  const targets = [thingTarget('rbac', role)];
  userDoes(desk, someone(desk, 'admin'), atMs, { action: 'rbac.role_created', targets });
}

function updateRole(desk: Desk, atMs: number): void {
  const { random, roles } = desk;
  const [path, label] = random.pick(PERMISSIONS);
  const after = random.chance(0.6);
  const isDenied = random.chance(0.15);
  userDoes(desk, someone(desk, isDenied ? 'manager' : 'admin'), atMs, {
    action: 'rbac.role_updated',
    targets: [thingTarget('rbac', roles.any())],
    changes: [{ path, label, before: !after, after }],
    ...(isDenied && denied(desk)),
  });
}

/** The roles that come with the product cannot be deleted. */
function deleteRole(desk: Desk, atMs: number): void {
  const { roles } = desk;
  const role = roles.all().find(isMade) ?? roles.any();
  if (isMade(role)) roles.remove(role);
  userDoes(desk, someone(desk, 'admin'), atMs, {
    action: 'rbac.role_deleted',
    targets: [thingTarget('rbac', role)],
    ...(!isMade(role) && denied(desk)),
  });
}

function createRunbook(desk: Desk, atMs: number): void {
  const { random, runbooks, customer } = desk;
  const name = `${random.pick(customer.runbooks)} ${random.integer(2, 9)}`;
  const targets = [thingTarget('runbook', runbooks.add(desk.thing('run', name)))];
  managed(desk, atMs, { action: 'runbook.created', targets });
}

function updateRunbook(desk: Desk, atMs: number): void {
  const { random, runbooks, customer } = desk;
  const before = random.integer(3, 9);
  managed(desk, atMs, {
    action: 'runbook.updated',
    targets: [thingTarget('runbook', runbooks.any())],
    changes: [{ path: '/steps', label: customer.words.steps, before, after: before + 1 }],
  });
}

/** From this day on runs tell for which incident they were: version two of their metadata. */
const INCIDENT_SINCE = '2026-08-01';

export function executeRunbook(desk: Desk, atMs: number): void {
  const { random, runbooks, customer } = desk;
  const hasIncident = new Date(atMs).toISOString() >= INCIDENT_SINCE && random.chance(0.8);
  const isStuck = random.chance(0.15);
  userDoes(desk, someone(desk, 'responder'), atMs, {
    action: 'runbook.executed',
    targets: [thingTarget('runbook', runbooks.any())],
    metadata: {
      steps: isStuck ? 2 : random.integer(3, 9),
      ...(hasIncident && { incident: `INC-${random.integer(8_000, 9_900)}` }),
    },
    ...(random.chance(0.4) && { source: CHAT }),
    ...(isStuck && failed(customer.words.stepFailed)),
  });
}

function deleteRunbook(desk: Desk, atMs: number): void {
  const targets = [thingTarget('runbook', desk.runbooks.take())];
  managed(desk, atMs, { action: 'runbook.deleted', targets });
}

const serviceTarget = (service: { id: string; name: string }) => thingTarget('service', service);

function createService(desk: Desk, atMs: number): void {
  const { random, services, customer } = desk;
  const name = `${random.pick(customer.services)} ${random.integer(2, 9)}`;
  managed(desk, atMs, {
    action: 'service.created',
    targets: [serviceTarget(services.add(desk.thing('srv', name)))],
  });
}

function updateService(desk: Desk, atMs: number): void {
  const { random, services, policies, customer } = desk;
  const service = services.any();
  const before = policies.any();
  const others = policies.all().filter(({ name }) => name !== before.name);
  const isMoved = others.length > 0 && random.chance(0.5);
  const change: Change = isMoved
    ? {
        path: '/escalation_policy',
        label: customer.words.policy,
        before: before.name,
        after: random.pick(others).name,
      }
    : { path: '/alerts/grouping', label: customer.words.grouping, before: false, after: true };
  const deed = { action: 'service.updated', targets: [serviceTarget(service)], changes: [change] };
  if (random.chance(0.08)) {
    userDoes(desk, someone(desk, 'responder'), atMs, { ...deed, ...denied(desk) });
  } else {
    managed(desk, atMs, deed, 0.35);
  }
}

/** Somebody mutes a service for a while, and the same service is unmuted later. */
function muteService(desk: Desk, atMs: number): void {
  const { random, services, customer } = desk;
  const worker = someone(desk, 'responder');
  const targets = [serviceTarget(services.any())];
  const untilMs = atMs + random.integer(12, 170) * MINUTE_MS;
  userDoes(desk, worker, atMs, {
    action: 'service.muted',
    targets,
    ...(random.chance(0.5) && { reason: { text: customer.words.deploy } }),
    ...(random.chance(0.4) && { source: CHAT }),
  });
  if (random.chance(0.5)) systemDoes(desk, untilMs, { action: 'service.unmuted', targets });
  else userDoes(desk, worker, untilMs, { action: 'service.unmuted', targets });
}

function deleteService(desk: Desk, atMs: number): void {
  const { random, services } = desk;
  const isDenied = random.chance(0.25);
  const service = isDenied ? services.any() : services.take();
  const deed = { action: 'service.deleted', targets: [serviceTarget(service)] };
  if (isDenied) {
    userDoes(desk, someone(desk, 'responder'), atMs, { ...deed, ...denied(desk) });
  } else {
    managed(desk, atMs, deed);
  }
}

export const THING_WORKS = [
  { weight: 8, type: 'api_refresh_token', play: createToken },
  { weight: 7, type: 'api_refresh_token', play: rotateToken },
  { weight: 5, type: 'api_refresh_token', play: revokeToken },
  { weight: 4, type: 'api_refresh_token', play: deleteToken },
  { weight: 4, type: 'escalation_policy', play: createPolicy },
  { weight: 22, type: 'escalation_policy', play: updatePolicy },
  { weight: 9, type: 'escalation_policy', play: moveRule('escalation_policy.rule_added') },
  { weight: 7, type: 'escalation_policy', play: moveRule('escalation_policy.rule_removed') },
  { weight: 3, type: 'escalation_policy', play: deletePolicy },
  { weight: 5, type: 'extension', play: installExtension },
  { weight: 9, type: 'extension', play: updateExtension },
  { weight: 3, type: 'extension', play: disableExtension },
  { weight: 3, type: 'extension', play: removeExtension },
  { weight: 3, type: 'rbac', play: createRole },
  { weight: 7, type: 'rbac', play: updateRole },
  { weight: 3, type: 'rbac', play: deleteRole },
  { weight: 4, type: 'runbook', play: createRunbook },
  { weight: 8, type: 'runbook', play: updateRunbook },
  { weight: 26, type: 'runbook', play: executeRunbook },
  { weight: 2, type: 'runbook', play: deleteRunbook },
  { weight: 4, type: 'service', play: createService },
  { weight: 22, type: 'service', play: updateService },
  { weight: 14, type: 'service', play: muteService },
  { weight: 3, type: 'service', play: deleteService },
] as const;

/** What is done in this blueprint's console to flows, forms, clients, applications and agents. */
import { type Deed, newName, newWorker, someone, type Thing, thingTarget } from '../kit/desk.ts';
import type { Shelf } from '../kit/journal.ts';
import type { Worker } from '../kit/staff.ts';
import { NEW_FAMILY, NEW_GIVEN, ROLES } from './cast.ts';
import {
  aCarer,
  agentDoes,
  agentTarget,
  aManager,
  anAdmin,
  type Desk,
  type Form,
  versionAt,
} from './desk.ts';

export const REFUSED = {
  permission: {
    outcome: { result: 'denied', reason: 'the role does not allow it' },
    metadata: { refusal: 'no permission' },
  },
  locked: {
    outcome: { result: 'failure', reason: 'another agent is editing it' },
    metadata: { refusal: 'locked by another agent' },
  },
  used: {
    outcome: { result: 'failure', reason: 'something still uses it' },
    metadata: { refusal: 'in use' },
  },
} as const;

const NEW_FLOWS = ['Gift cards', 'Trade-in', 'Warranty', 'Events', 'Family accounts', 'Wholesale'];

function createFlow(desk: Desk, atMs: number): void {
  const { random, flows } = desk;
  const flow = desk.newFlow(random.pick(NEW_FLOWS), atMs);
  const deed = { action: 'flowCreated', targets: [thingTarget('flow', flow)] };
  if (random.chance(0.2)) {
    agentDoes(desk, aCarer(desk), atMs, { ...deed, ...REFUSED.permission });
    return;
  }
  flows.add(flow);
  const metadata = { new_flow_version: flow.version, locale: flow.locale };
  agentDoes(desk, anAdmin(desk), atMs, { ...deed, metadata });
}

export function updateFlow(desk: Desk, atMs: number): void {
  const { random, flows } = desk;
  const flow = flows.any();
  const deed = { action: 'flowUpdated', targets: [thingTarget('flow', flow)] };
  if (random.chance(0.18)) {
    agentDoes(desk, anAdmin(desk), atMs, { ...deed, ...REFUSED.locked });
    return;
  }
  const version = versionAt(atMs);
  flows.replace(flow, { ...flow, version });
  const metadata = { flow_version: flow.version, new_flow_version: version, locale: flow.locale };
  agentDoes(desk, anAdmin(desk), atMs, { ...deed, metadata });
}

function promoteFlow(desk: Desk, atMs: number): void {
  const { random, flows } = desk;
  const flow = flows.any();
  const isDenied = random.chance(0.15);
  agentDoes(desk, isDenied ? aCarer(desk) : anAdmin(desk), atMs, {
    action: 'flowPromoted',
    targets: [thingTarget('flow', flow)],
    ...(isDenied
      ? REFUSED.permission
      : { metadata: { flow_version: flow.version, stage: random.pick(['test', 'staging']) } }),
  });
}

const deleting =
  (action: string, type: string, shelfIn: (desk: Desk) => Shelf<Thing>) =>
  (desk: Desk, atMs: number): void => {
    const isUsed = desk.random.chance(0.4);
    const shelf = shelfIn(desk);
    const thing = isUsed ? shelf.any() : shelf.take();
    agentDoes(desk, anAdmin(desk), atMs, {
      action,
      targets: [thingTarget(type, thing)],
      ...(isUsed && REFUSED.used),
    });
  };

const formTargets = (form: Form) => [
  thingTarget('registration_form', form),
  { ...thingTarget('flow', form.flow), role: 'parent' as const },
];
const FORM_SETTINGS = ['the order of fields', 'the title', 'help texts', 'required fields'];

function createForm(desk: Desk, atMs: number): void {
  const form = desk.forms.add(desk.newForm(desk.flows.any()));
  agentDoes(desk, anAdmin(desk), atMs, { action: 'formCreated', targets: formTargets(form) });
}

function updateForm(desk: Desk, atMs: number): void {
  const { random, forms } = desk;
  const isLocked = random.chance(0.18);
  agentDoes(desk, anAdmin(desk), atMs, {
    action: 'formUpdated',
    targets: formTargets(forms.any()),
    ...(isLocked ? REFUSED.locked : { metadata: { setting: random.pick(FORM_SETTINGS) } }),
  });
}

function publishForm(desk: Desk, atMs: number): void {
  const targets = formTargets(desk.forms.any());
  agentDoes(desk, anAdmin(desk), atMs, { action: 'formPublished', targets });
}

function deleteForm(desk: Desk, atMs: number): void {
  const targets = formTargets(desk.forms.take());
  agentDoes(desk, anAdmin(desk), atMs, { action: 'formDeleted', targets });
}

const NEW_CLIENTS = ['Returns desk', 'Store tablets', 'Partner portal', 'Chat assistant', 'Survey'];
const CLIENT_SETTINGS = ['redirect URIs', 'allowed flows', 'time to live of sessions', 'features'];

function createClient(desk: Desk, atMs: number): void {
  const client = desk.clients.add(desk.newClient(desk.random.pick(NEW_CLIENTS)));
  const targets = [thingTarget('api_client', client)];
  agentDoes(desk, anAdmin(desk), atMs, { action: 'clientCreated', targets });
}

function updateClient(desk: Desk, atMs: number): void {
  const { random, clients } = desk;
  const isDenied = random.chance(0.18);
  agentDoes(desk, isDenied ? aCarer(desk) : anAdmin(desk), atMs, {
    action: 'clientUpdated',
    targets: [thingTarget('api_client', clients.any())],
    ...(isDenied ? REFUSED.permission : { metadata: { setting: random.pick(CLIENT_SETTINGS) } }),
  });
}

function rotateSecret(desk: Desk, atMs: number): void {
  agentDoes(desk, anAdmin(desk), atMs, {
    action: 'clientSecretRotated',
    targets: [thingTarget('api_client', desk.clients.any())],
    changes: [{ path: '/secret', label: 'Credential', secret: true }],
  });
}

const APPLICATION_SETTINGS = ['rules for passwords', 'lifetime of codes', 'mail templates'];

function updateApplication(desk: Desk, atMs: number): void {
  const { random, applications } = desk;
  const isDenied = random.chance(0.12);
  agentDoes(desk, isDenied ? aCarer(desk) : anAdmin(desk), atMs, {
    action: 'applicationSettingsUpdated',
    targets: [thingTarget('application', random.pick(applications))],
    ...(isDenied
      ? REFUSED.permission
      : { metadata: { setting: random.pick(APPLICATION_SETTINGS) } }),
  });
}

const moveDomain = (action: string) => (desk: Desk, atMs: number) => {
  const { random, applications, customer } = desk;
  const [name = ''] = customer.tenant_id.split('-');
  const domain = `${random.pick(['shop', 'club', 'accounts', 'm', 'beta'])}.${name}.example`;
  agentDoes(desk, anAdmin(desk), atMs, {
    action,
    targets: [thingTarget('application', random.pick(applications))],
    metadata: { domain },
  });
};

const titleOf = (role = ''): string => ROLES.find(([name]) => name === role)?.[1] ?? role;
const roleTarget = (role: string) => ({
  ...thingTarget('agent_role', { id: role, name: titleOf(role) }),
  role: 'related' as const,
});

function newAgent(desk: Desk): Worker {
  const name = newName(desk, NEW_GIVEN, NEW_FAMILY);
  const [role] = desk.random.pick(ROLES.slice(2));
  return newWorker(desk, name, { prefix: 'agt', role, device: 'edge' });
}

function inviteAgent(desk: Desk, atMs: number): void {
  const agent = desk.helpers.add(newAgent(desk));
  const [role = ''] = agent.roles;
  agentDoes(desk, aManager(desk), atMs, {
    action: 'agentInvited',
    targets: [agentTarget(agent), roleTarget(role)],
    metadata: { new_role: titleOf(role) },
  });
}

/** The deed of giving an agent another role. */
export function newRole(agent: Worker, to: string): Deed {
  const [from = ''] = agent.roles;
  return {
    action: 'agentRoleUpdated',
    targets: [agentTarget(agent), roleTarget(to)],
    metadata: { previous_role: titleOf(from), new_role: titleOf(to) },
  };
}

function changeRole(desk: Desk, atMs: number): void {
  const { random, helpers } = desk;
  const agent = helpers.any();
  if (random.chance(0.15)) {
    const targets = [agentTarget(agent)];
    const deed = { action: 'agentRoleUpdated', targets, ...REFUSED.permission };
    agentDoes(desk, aCarer(desk), atMs, deed);
    return;
  }
  const others = ROLES.slice(2).filter(([role]) => !agent.roles.includes(role));
  const [to] = random.pick(others);
  agentDoes(desk, aManager(desk), atMs, newRole(agent, to));
  helpers.replace(agent, { ...agent, roles: [to] });
}

export function deactivateAgent(desk: Desk, atMs: number): void {
  const { helpers, dormant } = desk;
  if (helpers.all().length < 2) {
    inviteAgent(desk, atMs);
    return;
  }
  const agent = dormant.add(helpers.take());
  const deed = { action: 'agentDeactivated', targets: [agentTarget(agent)] };
  agentDoes(desk, aManager(desk), atMs, deed);
}

/** Only who was deactivated is deleted: that is done first then. */
function deleteAgent(desk: Desk, atMs: number): void {
  if (desk.dormant.all().length === 0) {
    deactivateAgent(desk, atMs);
    return;
  }
  const targets = [agentTarget(desk.dormant.take())];
  agentDoes(desk, aManager(desk), atMs, { action: 'agentDeleted', targets });
}

const WAYS = ['password and code', 'passkey', 'single sign-on'] as const;
export const WRONG_PASSWORD = {
  outcome: { result: 'failure', reason: 'the password is wrong' },
  metadata: { refusal: 'wrong password' },
} as const;

function signIn(desk: Desk, atMs: number): void {
  const { random } = desk;
  const agent = someone(desk);
  const isWrong = random.chance(0.06);
  agentDoes(desk, agent, atMs, {
    action: 'agentSignedIn',
    targets: [agentTarget(agent)],
    ...(isWrong ? WRONG_PASSWORD : { metadata: { signed_in_with: random.pick(WAYS) } }),
  });
}

function signOut(desk: Desk, atMs: number): void {
  const agent = someone(desk);
  agentDoes(desk, agent, atMs, { action: 'agentSignedOut', targets: [agentTarget(agent)] });
}

export const CONSOLE_WORKS = [
  { weight: 8, play: createFlow },
  { weight: 14, play: updateFlow },
  { weight: 9, play: promoteFlow },
  { weight: 3, play: deleting('flowDeleted', 'flow', ({ flows }) => flows) },
  { weight: 7, play: createForm },
  { weight: 10, play: updateForm },
  { weight: 6, play: publishForm },
  { weight: 3, play: deleteForm },
  { weight: 7, play: createClient },
  { weight: 10, play: updateClient },
  { weight: 4, play: rotateSecret },
  { weight: 3, play: deleting('clientDeleted', 'api_client', ({ clients }) => clients) },
  { weight: 8, play: updateApplication },
  { weight: 3, play: moveDomain('applicationDomainAdded') },
  { weight: 3, play: moveDomain('applicationDomainRemoved') },
  { weight: 6, play: inviteAgent },
  { weight: 8, play: changeRole },
  { weight: 5, play: deactivateAgent },
  { weight: 3, play: deleteAgent },
  { weight: 40, play: signIn },
  { weight: 22, play: signOut },
] as const;

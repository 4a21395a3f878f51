/** Ordinary days: what a person, a program, the agent, a visitor or the system does in one go. */
import type { EventInput } from '@annals/contract/event';
import { denialsOf, ORDINARY, type OrdinaryAction, SUPPORT_CASES } from './actions.ts';
import { HOUR_MS, MINUTE_MS } from './calendar.ts';
import type { Person, Program, Tenant } from './cast.ts';
import { type Context, SUCCESS } from './draft.ts';
import {
  documentTargets,
  personContext,
  programActor,
  programContext,
  record,
  requestContext,
  SYSTEM,
  type Targets,
  type World,
  workspaceTarget,
} from './world.ts';

type Scene = (world: World, tenant: Tenant, startMs: number) => EventInput[];

const mayDo = (person: Person, action: OrdinaryAction, onPhone: boolean): boolean =>
  onPhone
    ? action.mobile === true
    : action.role === undefined || person.roles.includes(action.role);

const isReader = (person: Person): boolean => !person.roles.includes('editor');

const choose = (world: World, person: Person, onPhone: boolean): OrdinaryAction => {
  const open = ORDINARY.filter((action) => mayDo(person, action, onPhone));
  return world.random.weighted(open);
};

/** What is created comes into being here; what is deleted is gone. */
const targetsOf = (
  world: World,
  tenant: Tenant,
  atMs: number,
  person: Person,
  { action, record: kind }: OrdinaryAction,
): Targets => {
  if (action === 'document.created') return documentTargets(world.addDocument(tenant, atMs));
  if (action === 'document.deleted') return documentTargets(world.removeDocument(tenant, atMs));
  return world.targets(tenant, kind, atMs, person);
};

/** One thing a person does, and what the system does because of it in the same request. */
const perform = (
  world: World,
  tenant: Tenant,
  atMs: number,
  person: Person,
  session: Context,
  onPhone: boolean,
): EventInput[] => {
  const { random } = world;
  const action = choose(world, person, onPhone);
  const context = requestContext(world, session);
  const writes = action.operation !== 'read' && action.operation !== 'export';
  const denied = random.chance((action.denied ?? 0) + (writes && isReader(person) ? 0.3 : 0));
  const changes = denied ? undefined : action.changes?.(random);
  const targets = denied
    ? world.targets(tenant, action.record, atMs, person)
    : targetsOf(world, tenant, atMs, person, action);
  const application = onPhone ? 'mobile' : action.role === undefined ? 'web' : 'admin-console';
  const done = record(world, tenant, atMs, {
    event_type: action.category,
    action: action.action,
    operation: action.operation,
    actor: world.actor(person, atMs),
    targets,
    ...(changes === undefined ? {} : { changes }),
    outcome: denied ? { result: 'denied', ...random.pick(denialsOf(action)) } : SUCCESS,
    source: { initiator: 'user', application, component: action.category },
    context,
    severity: denied ? 'medium' : (action.severity ?? 'info'),
    ...(action.details === undefined ? {} : { metadata: action.details(random) }),
  });
  if (action.notifies !== true || denied) return [done];
  const notice = record(world, tenant, atMs + random.integer(200, 2_500), {
    event_type: 'notification',
    action: 'notification.sent',
    operation: 'other',
    actor: SYSTEM,
    targets,
    outcome: SUCCESS,
    source: { initiator: 'system', application: 'notifier', channel: 'email' },
    context: { request_id: context.request_id ?? '', trace_id: context.trace_id ?? '' },
    severity: 'info',
    labels: { region: tenant.region },
  });
  return [done, notice];
};

export const signIn = (
  world: World,
  tenant: Tenant,
  atMs: number,
  person: Person,
  session: Context,
  failure?: { readonly code: string; readonly reason: string },
): EventInput =>
  record(world, tenant, atMs, {
    event_type: 'authentication',
    action: 'user.login',
    operation: 'login',
    actor: world.actor(person, atMs),
    outcome: failure === undefined ? SUCCESS : { result: 'failure', ...failure },
    source: {
      initiator: 'user',
      application: session.user_agent === person.phone ? 'mobile' : 'web',
      component: 'sign-in',
    },
    context: requestContext(world, session),
    severity: failure === undefined ? 'info' : 'low',
    metadata: { method: tenant.id === 'acme' ? 'saml' : 'password' },
  });
export const WRONG_PASSWORD = {
  code: 'invalid_password',
  reason: 'The password is wrong',
} as const;

/** A sitting of a person: perhaps a sign-in, some actions, perhaps a sign-out. */
const sitting: Scene = (world, tenant, startMs) => {
  const { random, calendar } = world;
  const person = random.weighted(world.present(tenant, startMs));
  if (!random.chance(calendar.busy(person.site.zone, startMs))) return [];
  const onPhone = random.chance(0.15);
  const session = personContext(person, `ses_${random.hex(16)}`, onPhone);
  const events: EventInput[] = [];
  let atMs = startMs;
  if (random.chance(0.6)) {
    while (random.chance(0.07)) {
      events.push(signIn(world, tenant, atMs, person, session, WRONG_PASSWORD));
      atMs += random.integer(4_000, 30_000);
    }
    events.push(signIn(world, tenant, atMs, person, session));
  }
  const actions = random.integer(2, onPhone ? 5 : 12);
  for (let index = 0; index < actions; index += 1) {
    atMs += random.integer(8_000, 9 * MINUTE_MS);
    if (!world.present(tenant, atMs).includes(person)) return events;
    events.push(...perform(world, tenant, atMs, person, session, onPhone));
  }
  if (random.chance(0.3)) {
    events.push(
      record(world, tenant, atMs + MINUTE_MS, {
        event_type: 'authentication',
        action: 'user.logout',
        operation: 'logout',
        actor: world.actor(person, atMs),
        outcome: SUCCESS,
        source: { initiator: 'user', application: onPhone ? 'mobile' : 'web' },
        context: requestContext(world, session),
        severity: 'info',
      }),
    );
  }
  return events;
};

/** The AI agent answers a person: it reads what that person may read, and nothing else. */
const agentWorks: Scene = (world, tenant, startMs) => {
  const { random, calendar } = world;
  const person = random.weighted(world.present(tenant, startMs));
  const agent = tenant.programs.find(({ type }) => type === 'agent');
  if (agent === undefined || !random.chance(calendar.busy(person.site.zone, startMs))) return [];
  const shared = {
    actor: programActor(agent),
    on_behalf_of: [world.delegate(person, startMs)],
    source: { initiator: 'user' as const, application: 'assistant', component: 'scribe' },
  };
  const context = requestContext(world, {
    ...programContext(tenant, agent),
    correlation_id: `run_${random.hex(12)}`,
  });
  const events: EventInput[] = [];
  let atMs = startMs;
  const documents = random.integer(1, 4);
  for (let index = 0; index < documents; index += 1) {
    atMs += random.integer(300, 4_000);
    const denied = random.chance(0.08);
    events.push(
      record(world, tenant, atMs, {
        event_type: 'document',
        action: 'document.viewed',
        operation: 'read',
        ...shared,
        targets: documentTargets(world.document(tenant, atMs)),
        outcome: denied
          ? { result: 'denied', code: 'delegation', reason: 'The person may not read it' }
          : SUCCESS,
        context,
        severity: denied ? 'medium' : 'info',
      }),
    );
  }
  events.push(
    record(world, tenant, atMs + random.integer(900, 9_000), {
      event_type: 'assistant',
      action: 'agent.answer.generated',
      operation: 'invoke',
      ...shared,
      targets: [{ type: 'conversation', id: `cnv_${random.hex(8)}` }],
      outcome: SUCCESS,
      context,
      severity: 'info',
      metadata: {
        model: 'scribe-2',
        documents,
        input_tokens: random.integer(900, 30_000),
        output_tokens: random.integer(60, 1_500),
      },
    }),
  );
  return events;
};

/** A service account or API key does its round; now and then its key lacks a scope. */
const programRuns: Scene = (world, tenant, startMs) => {
  const { random } = world;
  const programs = tenant.programs.filter(({ type }) => type !== 'agent');
  const program: Program = random.pick(programs);
  const context = requestContext(world, {
    ...programContext(tenant, program),
    correlation_id: `job_${random.hex(10)}`,
  });
  const provisioning = program.id === 'svc_scim';
  return Array.from({ length: random.integer(1, 6) }, (_, index) => {
    const denied = random.chance(0.03);
    const limited = !denied && random.chance(0.02);
    return record(world, tenant, startMs + index * random.integer(300, 4_000), {
      event_type: provisioning ? 'member' : 'api',
      action: provisioning ? 'member.profile.synced' : 'api.document.fetched',
      operation: provisioning ? 'update' : 'read',
      actor: programActor(program),
      targets: world.targets(tenant, provisioning ? 'member' : 'document', startMs),
      outcome: denied
        ? { result: 'denied', code: 'scope_missing', reason: 'The key has no such scope' }
        : limited
          ? { result: 'failure', code: 'rate_limited', reason: 'Too many requests' }
          : SUCCESS,
      source: { initiator: 'api', application: 'api', component: 'v2', channel: 'rest' },
      context,
      severity: denied ? 'medium' : 'info',
      labels: { region: tenant.region, environment: 'production' },
    });
  });
};

/** Somebody without an account opens a public link. */
const linkOpened: Scene = (world, tenant, startMs) => {
  const { random } = world;
  const failed = random.chance(0.2);
  return [
    record(world, tenant, startMs, {
      event_type: 'sharing',
      action: 'document.link.opened',
      operation: 'read',
      actor: { type: 'anonymous' },
      targets: documentTargets(world.document(tenant, startMs)),
      outcome: failed
        ? { result: 'failure', code: 'link_expired', reason: 'The link has expired' }
        : SUCCESS,
      source: { initiator: 'user', application: 'web', component: 'public-link' },
      context: requestContext(world, {
        ip: `192.0.2.${random.integer(100, 199)}`,
        user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
      }),
      severity: 'low',
    }),
  ];
};

/** A webhook goes out; when the receiver never answers, nobody knows whether it arrived. */
export const webhookSent: Scene = (world, tenant, startMs) => {
  const { random } = world;
  const result = random.chance(0.1) ? 'unknown' : random.chance(0.06) ? 'failure' : 'success';
  return [
    record(world, tenant, startMs, {
      event_type: 'integration',
      action: 'webhook.delivered',
      operation: 'invoke',
      actor: SYSTEM,
      targets: world.targets(tenant, 'webhook', startMs),
      outcome:
        result === 'unknown'
          ? { result, code: 'timeout', reason: 'No answer within 10 s' }
          : { result, code: result === 'failure' ? '502' : '200' },
      source: { initiator: 'system', application: 'webhooks' },
      context: { correlation_id: `dlv_${random.hex(12)}`, trace_id: random.hex(32) },
      severity: result === 'success' ? 'info' : 'low',
      metadata: { attempt: result === 'success' ? 1 : random.integer(2, 5) },
      labels: { region: tenant.region },
    }),
  ];
};

/** The vendor's support looks at a customer's workspace for one of its people, with a ticket. */
export const supportHelps: Scene = (world, tenant, startMs) => {
  const { random } = world;
  const helper = random.weighted(world.support);
  const person = random.pick(world.present(tenant, startMs));
  const reason = {
    text: random.pick(SUPPORT_CASES),
    ticket: `SUP-${random.integer(10_400, 19_900)}`,
  };
  const session = personContext(helper, `ses_${random.hex(16)}`);
  const step = (atMs: number, action: string, targets: EventInput['targets']) =>
    record(world, tenant, atMs, {
      event_type: 'support',
      action,
      operation: action.endsWith('viewed') ? 'read' : 'other',
      actor: { ...world.actor(helper, atMs), type: 'support' },
      on_behalf_of: [world.delegate(person, startMs)],
      ...(targets === undefined ? {} : { targets }),
      outcome: SUCCESS,
      source: { initiator: 'user', application: 'support-desk' },
      context: requestContext(world, { ...session, correlation_id: reason.ticket }),
      reason,
      severity: 'medium',
    });
  const views = Array.from({ length: random.integer(1, 4) }, (_, index) => {
    const atMs = startMs + (index + 1) * random.integer(20_000, 4 * MINUTE_MS);
    return step(atMs, 'support.document.viewed', world.targets(tenant, 'document', atMs));
  });
  return [
    step(startMs, 'support.session.started', world.member(person, startMs)),
    ...views,
    step(startMs + HOUR_MS / 3, 'support.session.ended', workspaceTarget(tenant)),
  ];
};

const SCENES: readonly { readonly weight: number; readonly play: Scene }[] = [
  { weight: 100, play: sitting },
  { weight: 16, play: agentWorks },
  { weight: 5, play: programRuns },
  { weight: 2, play: linkOpened },
  { weight: 2, play: webhookSent },
];
/** Support is asked about once in this many scenes. */
const SUPPORT_SHARE = 0.006;

/** One scene of an ordinary day; empty when whoever was chosen does not work at that hour. */
export const playScene: Scene = (world, tenant, startMs) => {
  const { random, calendar } = world;
  if (random.chance(SUPPORT_SHARE) && random.chance(calendar.busy('Europe/Dublin', startMs))) {
    return supportHelps(world, tenant, startMs);
  }
  return random.weighted(SCENES).play(world, tenant, startMs);
};

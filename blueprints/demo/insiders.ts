/** The stories about rights: who gave them, who used them in somebody else's name. */
import type { EventInput } from '@annals/contract/event';
import type { Changes } from './actions.ts';
import { MINUTE_MS } from './calendar.ts';
import { type Draft, SUCCESS } from './draft.ts';
import { signIn } from './scenes.ts';
import type { Stage, Story } from './stage.ts';
import {
  type Named,
  personContext,
  programActor,
  programContext,
  record,
  requestContext,
  type Targets,
  type World,
  workspaceTarget,
} from './world.ts';

const inProject = (record: Named, project: Named): Targets => [
  record,
  { ...project, role: 'parent' },
];

const SECRET_NAMES = [
  'Salary bands',
  'Redundancy plan, draft',
  'Works agreement 12, minutes',
  'Bonus pool',
  'Sick leave by team',
  'Warnings issued',
  'Executive contracts',
] as const;
/** How many of them he also takes along. */
const SECRETS_TAKEN = 2;

/** An admin gives himself a role in the evening, reads what it opens, and takes it back. */
export const selfGrant = (world: World, { tenant, does, at, person }: Stage): Story => {
  const ralf = person('ralf.brandt');
  const startMs = at(17, 22, 41);
  const roles = (before: readonly string[], after: readonly string[]): Changes => [
    { path: '/roles', label: 'Roles', before, after },
  ];
  return {
    startMs,
    play: () => {
      const session = personContext(ralf, `ses_${world.random.hex(16)}`);
      const before = ralf.roles;
      const after = [...ralf.roles, 'hr_reader'];
      const asReader = { ...world.actor(ralf, startMs), roles: after };
      const project = world.project(tenant, 'Works Council');
      const own = {
        action: 'member.role.updated',
        event_type: 'permission',
        targets: world.member(ralf, startMs),
        metadata: { own_account: true },
        severity: 'high',
      } as const;
      const file = (minute: number, index: number, taken: boolean): EventInput => {
        const name = SECRET_NAMES[index] ?? '';
        return does(
          ralf,
          startMs + minute * MINUTE_MS,
          {
            action: taken ? 'document.downloaded' : 'document.viewed',
            event_type: 'document',
            operation: taken ? 'export' : 'read',
            actor: asReader,
            targets: inProject({ type: 'document', id: `doc_wc_${index + 1}`, name }, project),
            source: { initiator: 'user', application: 'web', component: 'document' },
            severity: taken ? 'low' : 'info',
          },
          session,
        );
      };
      return [
        signIn(world, tenant, startMs, ralf, session),
        does(
          ralf,
          startMs + MINUTE_MS,
          { ...own, operation: 'grant', changes: roles(before, after) },
          session,
        ),
        ...SECRET_NAMES.map((_, index) => file(3 + index * 2, index, false)),
        ...SECRET_NAMES.slice(0, SECRETS_TAKEN).map((_, index) => file(20 + index, index, true)),
        does(
          ralf,
          startMs + 26 * MINUTE_MS,
          { ...own, operation: 'revoke', actor: asReader, changes: roles(after, before) },
          session,
        ),
      ];
    },
  };
};

const MEMBERS_IMPORTED = 24;
/** Every so manieth row of the file has slipped by a column. */
const SLIPPED_EACH = 6;

/** A file of roles is imported; a slipped column makes some people admins, until somebody sees. */
export const roleImport = (world: World, { tenant, does, at, person }: Stage): Story => {
  const [importer, repairer] = [person('priya.raghunathan'), person('jonas.lindqvist')];
  const startMs = at(92, 13, 20);
  const ticket = 'INC-71';
  const rows = tenant.projects.flatMap((name) =>
    world
      .present(tenant, startMs)
      .slice(0, MEMBERS_IMPORTED)
      .map((member) => ({ name, member })),
  );
  const changed = (
    { name, member }: (typeof rows)[number],
    atMs: number,
    draft: Partial<Draft>,
    change: readonly [string, string],
  ): Parameters<Stage['does']>[2] => ({
    action: 'project.member.role.updated',
    event_type: 'permission',
    targets: [
      ...world.member(member, atMs),
      { ...world.project(tenant, name), role: 'parent' as const },
    ],
    changes: [{ path: '/role', label: 'Role', before: change[0], after: change[1] }],
    severity: 'high',
    ...draft,
  });
  const play = (): EventInput[] => {
    const session = {
      ...personContext(importer, `ses_${world.random.hex(16)}`),
      correlation_id: 'imp_roles_q3',
    };
    const source = { initiator: 'import', application: 'importer' } as const;
    const whole = { event_type: 'import', source, targets: workspaceTarget(tenant) } as const;
    const isSlipped = (_: unknown, index: number) => index % SLIPPED_EACH === SLIPPED_EACH - 1;
    const imported = rows.map((row, index) => {
      const after = isSlipped(row, index) ? 'project_admin' : 'project_editor';
      const atMs = startMs + 4_000 + index * 350;
      const draft = { operation: 'grant', source, metadata: { row: index + 1 } } as const;
      return does(importer, atMs, changed(row, atMs, draft, ['viewer', after]), session);
    });
    const repairMs = startMs + 170 * MINUTE_MS;
    const repairs = personContext(repairer, `ses_${world.random.hex(16)}`);
    const reason = { text: 'A column of the file had slipped', ticket };
    const repaired = rows.filter(isSlipped).map((row, index) => {
      const atMs = repairMs + index * 21_000;
      const draft = { operation: 'revoke', reason } as const;
      const change = ['project_admin', 'project_editor'] as const;
      return does(repairer, atMs, changed(row, atMs, draft, change), repairs);
    });
    return [
      does(importer, startMs, { ...whole, action: 'import.started' }, session),
      ...imported,
      does(
        importer,
        startMs + 5_000 + rows.length * 350,
        { ...whole, action: 'import.completed', metadata: { rows: rows.length, failed: 0 } },
        session,
      ),
      ...repaired,
    ];
  };
  return { startMs, play };
};

/** Support is asked to look at an invoice, and does more than look. */
export const supportOversteps = (world: World, { tenant, does, at, person }: Stage): Story => {
  const customer = person('chiara.bellandi');
  const startMs = at(58, 10, 25);
  const reason = { text: 'Invoice shows the wrong cost center', ticket: 'SUP-20417' };
  const play = (): EventInput[] => {
    const [, helper] = world.support;
    if (helper === undefined) return [];
    const session = personContext(helper, `ses_${world.random.hex(16)}`);
    const step = (minute: number, draft: Pick<Draft, 'action'> & Partial<Draft>): EventInput =>
      does(
        helper,
        startMs + minute * MINUTE_MS,
        {
          event_type: 'support',
          operation: 'other',
          actor: { ...world.actor(helper, startMs), type: 'support' },
          on_behalf_of: [world.delegate(customer, startMs)],
          source: { initiator: 'user', application: 'support-desk' },
          reason,
          ...draft,
        },
        session,
      );
    const invoice = (number: number): Targets => [
      { type: 'invoice', id: `invoice_${number}`, name: `invoice ${number}` },
    ];
    const looked = [17, 18, 19, 22].map((number, index) =>
      step(2 + index * 3, {
        action: 'support.invoice.viewed',
        operation: 'read',
        targets: invoice(number),
      }),
    );
    const targets = workspaceTarget(tenant);
    return [
      step(0, {
        action: 'support.session.started',
        targets: world.member(customer, startMs),
      }),
      ...looked,
      step(15, {
        action: 'support.billing.updated',
        operation: 'update',
        targets,
        changes: [
          { path: '/billing/cost_center', label: 'Cost center', before: '4100', after: '4300' },
        ],
        severity: 'high',
      }),
      step(16, { action: 'support.invoice.downloaded', operation: 'export', targets: invoice(22) }),
      step(20, { action: 'support.session.ended', targets }),
    ];
  };
  return { startMs, play };
};

const TIDIED = 26;
const DELETED = ['Draft 1', 'Draft 2', 'Copy of Draft 2', 'Old offer', 'Scan 0031'] as const;
const HELD = ['Claim file A', 'Claim file B', 'Claim file C', 'Claim file D'] as const;

/** Somebody tells the AI agent to tidy up a project. It moves, deletes, and is stopped in time. */
export const agentTidies = (world: World, { tenant, does, at, person }: Stage): Story => {
  const aylin = person('aylin.demir');
  const agent = tenant.programs.find(({ type }) => type === 'agent');
  const startMs = at(36, 16, 4);
  const play = (): EventInput[] => {
    if (agent === undefined) return [];
    const project = world.project(tenant, 'Battery Line Refit');
    const context = requestContext(world, {
      ...programContext(tenant, agent),
      correlation_id: `run_${world.random.hex(12)}`,
    });
    let atMs = startMs;
    const step = (operation: 'update' | 'delete', name: string, draft: Partial<Draft> = {}) => {
      atMs += world.random.integer(600, 2_400);
      const id = `doc_blr_${name.toLowerCase().replaceAll(' ', '_')}`;
      return record(world, tenant, atMs, {
        action: operation === 'update' ? 'document.moved' : 'document.deleted',
        event_type: 'document',
        operation,
        actor: programActor(agent),
        on_behalf_of: [world.delegate(aylin, startMs)],
        targets: inProject({ type: 'document', id, name }, project),
        outcome: SUCCESS,
        source: { initiator: 'user', application: 'assistant', component: 'scribe' },
        context,
        severity: 'medium',
        ...draft,
      });
    };
    const changes: Changes = [
      { path: '/folder', label: 'Folder', before: 'Inbox', after: 'Archive' },
    ];
    const denied = {
      result: 'denied',
      code: 'legal_hold',
      reason: 'The document is under legal hold',
    } as const;
    const stopMs = startMs + 6 * MINUTE_MS;
    return [
      ...Array.from({ length: TIDIED }, (_, index) =>
        step('update', `Photo ${index + 1}`, { changes }),
      ),
      ...DELETED.map((name) => step('delete', name)),
      ...HELD.map((name) => step('delete', name, { outcome: denied, severity: 'high' })),
      does(aylin, stopMs, {
        action: 'agent.run.stopped',
        event_type: 'assistant',
        operation: 'other',
        targets: [{ type: 'agent', id: agent.id, name: agent.name }],
        source: { initiator: 'user', application: 'assistant' },
        reason: { text: 'It was asked to sort the photos, not to delete drafts' },
      }),
    ];
  };
  return { startMs, play };
};

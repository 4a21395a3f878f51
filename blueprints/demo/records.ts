/** The stories about records and names: gone and back, made public, broken, hard to spell. */
import type { EventInput } from '@annals/contract/event';
import { MINUTE_MS } from './calendar.ts';
import type { Person } from './cast.ts';
import { type Draft, SUCCESS } from './draft.ts';
import type { Stage, Story } from './stage.ts';
import {
  documentTargets,
  programActor,
  programContext,
  record,
  requestContext,
  type World,
} from './world.ts';

type Step = readonly [
  address: string,
  daysAgo: number,
  hour: number,
  action: string,
  operation: NonNullable<Draft['operation']>,
  draft?: Partial<Draft>,
];

/** The life of one document: what people did to it on which days. */
const life = (
  world: World,
  { tenant, does, at, person }: Stage,
  document: { readonly id: string; readonly name: string; readonly project: string },
  steps: readonly Step[],
): Story[] => {
  const { id, name } = document;
  const project = world.project(tenant, document.project);
  const targets = documentTargets({ type: 'document', id, name, project });
  return steps.map(([address, daysAgo, hour, action, operation, draft]) => {
    const startMs = at(daysAgo, hour, 12);
    const done = () =>
      does(person(address), startMs, {
        action,
        event_type: 'document',
        operation,
        targets,
        source: { initiator: 'user', application: 'web', component: 'document' },
        severity: operation === 'delete' ? 'low' : 'info',
        ...draft,
      });
    return { startMs, play: () => [done()] };
  });
};

/** Deleted by mistake, and created again four days later under the same id. */
export const lostContract = (world: World, stage: Stage): Story[] => {
  const document = {
    id: 'doc_7741c0ffee',
    name: 'Supplier contract no. 7741',
    project: 'Supplier Portal',
  };
  return life(world, stage, document, [
    ['oskar.mueller', 139, 9, 'document.created', 'create'],
    ['ngozi.eze', 134, 15, 'document.updated', 'update'],
    ['liam.chen', 119, 16, 'document.deleted', 'delete'],
    [
      'oskar.mueller',
      115,
      10,
      'document.created',
      'create',
      { metadata: { from: 'backup' }, reason: { text: 'Deleted by mistake', ticket: 'IT-512' } },
    ],
    ['ngozi.eze', 108, 15, 'document.updated', 'update'],
  ]);
};

/** Deleted on purpose, and gone. */
export const oldCustomers = (world: World, stage: Stage): Story[] => {
  const document = { id: 'doc_1998aa31', name: 'Customer list 1998', project: 'Q4 Sales Kit' };
  return life(world, stage, document, [
    ['yusuf.haddad', 100, 15, 'document.created', 'create', { metadata: { from: 'scan' } }],
    ['viktor.halvorsen', 71, 11, 'document.viewed', 'read'],
    ['viktor.halvorsen', 44, 11, 'document.downloaded', 'export', { severity: 'low' }],
    [
      'sofia.papadopoulou',
      27,
      14,
      'document.deleted',
      'delete',
      { reason: { text: 'Kept longer than the law allows', ticket: 'DPO-12' }, severity: 'high' },
    ],
  ]);
};

const VISITORS = 11;
/** A price sheet lies open to everybody for some days. */
export const openLink = (world: World, stage: Stage): Story[] => {
  const { tenant, at } = stage;
  const document = {
    id: 'doc_t4prices',
    name: 'Tender price sheet, Terminal 4',
    project: 'Harbour Terminal 4',
  };
  const shared = { event_type: 'sharing', severity: 'medium' } as const;
  const sharing = (before: string, after: string) => [
    { path: '/sharing', label: 'Who may open it', before, after },
  ];
  const project = world.project(tenant, document.project);
  const targets = documentTargets({ type: 'document', ...document, project });
  const startMs = at(5, 11, 40);
  const opened = () =>
    Array.from({ length: VISITORS }, (_, index) =>
      record(world, tenant, startMs + index * index * 7 * MINUTE_MS, {
        event_type: 'sharing',
        action: 'document.link.opened',
        operation: 'read',
        actor: { type: 'anonymous' },
        targets,
        outcome: SUCCESS,
        source: { initiator: 'user', application: 'web', component: 'public-link' },
        context: requestContext(world, { ip: `198.51.100.${60 + index * 5}` }),
        severity: 'low',
      }),
    );
  return [
    ...life(world, stage, document, [
      ['emilie.tremblay', 6, 10, 'document.created', 'create'],
      [
        'emilie.tremblay',
        5,
        11,
        'document.link.created',
        'grant',
        {
          ...shared,
          changes: sharing('project', 'link'),
          metadata: { expires_in_days: 3_650, password: false },
        },
      ],
      [
        'amara.okonkwo',
        2,
        9,
        'document.link.revoked',
        'revoke',
        {
          ...shared,
          changes: sharing('link', 'project'),
          reason: { text: 'Found by a bidder', ticket: 'SEC-131' },
        },
      ],
    ]),
    { startMs, play: opened },
  ];
};

const FAILURES = 72;
/** An address is mistyped; the integration fails every 50 seconds until it is put right. */
export const brokenSync = (world: World, { tenant, does, at, person }: Stage): Story => {
  const rohan = person('rohan.deshpande');
  const program = tenant.programs.find(({ id }) => id === 'svc_warehouse_sync');
  const startMs = at(1, 9, 2);
  const targets = [{ type: 'integration', id: 'int_warehouse', name: 'Warehouse' }];
  const hosts = ['stock.acme.example', 'stcok.acme.example'] as const;
  const change = (before: string, after: string, minute: number) =>
    does(rohan, startMs + minute * MINUTE_MS, {
      action: 'integration.settings.updated',
      event_type: 'integration',
      operation: 'update',
      targets,
      changes: [{ path: '/endpoint/host', label: 'Host', before, after }],
    });
  const play = (): EventInput[] => {
    if (program === undefined) return [];
    const failures = Array.from({ length: FAILURES }, (_, index) =>
      record(world, tenant, startMs + (index + 1) * 50_000, {
        event_type: 'integration',
        action: 'integration.synced',
        operation: 'invoke',
        actor: programActor(program),
        targets,
        outcome: { result: 'failure', code: 'host_not_found', reason: 'The host cannot be found' },
        source: { initiator: 'system', application: 'integrations' },
        context: requestContext(world, programContext(tenant, program)),
        severity: 'medium',
        metadata: { attempt: index + 1 },
        labels: { region: tenant.region, environment: 'production' },
      }),
    );
    return [change(hosts[0], hosts[1], 0), ...failures, change(hosts[1], hosts[0], 62)];
  };
  return { startMs, play };
};

/** A guest from outside reads some documents of one project in one afternoon. */
const visit = (
  world: World,
  { tenant, does }: Stage,
  guest: Person,
  startMs: number,
  project: string,
  names: readonly string[],
): EventInput[] => {
  const parent = world.project(tenant, project);
  const session = {
    ip: guest.ip,
    user_agent: guest.userAgent,
    location: guest.site.location,
    session_id: `ses_${world.random.hex(16)}`,
  };
  return names.map((name, index) =>
    does(
      guest,
      startMs + index * 6 * MINUTE_MS,
      {
        action: 'document.viewed',
        event_type: 'document',
        operation: 'read',
        targets: documentTargets({
          type: 'document',
          id: `doc_${guest.id}_${index + 1}`,
          name,
          project: parent,
        }),
        source: { initiator: 'user', application: 'web', component: 'document' },
        severity: 'info',
      },
      session,
    ),
  );
};

/** People and records whose names are spelled in more than one way. */
export const hardNames = (world: World, acme: Stage, globex: Stage, bogazici: Stage): Story[] => {
  const [auditor, broker] = [acme.person('juergen.gross'), bogazici.person('ibrahim')];
  const auditMs = acme.at(48, 13, 30);
  const customsMs = bogazici.at(12, 10, 15);
  const contract = { id: 'doc_keiyaku7', name: '売買契約書 第七号', project: 'Port of Kobe Bid' };
  return [
    {
      startMs: auditMs,
      play: () =>
        visit(world, acme, auditor, auditMs, 'ISO 27001 Renewal', [
          'Risk treatment plan',
          'Statement of applicability',
          'Access review, Q2',
          'Supplier assessment',
          'Backup test protocol',
          'Corrective actions',
        ]),
    },
    {
      startMs: customsMs,
      play: () =>
        visit(world, bogazici, broker, customsMs, 'Gümrük Beyannameleri', [
          'Beyanname 2207',
          'Beyanname 2208',
          'Çeki listesi 2208',
          'Menşe şahadetnamesi',
        ]),
    },
    ...life(world, globex, contract, [
      ['misaki.sato', 24, 9, 'document.created', 'create'],
      ['haruto.nakamura', 23, 11, 'document.updated', 'update'],
      ['weiling.tan', 22, 14, 'document.viewed', 'read'],
      ['kenji.watanabe', 21, 16, 'document.approved', 'update'],
    ]),
  ];
};

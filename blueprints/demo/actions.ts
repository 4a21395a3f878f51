/**
 * What people do on ordinary days in Acme Works, and how often. Data only: `scenes.ts` plays it.
 */
import type { EventInput } from '@annals/contract/event';
import type { Random } from './random.ts';

export type Changes = NonNullable<EventInput['changes']>;
export type Details = NonNullable<EventInput['metadata']>;
/** What an action is done to; a comment or version names its document too, and so on. */
export type RecordKind =
  | 'document'
  | 'comment'
  | 'version'
  | 'task'
  | 'project'
  | 'member'
  | 'workspace'
  | 'webhook'
  | 'invoice'
  | 'report';

export interface OrdinaryAction {
  readonly action: string;
  readonly category: string;
  readonly operation: NonNullable<EventInput['operation']>;
  readonly record: RecordKind;
  readonly weight: number;
  /** Only people with this role do it, in the admin console. */
  readonly role?: string;
  /** Also done on a phone. */
  readonly mobile?: true;
  readonly severity?: NonNullable<EventInput['severity']>;
  /** How often it is denied, 0 to 1. */
  readonly denied?: number;
  /** The system sends a notification in the same request. */
  readonly notifies?: true;
  readonly changes?: (random: Random) => Changes;
  readonly details?: (random: Random) => Details;
}

/** A change from one of these values to the next. */
const step =
  (path: string, label: string, values: readonly unknown[]) =>
  (random: Random): Changes => {
    const index = random.integer(0, values.length - 2);
    const turned = random.chance(0.3);
    const [before, after] = [values[index], values[index + 1]];
    return [{ path, label, before: turned ? after : before, after: turned ? before : after }];
  };
const ROLES = ['viewer', 'editor', 'project_lead', 'admin'] as const;
const FILE_TYPES = ['docx', 'pdf', 'xlsx', 'pptx', 'png', 'dwg'] as const;
const file = (random: Random): Details => ({
  file_type: random.pick(FILE_TYPES),
  size_bytes: random.integer(8_000, 9_000_000),
});
const content = (random: Random): Changes => {
  const version = random.integer(1, 40);
  const words = random.integer(200, 9_000);
  return [
    { path: '/version', label: 'Version', before: version, after: version + 1 },
    { path: '/words', before: words, after: words + random.integer(-90, 240) },
  ];
};

const DOCUMENTS: readonly OrdinaryAction[] = [
  {
    action: 'document.viewed',
    category: 'document',
    operation: 'read',
    record: 'document',
    weight: 30,
    mobile: true,
    denied: 0.03,
  },
  {
    action: 'document.created',
    category: 'document',
    operation: 'create',
    record: 'document',
    weight: 6,
    details: file,
  },
  {
    action: 'document.updated',
    category: 'document',
    operation: 'update',
    record: 'document',
    weight: 14,
    changes: content,
    denied: 0.01,
  },
  {
    action: 'document.version.restored',
    category: 'document',
    operation: 'update',
    record: 'version',
    weight: 1,
    changes: step('/current', 'Current version', [14, 13, 9, 8]),
  },
  {
    action: 'document.downloaded',
    category: 'document',
    operation: 'export',
    record: 'document',
    weight: 6,
    mobile: true,
    severity: 'low',
    denied: 0.04,
    details: file,
  },
  {
    action: 'document.renamed',
    category: 'document',
    operation: 'update',
    record: 'document',
    weight: 2,
    changes: step('/name', 'Name', ['Draft', 'Draft 2', 'Final', 'Final (signed)']),
  },
  {
    action: 'document.share.updated',
    category: 'sharing',
    operation: 'grant',
    record: 'document',
    weight: 4,
    severity: 'medium',
    notifies: true,
    denied: 0.05,
    changes: step('/sharing', 'Who may open it', ['private', 'project', 'workspace', 'link']),
  },
  {
    action: 'document.link.created',
    category: 'sharing',
    operation: 'grant',
    record: 'document',
    weight: 2,
    severity: 'medium',
    details: (random) => ({
      expires_in_days: random.pick([1, 7, 30]),
      password: random.chance(0.4),
    }),
  },
  {
    action: 'document.deleted',
    category: 'document',
    operation: 'delete',
    record: 'document',
    weight: 1.5,
    severity: 'low',
    denied: 0.12,
  },
  {
    action: 'document.comment.created',
    category: 'collaboration',
    operation: 'create',
    record: 'comment',
    weight: 9,
    mobile: true,
    notifies: true,
    details: (random) => ({ length: random.integer(4, 900), mentions: random.integer(0, 3) }),
  },
  {
    action: 'document.comment.resolved',
    category: 'collaboration',
    operation: 'update',
    record: 'comment',
    weight: 4,
    mobile: true,
    changes: () => [{ path: '/resolved', label: 'Resolved', before: false, after: true }],
  },
  {
    action: 'search.performed',
    category: 'search',
    operation: 'read',
    record: 'workspace',
    weight: 6,
    mobile: true,
    details: (random) => ({ hits: random.integer(0, 240), took_ms: random.integer(8, 400) }),
  },
];

const PROJECTS: readonly OrdinaryAction[] = [
  {
    action: 'task.created',
    category: 'task',
    operation: 'create',
    record: 'task',
    weight: 7,
    mobile: true,
    notifies: true,
    details: (random) => ({
      due_in_days: random.integer(1, 45),
      points: random.pick([1, 2, 3, 5]),
    }),
  },
  {
    action: 'task.status.updated',
    category: 'task',
    operation: 'update',
    record: 'task',
    weight: 12,
    mobile: true,
    changes: step('/status', 'Status', ['open', 'in_progress', 'in_review', 'done']),
  },
  {
    action: 'task.assigned',
    category: 'task',
    operation: 'update',
    record: 'task',
    weight: 5,
    mobile: true,
    notifies: true,
    changes: step('/priority', 'Priority', ['low', 'normal', 'high', 'urgent']),
  },
  {
    action: 'project.created',
    category: 'project',
    operation: 'create',
    record: 'project',
    weight: 0.3,
    role: 'project_lead',
  },
  {
    action: 'project.settings.updated',
    category: 'project',
    operation: 'update',
    record: 'project',
    weight: 2,
    role: 'project_lead',
    changes: step('/visibility', 'Visibility', ['members', 'workspace', 'guests']),
  },
  {
    action: 'project.member.added',
    category: 'project',
    operation: 'grant',
    record: 'project',
    weight: 2,
    role: 'project_lead',
    severity: 'low',
    notifies: true,
  },
];

const ADMINISTRATION: readonly OrdinaryAction[] = [
  {
    action: 'member.invited',
    category: 'member',
    operation: 'create',
    record: 'member',
    weight: 2,
    role: 'admin',
    severity: 'low',
    notifies: true,
  },
  {
    action: 'member.role.updated',
    category: 'permission',
    operation: 'grant',
    record: 'member',
    weight: 3,
    role: 'admin',
    severity: 'high',
    denied: 0.06,
    changes: step('/role', 'Role', ROLES),
  },
  {
    action: 'workspace.settings.updated',
    category: 'settings',
    operation: 'update',
    record: 'workspace',
    weight: 3,
    role: 'admin',
    severity: 'medium',
    changes: (random) => [
      ...step('/session/idle_minutes', 'Idle sign-out, minutes', [15, 30, 60, 240])(random),
      ...step('/sharing/links', 'Public links', ['off', 'with password', 'on'])(random),
    ],
  },
  {
    action: 'webhook.updated',
    category: 'integration',
    operation: 'update',
    record: 'webhook',
    weight: 1.5,
    role: 'developer',
    changes: step('/events', 'Subscribed to', [['task.*'], ['task.*', 'document.*'], ['*']]),
  },
  {
    action: 'audit_log.viewed',
    category: 'audit',
    operation: 'read',
    record: 'workspace',
    weight: 25,
    role: 'auditor',
  },
  {
    action: 'report.exported',
    category: 'report',
    operation: 'export',
    record: 'report',
    weight: 15,
    role: 'auditor',
    severity: 'low',
    details: (random) => ({
      rows: random.integer(40, 12_000),
      format: random.pick(['csv', 'xlsx']),
    }),
  },
  {
    action: 'invoice.downloaded',
    category: 'billing',
    operation: 'export',
    record: 'invoice',
    weight: 6,
    role: 'billing',
  },
  {
    action: 'billing.contact.updated',
    category: 'billing',
    operation: 'update',
    record: 'workspace',
    weight: 1,
    role: 'billing',
    changes: step('/billing/cost_center', 'Cost center', ['4100', '4120', '4300']),
  },
];

export const ORDINARY: readonly OrdinaryAction[] = [...DOCUMENTS, ...PROJECTS, ...ADMINISTRATION];

const ROLE = { code: 'role_missing', reason: 'The role does not include this permission' };
const MEMBER = { code: 'not_a_member', reason: 'Not a member of the project' };
const HELD = { code: 'legal_hold', reason: 'The document is under legal hold' };
const NO_LINKS = {
  code: 'link_sharing_off',
  reason: 'Public links are switched off for this workspace',
};

/** What a legal hold forbids. */
const CHANGING = new Set([
  ...['document.updated', 'document.renamed', 'document.deleted', 'document.version.restored'],
]);

/** Why a request for this may be denied. */
export const denialsOf = ({ action, category, record }: OrdinaryAction) => {
  if (record === 'member' || record === 'workspace') return [ROLE];
  if (category === 'sharing') return [ROLE, MEMBER, NO_LINKS];
  return CHANGING.has(action) ? [ROLE, MEMBER, HELD] : [ROLE, MEMBER];
};

/** What customers ask the vendor's support about. */
export const SUPPORT_CASES = [
  'Customer cannot open a document after the move to another project',
  'Invoice shows the wrong cost center',
  'Import stopped half way, customer asked us to look at it',
  'Sign-in loop with single sign-on',
  'Notification mails do not arrive',
] as const;

/**
 * Projects and their tenants: what is recorded, who sees it, and for whom. Owns the schemas of
 * these routes.
 */
import Type, { type Static } from 'typebox';
import { Catalog } from './catalog.ts';
import { Definition } from './definition.ts';
import { LIMITS, TenantId, Uuid } from './event.ts';
import { Retention } from './keeping.ts';
import { asRole, closed, optional, ProjectName, projectParam, type Route } from './route.ts';

export const Project = Type.Object({
  project: ProjectName,
  label: Type.String({ minLength: 1, maxLength: LIMITS.name }),
  time_zone: Type.String({ maxLength: 64, description: 'IANA time zone name.' }),
  create_tenants: Type.Boolean({ description: 'Whether a tenant is made by its first event.' }),
  version: Type.Integer({ minimum: 0, description: 'Of its definition; 0: it has none.' }),
  created_at: Type.String(),
});
export type Project = Static<typeof Project>;

export const DefinedProject = Type.Object({
  ...Project.properties,
  definition: Type.Union([Definition, Type.Null()]),
});
export type DefinedProject = Static<typeof DefinedProject>;

/** One thing that a new definition changes. */
export const DefinitionChange = Type.Object({
  path: Type.String({ description: 'JSON Pointer into the definition.' }),
  effect: Type.Enum(['gain', 'loss', 'other'], {
    description: 'For readers: they see more, or less, or it does not bear on it.',
  }),
  detail: Type.String(),
  events: optional(
    Type.Integer({
      minimum: 0,
      description:
        'Of a view that reaches less far: events that leave it, up to 100,000. Of a shorter ' +
        'retention: events that it takes something from.',
    }),
  ),
});
export type DefinitionChange = Static<typeof DefinitionChange>;

export const DefinitionDiff = Type.Object({
  version: Type.Integer({ minimum: 0, description: 'Of the definition that is there now.' }),
  changes: Type.Array(DefinitionChange),
  gaps: Type.Array(Type.Object({ path: Type.String(), detail: Type.String() }), {
    description: 'What texts lack, and what may be meant otherwise.',
  }),
});
export type DefinitionDiff = Static<typeof DefinitionDiff>;

const ShortText = Type.String({ minLength: 1, maxLength: LIMITS.shortText });
export const Tenant = Type.Object({
  tenant_id: TenantId,
  label: optional(Type.String()),
  plan: Type.Union([ShortText, Type.Null()]),
  addons: Type.Array(ShortText),
  is_demo: Type.Boolean(),
  audit_enabled_at: Type.Union([Type.String(), Type.Null()], {
    description: 'Customers’ views show nothing earlier. Null: from the start, or not at all.',
  }),
  retention: Type.Union([Retention, Type.Null()], {
    description: 'Its own; null: that of its plan or project.',
  }),
  closed_at: Type.Union([Type.String(), Type.Null()], {
    description: 'Since when nothing is recorded for it.',
  }),
  ends_at: Type.Union([Type.String(), Type.Null()], {
    description: 'From when on its events are removed.',
  }),
  created_at: Type.String(),
  events: Type.Integer({ minimum: 0, description: 'Events in its ledger.' }),
});
export type Tenant = Static<typeof Tenant>;

/** A tenant as it is now, and what a shorter retention of it will take. */
export const ChangedTenant = Type.Object({
  ...Tenant.properties,
  retention_pending: optional(
    Type.Object(
      {
        events_kept: Retention.properties.events,
        personal_kept: Retention.properties.personal,
        takes_effect_at: Type.String(),
        events: Type.Integer({
          minimum: 0,
          description: 'Events that lose something then, or all, up to 100,000.',
        }),
      },
      { description: 'A shorter retention waits; until it takes effect it can be put back.' },
    ),
  ),
});
export type ChangedTenant = Static<typeof ChangedTenant>;

/** Why somebody sees an event or not: rules in the order in which they are asked. */
export const Explanation = Type.Object({
  tenant_id: TenantId,
  id: Uuid,
  role: Type.String(),
  recorded: Type.Boolean({ description: 'Whether the log has such an event at all.' }),
  visible: Type.Boolean({ description: 'Whether at least one view of the role shows it.' }),
  views: Type.Array(
    Type.Object({
      view: Type.String(),
      visible: Type.Boolean(),
      rules: Type.Array(
        Type.Object({
          rule: Type.Enum([
            ...['gate', 'enabled', 'reach', 'floor', 'delay', 'own', 'rows', 'subject', 'parts'],
          ]),
          passes: Type.Boolean(),
          detail: Type.String(),
        }),
      ),
      hidden: Type.Array(Type.String(), {
        description: 'JSON Pointers of values of the event that the view leaves out.',
      }),
    }),
  ),
});
export type Explanation = Static<typeof Explanation>;

const params = Type.Object({ project: ProjectName });

export const PROJECT_ROUTES = {
  listProjects: {
    method: 'GET',
    path: '/v1/projects',
    summary: 'The projects this key may use',
    scope: 'manage',
    manage: 'project',
    answers: { 200: Type.Object({ projects: Type.Array(Project) }) },
  },
  getProject: {
    method: 'GET',
    path: '/v1/projects/{project}',
    summary: 'One project, with its definition',
    scope: 'manage',
    manage: 'project',
    params,
    answers: { 200: DefinedProject },
  },
  putProject: {
    method: 'PUT',
    path: '/v1/projects/{project}',
    summary: 'Make a project, or change it; a definition tells label and time zone itself',
    scope: 'manage',
    manage: 'project',
    params,
    body: Type.Object(
      {
        label: optional(Type.String({ minLength: 1, maxLength: LIMITS.name })),
        time_zone: optional(Type.String({ maxLength: 64 })),
        create_tenants: optional(Type.Boolean()),
        definition: optional(
          Type.Unknown({ description: 'A project definition; see its own reference.' }),
        ),
        version: optional(
          Type.Integer({
            minimum: 0,
            description: 'The version that was compared with: refused if another is there.',
          }),
        ),
      },
      closed,
    ),
    answers: { 200: DefinedProject },
  },
  diffProject: {
    method: 'POST',
    path: '/v1/projects/{project}/diff',
    summary: 'What a definition would change, without changing it',
    scope: 'manage',
    manage: 'project',
    params,
    body: Type.Object({ definition: Type.Unknown() }, closed),
    answers: { 200: DefinitionDiff },
  },
  getCatalog: {
    method: 'GET',
    path: '/v1/catalog',
    summary: 'The activity reference: what is recorded, and which views this key has',
    scope: 'events:read',
    query: Type.Object(
      {
        ...projectParam,
        tenant_id: optional(TenantId),
        locale: optional(Type.String({ maxLength: 35 })),
        ...asRole,
      },
      closed,
    ),
    answers: { 200: Catalog },
  },
  explain: {
    method: 'GET',
    path: '/v1/explain',
    summary: 'Why a role sees an event, or does not',
    scope: 'manage',
    manage: 'explain',
    query: Type.Object(
      {
        ...projectParam,
        tenant_id: TenantId,
        id: Uuid,
        role: Type.String({ maxLength: 63 }),
        subject: optional(
          Type.String({ maxLength: 513, description: 'Of bound views: `TYPE:ID`.' }),
        ),
      },
      closed,
    ),
    answers: { 200: Explanation },
  },
  listTenants: {
    method: 'GET',
    path: '/v1/tenants',
    summary: 'The tenants of a project, by name',
    scope: 'manage',
    manage: 'tenants',
    query: Type.Object(
      {
        ...projectParam,
        after: optional(TenantId),
        limit: optional(Type.Integer({ minimum: 1, maximum: 500 })),
      },
      closed,
    ),
    answers: { 200: Type.Object({ tenants: Type.Array(Tenant) }) },
  },
  putTenant: {
    method: 'PUT',
    path: '/v1/tenants/{tenant_id}',
    summary: 'Make a tenant, or change it; enable its audit log',
    scope: 'manage',
    manage: 'tenants',
    params: Type.Object({ tenant_id: TenantId }),
    query: Type.Object(projectParam, closed),
    body: Type.Object(
      {
        label: optional(Type.String({ minLength: 1, maxLength: LIMITS.name })),
        plan: optional(Type.Union([ShortText, Type.Null()])),
        addons: optional(Type.Array(ShortText, { maxItems: 50, uniqueItems: true })),
        is_demo: optional(Type.Boolean()),
        audit_enabled_at: optional(
          Type.Union([Type.String({ maxLength: 64 }), Type.Null()], {
            description: 'Enables (`now` or an RFC 3339 time that has been) or, null, disables.',
          }),
        ),
        retention: optional(
          Type.Union([Retention, Type.Null()], {
            description: 'In place of that of its plan or project; null: that one.',
          }),
        ),
      },
      closed,
    ),
    answers: { 200: ChangedTenant },
  },
} as const satisfies Record<string, Route>;

/** The form of a story, and the short way to write what somebody does in one. */
import type { EventInput } from '@annals/contract/event';
import type { Person } from './cast.ts';
import { type Context, type Draft, SUCCESS } from './draft.ts';
import { personContext, record, requestContext, type World } from './world.ts';

export interface Story {
  readonly startMs: number;
  /** Its events; none lies before `startMs`. */
  readonly play: () => EventInput[];
}

/** A tenant's people and what they do outside the ordinary, in short. */
export const stageOf = (world: World, tenantId: string) => {
  const tenant = world.tenants.find(({ id }) => id === tenantId);
  if (tenant === undefined) throw new RangeError(`no tenant ${tenantId} in the demo`);
  const does = (
    person: Person,
    atMs: number,
    draft: Pick<Draft, 'action' | 'event_type'> & Partial<Draft>,
    session: Context = personContext(person, `ses_${world.random.hex(16)}`),
  ) =>
    record(world, tenant, atMs, {
      actor: world.actor(person, atMs),
      outcome: SUCCESS,
      source: { initiator: 'user', application: 'admin-console' },
      context: requestContext(world, session),
      severity: 'medium',
      ...draft,
    });
  const at = (daysAgo: number, hour: number, minute = 0): number =>
    world.calendar.daysAgo(daysAgo, tenant.zone, hour, minute);
  return { tenant, does, at, person: (address: string) => world.person(tenant, address) };
};
export type Stage = ReturnType<typeof stageOf>;

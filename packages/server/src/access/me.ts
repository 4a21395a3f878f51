/** Who somebody is and what they may do where, as they are told themselves. */
import type { Grants } from '@annals/contract/compile';
import type { Me, Seat } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import type { ProjectRow, Store } from '../store/store.ts';
import type { Principal } from './decide.ts';
import { type Caller, isPerson, principalAt } from './seats.ts';

interface Parts {
  readonly store: Pick<Store, 'projects' | 'signIns'>;
  readonly grants: (principal: Principal, project?: ProjectRow) => Promise<Grants>;
}

export async function meOf(caller: Caller, parts: Parts): Promise<Me> {
  const seats = isPerson(caller) ? caller.seats.map((seat) => principalAt(caller, seat)) : [caller];
  const described: Seat[] = [];
  for (const seat of seats) described.push(await describeSeat(seat, parts));
  const endsAt = isPerson(caller) ? caller.endsAt : caller.expiresAt;
  const { name, email } = isPerson(caller) ? caller : caller.actor;
  const hasPassword = isPerson(caller) && (await parts.store.signIns.hasPassword(caller.id));
  return {
    kind: caller.kind,
    id: caller.id,
    name: name ?? null,
    email: email ?? null,
    two_factor: isPerson(caller) ? caller.hasTwoFactor : null,
    has_password: isPerson(caller) ? hasPassword : null,
    expires_at: endsAt === null ? null : formatInstant(endsAt),
    seats: described,
  };
}

async function describeSeat(seat: Principal, { store, grants }: Parts): Promise<Seat> {
  const { projectNo, tenantId, scopes, roles } = seat;
  const project = projectNo === null ? undefined : await store.projects.byNumber(projectNo);
  const { views, manage } = await grants(seat, project);
  return {
    project: project?.project ?? null,
    tenant_id: tenantId,
    owner: seat.kind === 'person' && projectNo === null,
    scopes: [...scopes],
    roles: [...roles],
    views: [...views].map(([view, capabilities]) => ({ view, capabilities: [...capabilities] })),
    manage: [...manage],
  };
}

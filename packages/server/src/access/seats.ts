/**
 * People have seats: an owner of the instance, an operator of a project, a member of a tenant. A
 * request is asked from one of them, which the place that it names chooses. Pure.
 */
import { SCOPES } from '@annals/contract/routes';
import type { Principal } from './decide.ts';

/** What a person may do at one place. */
export interface PersonSeat {
  /** Null: an owner of the instance. */
  readonly project: string | null;
  readonly projectNo: number | null;
  /** Null: an operator, of every tenant. */
  readonly tenantId: string | null;
  readonly tenantNo: number | null;
  /** Empty: an owner, who has no need of them. */
  readonly roles: readonly string[];
}

/** Somebody who is signed in. */
export interface Person extends Pick<Principal, 'request'> {
  readonly kind: 'person';
  readonly id: string;
  readonly sessionId: string;
  readonly name: string;
  readonly email: string;
  readonly hasTwoFactor: boolean;
  /** When the session ends if nothing is done, in ms. */
  readonly endsAt: number;
  /** The widest first. */
  readonly seats: readonly PersonSeat[];
}

/** Whoever asks. */
export type Caller = Principal | Person;
export const isPerson = (caller: Caller): caller is Person => 'seats' in caller;

/** The place that a request names. */
export interface NamedPlace {
  readonly project?: string | undefined;
  readonly tenantId?: string | undefined;
}

export const isOwner = ({ projectNo }: Pick<PersonSeat, 'projectNo'>): boolean =>
  projectNo === null;
const precision = ({ projectNo, tenantNo }: PersonSeat): number =>
  projectNo === null ? 0 : tenantNo === null ? 1 : 2;

/** Whether all of the named place is the seat's. */
function contains(seat: PersonSeat, { project, tenantId }: NamedPlace): boolean {
  if (isOwner(seat)) return true;
  if (project !== undefined && project !== seat.project) return false;
  if (seat.tenantId !== null) return seat.tenantId === tenantId;
  return project !== undefined || tenantId !== undefined;
}

/** Whether the seat lies in the named place. */
const liesIn = (seat: PersonSeat, { project, tenantId }: NamedPlace): boolean =>
  (project === undefined || project === seat.project) &&
  (tenantId === undefined || tenantId === seat.tenantId);

/**
 * The most precise seat that the whole place belongs to; else the widest of those that lie in it;
 * else any, whose holder then finds nothing there. Undefined: the person has none.
 */
export function chooseSeat(
  seats: readonly PersonSeat[],
  place: NamedPlace,
): PersonSeat | undefined {
  const widestFirst = seats.toSorted((one, other) => precision(one) - precision(other));
  const containing = widestFirst.filter((seat) => contains(seat, place));
  const finest = Math.max(...containing.map(precision));
  return (
    containing.find((seat) => precision(seat) === finest) ??
    widestFirst.find((seat) => liesIn(seat, place)) ??
    widestFirst[0]
  );
}

/** A person, signed in or not. */
type Somebody = Pick<Person, 'id' | 'name' | 'email'> &
  Partial<Pick<Person, 'sessionId' | 'request'>>;

/** A place that nothing is at: who has no seat finds nothing. */
const NOWHERE = -1;

/** The person at a seat. Members are of the tenant's own people, everybody else is support. */
export function principalAt(person: Somebody, seat: PersonSeat | undefined): Principal {
  const { id, name, email, sessionId, request } = person;
  const isMember = seat !== undefined && seat.tenantNo !== null;
  return {
    kind: 'person',
    id,
    actor: { type: isMember ? 'user' : 'support', id, name, email },
    projectNo: seat ? seat.projectNo : NOWHERE,
    tenantNo: seat ? seat.tenantNo : NOWHERE,
    tenantId: seat ? seat.tenantId : '',
    scopes: new Set(seat && isOwner(seat) ? SCOPES : []),
    roles: seat?.roles ?? [],
    // A session's end is not that of what the person makes.
    expiresAt: null,
    subject: null,
    ...(sessionId === undefined ? {} : { session: sessionId }),
    ...(request ? { request } : {}),
  };
}

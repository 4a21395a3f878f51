/**
 * Who works in a blueprint's product: people and programs, and what their requests bring along.
 * Addresses lie in the ranges that are kept for documentation (RFC 5737, RFC 3849).
 */
import type { EventInput } from '@annals/contract/event';
import { DEVICES } from '../demo/cast.ts';
import type { Context } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';

export interface Worker {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly location: string;
  readonly ip: string;
  readonly userAgent: string;
  /** How much this person does, against the others. */
  readonly weight: number;
}

type Device = keyof typeof DEVICES;
export type Row = readonly [
  name: string,
  account: string,
  roles: string,
  device: Device,
  weight: number,
];

export interface Office {
  /** What ids of its people begin with. */
  readonly prefix: string;
  readonly domain: string;
  readonly location: string;
  /** The first three parts of its addresses. */
  readonly network: string;
}

/** Every fifth works from somewhere with an address of the newer kind. */
const addressOf = (network: string, prefix: string, index: number): string =>
  index % 5 === 4 ? `2001:db8:${prefix.length}b:${index}::2c` : `${network}.${30 + index * 4}`;

export const staffOf = (rows: readonly Row[], office: Office): Worker[] =>
  rows.map(([name, account, roles, device, weight], index) => ({
    id: `${office.prefix}${2_203 + index * 31}`,
    name,
    email: `${account}@${office.domain}`,
    roles: roles.split(' '),
    location: office.location,
    ip: addressOf(office.network, office.prefix, index),
    userAgent: DEVICES[device],
    weight,
  }));

/** The person of that part of an e-mail address; throws RangeError if there is none. */
export function workerOf(staff: readonly Worker[], account: string): Worker {
  const found = staff.find(({ email }) => email.startsWith(`${account}@`));
  if (found === undefined) throw new RangeError(`nobody is called ${account}`);
  return found;
}

type Actor = EventInput['actor'];

/** Who somebody is at that moment. */
export const actorOf = ({ id, name, email, roles }: Worker): Actor => ({
  type: 'user',
  id,
  name,
  email,
  roles: [...roles],
});
/** Somebody of the product's own support; never one of the customer's people. */
export const supportOf = (worker: Worker): Actor => ({ ...actorOf(worker), type: 'support' });
/** Whom somebody else acts for. */
export const principalOf = ({ id, name, email }: Worker) =>
  ({ type: 'user', id, name, email }) as const;

const DAY_DIGITS = 10;
/** What a request of somebody brings along; a session lasts a day. */
export const seatOf = (random: Random, worker: Worker, atMs: number): Context => ({
  ip: worker.ip,
  user_agent: worker.userAgent,
  location: worker.location,
  request_id: `req_${random.hex(12)}`,
  session_id: `ses_${worker.id}_${new Date(atMs).toISOString().slice(0, DAY_DIGITS)}`,
});

export interface Program {
  readonly type: 'api_key' | 'service_account';
  readonly id: string;
  readonly name: string;
  readonly ip: string;
  readonly userAgent: string;
}
export const programActor = ({ type, id, name }: Program): Actor => ({ type, id, name });
export const programSeat = (random: Random, { ip, userAgent }: Program): Context => ({
  ip,
  user_agent: userAgent,
  request_id: `req_${random.hex(12)}`,
});

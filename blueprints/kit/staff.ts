/**
 * Who works in a blueprint's product: people and programs, and what their requests bring along.
 * Addresses lie in the ranges that are kept for documentation (RFC 5737, RFC 3849).
 */
import type { EventInput } from '@annals/contract/event';
import { DEVICES, type Program } from '../demo/cast.ts';
import type { Context } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import type { Organization, Person } from './people.ts';

export interface Worker extends Person {
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

/** Every fifth works from somewhere with an address of the newer kind. */
const addressOf = (network: string, prefix: string, index: number): string =>
  index % 5 === 4 ? `2001:db8:${prefix.length}b:${index}::2c` : `${network}.${30 + index * 4}`;

export const staffOf = (rows: readonly Row[], office: Organization): Worker[] =>
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

const DAY_DIGITS = 10;
/** What a request of somebody brings along; a session lasts a day. */
export const seatOf = (random: Random, worker: Worker, atMs: number): Context => ({
  ip: worker.ip,
  user_agent: worker.userAgent,
  location: worker.location,
  request_id: `req_${random.hex(12)}`,
  session_id: `ses_${worker.id}_${new Date(atMs).toISOString().slice(0, DAY_DIGITS)}`,
});

export const programActor = ({ type, id, name }: Program): EventInput['actor'] => ({
  type,
  id,
  name,
});
export const programSeat = (random: Random, { ip, userAgent }: Program): Context => ({
  ip,
  user_agent: userAgent,
  request_id: `req_${random.hex(12)}`,
});

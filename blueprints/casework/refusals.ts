/** Why deeds fail here. Every reader sees these words, so they name nobody. */
import { denied, failure, type RefusalOf } from '../kit/deeds.ts';
import { intake, type Work, worker } from './agency.ts';

type R = RefusalOf<Work>;

/** Only those without the right meet these. */
export const NO_RIGHT: R = {
  ...denied('role_missing', 'the role does not allow it'),
  by: [worker, intake],
};
export const NOT_ASSIGNED: R = {
  ...denied('not_assigned', 'the record is restricted to those who are assigned'),
  by: [worker],
};
export const NOT_CONSENTED = denied('no_consent', 'the agency has not agreed to it');
export const SIGNED = denied('signed', 'it is signed');
export const LOCKED = denied('locked', 'it is locked');
export const CONFLICT = failure('conflict', 'somebody else changed it at the same time');
export const DUPLICATE = failure('duplicate', 'there is one with the same data');
export const CLOSED = failure('closed', 'the record is closed');
export const STEPS_OPEN = failure('steps_open', 'steps before it are not done');
export const IN_USE = failure('in_use', 'something still refers to it');
export const NO_FUNDS = failure('no_funds', 'the funds are used up');
export const UNLICENSED = failure('unlicensed', 'the provider’s license has expired');
export const UNREACHABLE = failure('unreachable', 'the number takes no messages');
export const BOUNCED = failure('bounced', 'the address does not exist');
export const TOO_LARGE = failure('too_large', 'it is larger than 50 MB');
export const INFECTED = failure('infected', 'a virus was found in it');
export const OVERLAP = failure('overlap', 'somebody has another meeting then');
export const LAST_ONE = failure('last_one', 'nobody else has the role');
export const WRONG_PASSWORD = failure('wrong_password', 'the password is wrong');
export const LINK_EXPIRED = failure('link_expired', 'the link has expired');

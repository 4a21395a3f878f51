/** Why deeds fail here. Every reader sees these words, so they name nobody. */
import { denied, failure, type RefusalOf } from '../kit/deeds.ts';
import { manager, type Office, staff } from './office.ts';

/** Only those who are no admin meet it. */
export const NO_RIGHT: RefusalOf<Office> = {
  ...denied('role_missing', 'the role does not allow it'),
  by: [manager, staff],
};
export const NOT_CONFIRMED = denied('not_confirmed', 'it was not confirmed with a second factor');
export const DUPLICATE = failure('duplicate', 'somebody with this address is there already');
export const LAST_ADMIN = denied('last_one', 'nobody else has the role');
export const LOCKED = denied('locked_by_enterprise', 'the enterprise does not let it be changed');
export const NOT_CONSENTED = denied('no_consent', 'the customer has not agreed to it');
export const CONFLICT = failure('conflict', 'somebody else changed it at the same time');
export const BOOKED = failure('has_appointments', 'appointments are booked');
export const TAKEN = failure('address_taken', 'another user has the address');
export const IN_USE = failure('in_use', 'something still uses it');
export const OVERLAP = failure('overlap', 'it overlaps with another one');
export const WRONG_CODE = failure('wrong_code', 'the code is wrong');
export const EXPIRED = failure('code_expired', 'the code is older than ten minutes');
export const BAD_FILE = failure('bad_file', 'a column is missing in the file');
export const TOO_MANY = failure('too_many_rows', 'there are more than 50,000 rows');
export const NO_ANSWER = failure('no_answer', 'the calendar did not answer');

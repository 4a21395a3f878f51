/** Times as people read them, in a zone they name. Never changes the instant. */
import { UsageError } from './command.ts';

/** Formats instants in one zone. */
export interface Clock {
  readonly zone: string;
  /** `2026-01-02 03:04:05`; text that is no instant comes back as it is. */
  format(instant: string): string;
}

/** A clock for an IANA zone; without one, the machine's. Throws `UsageError` for no zone. */
export const createClock = (timeZone?: string): Clock => {
  let formatter: Intl.DateTimeFormat;
  try {
    // The Swedish form is ISO 8601's date and time, without the T.
    formatter = new Intl.DateTimeFormat('sv-SE', {
      dateStyle: 'short',
      timeStyle: 'medium',
      ...(timeZone === undefined ? {} : { timeZone }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`"${timeZone}" is no time zone; use a name like Europe/Berlin`);
  }
  return {
    zone: formatter.resolvedOptions().timeZone,
    format: (instant) => {
      const ms = Date.parse(instant);
      return Number.isNaN(ms) ? instant : formatter.format(ms);
    },
  };
};

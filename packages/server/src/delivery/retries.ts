/** When what could not be delivered is tried again. Pure. */

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
/** From one try to the next, as the specification of Standard Webhooks gives them as an example. */
const WAITS_MS: readonly number[] = [
  5 * SECOND_MS,
  300 * SECOND_MS,
  0.5 * HOUR_MS,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
];
const LAST_WAIT_MS = 24 * HOUR_MS;
/** From the first try on. Longer, and what is delivered is no news. */
const TRIED_MS = 72 * HOUR_MS;
/** Of a wait, up and down: what failed together shall not come back together. */
const JITTER = 0.1;

/**
 * When a delivery is tried again whose try number `attempts` has just failed, at `now`; undefined
 * if never. `random` is from 0 to 1; `retryAfterMs` is that of the outcome.
 */
export function nextTryAt(
  firstAt: number,
  attempts: number,
  now: number,
  random: number,
  retryAfterMs = 0,
): number | undefined {
  const wait = WAITS_MS[attempts - 1] ?? LAST_WAIT_MS;
  const jittered = Math.round(wait * (1 - JITTER + 2 * JITTER * random));
  const at = now + Math.max(jittered, retryAfterMs);
  return at - firstAt > TRIED_MS ? undefined : at;
}

/** The end of a tenant, for whoever asks for its log. */
import { formatInstant } from '@annals/contract/time';
import { Fault } from '../fault.ts';
import type { TenantRow } from '../store/store.ts';

/** Throws `tenant_closed` once the tenant has ended: its events are going, or are gone. */
export function demandNotEnded({ ends_at }: TenantRow, now: number): void {
  if (ends_at === null || ends_at > now) return;
  const detail = `The tenant ended ${formatInstant(ends_at)}; its events were removed.`;
  throw new Fault('tenant_closed', detail);
}

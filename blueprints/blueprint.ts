/**
 * What a blueprint is: a project definition (`definition.yaml` beside it), and tenants and events
 * that show it at work. Owns the form alone.
 */
import type { EventInput } from '@annals/contract/event';

export interface BlueprintTenant {
  readonly tenant_id: string;
  readonly label: string;
  readonly plan?: string;
  readonly addons?: readonly string[];
  readonly is_demo?: boolean;
  /** RFC 3339; absent: not enabled, or, where tenants need not be, from the start. */
  readonly audit_enabled_at?: string;
}

export interface Blueprint {
  /** Of its folder, its project and its definition. */
  readonly name: string;
  tenants(nowMs: number): readonly BlueprintTenant[];
  /**
   * Events of all tenants, oldest first, none later than now: the same for the same seed. Each
   * names its tenant and has an id.
   */
  events(world: { readonly seed: number; readonly nowMs: number }): Iterable<EventInput>;
}

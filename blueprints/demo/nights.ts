/** What the system does every night: jobs for everybody, and an export for one customer. */
import type { EventInput } from '@annals/contract/event';
import { DAY_MS, DAYS, isWeekend, MINUTE_MS } from './calendar.ts';
import type { Tenant } from './cast.ts';
import { eventOf, SUCCESS } from './draft.ts';
import { record, SYSTEM, type World } from './world.ts';

/** The backup fails in these nights, counted back from today, until somebody clears the disk. */
const BACKUP_FAILS = [66, 65, 64];
const JOBS = [
  { name: 'backup', hour: 2 },
  { name: 'usage-report', hour: 4 },
] as const;

const jobs = (world: World, tenant: Tenant, day: number): EventInput[] =>
  JOBS.map(({ name, hour }) => {
    const atMs =
      world.calendar.hourIn(day, tenant.zone, hour) + world.random.integer(0, 5 * MINUTE_MS);
    const failed = name === 'backup' && BACKUP_FAILS.includes(DAYS - 1 - day);
    return record(world, tenant, Math.min(atMs, world.calendar.startMs + (day + 1) * DAY_MS - 1), {
      event_type: 'job',
      action: 'job.completed',
      operation: 'other',
      actor: SYSTEM,
      targets: [{ type: 'job', id: `job_${name}`, name }],
      outcome: failed
        ? { result: 'failure', code: 'disk_full', reason: 'No space left for the backup' }
        : SUCCESS,
      source: { initiator: 'system', application: 'scheduler', component: name },
      context: { correlation_id: `night_${tenant.id}_${day}` },
      severity: failed ? 'high' : 'info',
      metadata: { duration_ms: world.random.integer(4_000, 900_000) },
      labels: { region: tenant.region, environment: 'production' },
    });
  });

const EXPORTING_TENANT = 'acme';
const EXPORT_HOUR = 23;
/** In this night, counted back from today, the export takes the whole table. */
const FULL_EXPORT = 44;
const FULL_ROWS = 1_204_388;

/**
 * The customer's bills go to its data warehouse, late in the evening. Not today: whether it has
 * run yet would depend on the hour at which the demo is made.
 */
const exported = (world: World, tenant: Tenant, day: number): EventInput[] => {
  const { aside, calendar } = world;
  const nightsAgo = DAYS - 1 - day;
  if (tenant.id !== EXPORTING_TENANT || nightsAgo < 1) return [];
  const atMs = calendar.hourIn(day, tenant.zone, EXPORT_HOUR) + aside.integer(40, 50) * MINUTE_MS;
  const isFull = nightsAgo === FULL_EXPORT;
  const rows = isWeekend(atMs) ? aside.integer(300, 900) : aside.integer(7_000, 12_000);
  const done = eventOf(aside, tenant.id, atMs, {
    event_type: 'export',
    action: 'data.exported',
    operation: 'export',
    actor: SYSTEM,
    targets: [{ type: 'dataset', id: 'dat_billing', name: 'Billing records' }],
    outcome: SUCCESS,
    source: { initiator: 'system', application: 'scheduler', component: 'billing-export' },
    context: { correlation_id: `night_${tenant.id}_${day + 1}` },
    severity: isFull ? 'medium' : 'info',
    metadata: {
      rows: isFull ? FULL_ROWS : rows,
      format: 'parquet',
      mode: isFull ? 'full' : 'changes',
      destination: 's3://acme-warehouse/billing',
    },
    labels: { region: tenant.region, environment: 'production' },
  });
  return [done];
};

/** What the system does in a tenant's night, without anybody asking. */
export const nightly = (world: World, tenant: Tenant, day: number): EventInput[] => [
  ...jobs(world, tenant, day),
  ...exported(world, tenant, day),
];

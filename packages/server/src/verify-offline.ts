/**
 * Checks a tenant's log without a running server: opens the database that the settings name, as
 * a server would, and closes it again.
 */
import type { VerifyResult } from '@annals/contract/routes';
import { DEFAULT_PROJECT, NO_PROJECT, NO_TENANT } from './access/access.ts';
import { loadConfig } from './config.ts';
import { Fault } from './fault.ts';
import { openLedger } from './ledger/ledger.ts';
import { createLog } from './log.ts';
import { hasEmbeddedStore, openStore } from './store/store.ts';

export interface OfflineVerification {
  /** Folder of the embedded database; absent: as the settings say. */
  readonly dataDir?: string | undefined;
  /** PostgreSQL; absent: as the settings say. */
  readonly databaseUrl?: string | undefined;
  readonly project?: string | undefined;
  readonly tenantId: string;
  readonly onProgress: (done: number, total: number) => void;
}

/** The same as `Ledger.verify`. Throws Fault `not_found` for an unknown project or tenant. */
export async function verifyOffline(options: OfflineVerification): Promise<VerifyResult> {
  const settings = loadConfig();
  const config = {
    ...settings,
    dataDir: options.dataDir ?? settings.dataDir,
    databaseUrl:
      options.dataDir === undefined ? (options.databaseUrl ?? settings.databaseUrl) : undefined,
  };
  if (config.databaseUrl === undefined && !hasEmbeddedStore(config.dataDir)) {
    throw new Fault('not_found', `There is no Annals database in ${config.dataDir}.`);
  }
  const log = createLog('silent');
  const store = await openStore(config, log);
  try {
    const project = await store.projects.byName(options.project ?? DEFAULT_PROJECT);
    if (project === undefined) throw new Fault('not_found', NO_PROJECT);
    const tenant = await store.tenants.byId(project.project_no, options.tenantId);
    if (tenant === undefined) throw new Fault('not_found', NO_TENANT);
    const ledger = await openLedger(store, config, log);
    return await ledger.verify(tenant.tenant_no, tenant.tenant_id, options.onProgress);
  } finally {
    await store.close();
  }
}

/**
 * Checking a log without the server: loads the server's code only when that is asked for, since
 * it brings the database drivers.
 */
import type { VerifyResult } from '@annals/contract/routes';

export interface OfflineOptions {
  /** The folder of the embedded database; undefined: the database that the settings name. */
  readonly dataDir: string | undefined;
  readonly project: string | undefined;
  readonly tenantId: string;
  readonly onProgress: (done: number, total: number) => void;
}

/** Reads the database itself. Throws what the server's code throws: no such tenant, no database. */
export const verifyOffline = async (options: OfflineOptions): Promise<VerifyResult> => {
  const server = await import('@annals/server/verify-offline');
  return server.verifyOffline(options);
};

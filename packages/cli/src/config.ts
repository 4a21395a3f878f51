/**
 * Settings of the command line from the environment: the only file that reads it. Flags stand
 * above these; `annals.ts` puts the two together. Never holds a default secret.
 */

export interface Config {
  /** `ANNALS_URL`: the server that commands talk to. */
  readonly url: string;
  /** `ANNALS_KEY`: the API key. */
  readonly key: string | undefined;
}

/** The address of a server that was started without settings on this machine. */
const LOCAL_URL = 'http://127.0.0.1:4600';

/** An empty variable counts as absent: that is how shells and compose files leave one out. */
const setting = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === '' ? undefined : value.trim();

export const readConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  const { ANNALS_URL, ANNALS_KEY } = environment;
  return { url: setting(ANNALS_URL) ?? LOCAL_URL, key: setting(ANNALS_KEY) };
};

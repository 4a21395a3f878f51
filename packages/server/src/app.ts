/**
 * The composition root: the only file that knows all modules. Builds everything from settings in
 * one place, and closes it again. Nothing happens at import.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Access } from './access/access.ts';
import type { Config } from './config.ts';
import { Files } from './export/export.ts';
import { createHttp, createMetrics } from './http/http.ts';
import { Ingest, OwnLog } from './ingest/ingest.ts';
import { type Ledger, openLedger } from './ledger/ledger.ts';
import type { Log } from './log.ts';
import { Search } from './search/search.ts';
import { SignIn } from './sign-in/sign-in.ts';
import { openStore, type Store } from './store/store.ts';

/** How often what is kept for a time is looked through, in ms. */
const PRUNE_MS = 3_600_000;
const HOUR_MS = 3_600_000;
/** How often a stopping server lets go of connections whose request has been answered, in ms. */
const LET_GO_MS = 50;

export interface App {
  /** Where it listens, for example `http://127.0.0.1:4600`. */
  readonly url: string;
  /** The admin key, if this start made it: shown once, kept nowhere. */
  readonly newAdminKey: string | undefined;
  /** Behind the address, where the first person signs up; undefined: there is somebody. */
  readonly setupPath: string | undefined;
  readonly access: Access;
  readonly ingest: Ingest;
  readonly ledger: Ledger;
  readonly ownLog: OwnLog;
  readonly search: Search;
  readonly store: Store;
  /**
   * Takes no new request, stores what was taken, lets requests under way finish within the
   * settings' time, closes the database. May be called twice.
   */
  stop(): Promise<void>;
}

const version = (): string => {
  const url = new URL('../package.json', import.meta.url);
  const parsed: unknown = JSON.parse(readFileSync(url, 'utf8'));
  const isNamed = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return isNamed ? String(parsed.version) : '0.0.0';
};

/** Starts a server. Throws with clear words if the database or the port cannot be had. */
export async function startApp(config: Config, log: Log): Promise<App> {
  const store = await openStore(config, log);
  try {
    return await startOn(store, config, log);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Closes connections that nothing is asked on: a client that keeps one for a next request must not
 * hold a stopping server up, nor one that never sent any, which Node does not count as idle.
 */
function lettingGo(server: Server): () => void {
  let underWay = 0;
  server.on('request', (_request, response) => {
    underWay++;
    response.once('close', () => {
      underWay--;
    });
  });
  return () => (underWay === 0 ? server.closeAllConnections() : server.closeIdleConnections());
}

const sessionLimits = ({ sessionIdleHours, sessionDays }: Config) => ({
  idleMs: sessionIdleHours * HOUR_MS,
  mostMs: sessionDays * 24 * HOUR_MS,
});

/** Throws an Error with advice if the port cannot be had. */
async function listen(http: FastifyInstance, { host, port }: Config): Promise<void> {
  await http.listen({ host, port }).catch((cause: unknown) => {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const why = isTaken ? 'the port is in use' : String(cause);
    const advice = 'Choose another ANNALS_PORT or ANNALS_HOST.';
    throw new Error(`Cannot listen on ${host}, port ${port}: ${why}. ${advice}`, { cause });
  });
}

function urlOf({ server }: FastifyInstance, { host }: Config): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Looks now and then through what is kept for a time. */
function pruning(log: Log, work: () => Promise<unknown>): NodeJS.Timeout {
  const prune = () => work().catch((error: unknown) => log.warn({ err: error }, 'pruning failed'));
  void prune();
  return setInterval(prune, PRUNE_MS).unref();
}

async function startOn(store: Store, config: Config, log: Log): Promise<App> {
  const search = await Search.open(store, config);
  const ledger = await openLedger(store, config, log, (tenantNo, size) =>
    search.moved(tenantNo, size),
  );
  const sessions = sessionLimits(config);
  const access = new Access(store, (place, event) => ownLog.tell(place, event), sessions);
  const newAdminKey = await access.prepare(config.adminKey);
  const ingest = new Ingest({ store, access, ledger, log });
  const ownLog = new OwnLog({
    log,
    tenantOf: (place) => access.tenantOf(place),
    record: (tenant, events) => ingest.recordOwn(tenant, events),
  });
  const signIn = new SignIn({ store, access, config, log });
  const setupPath = await access.people.setupLink();
  const files = new Files();
  const metrics = createMetrics({
    queuedEvents: () => ledger.queuedEvents,
    follower: () => search.followers.state(),
  });
  let stopping: Promise<void> | undefined;
  const http = await createHttp({
    config,
    log,
    version: version(),
    modules: { access, files, ingest, ledger, ownLog, search, signIn, metrics },
    isReady: () => store.database.ping(),
    isStopping: () => stopping !== undefined,
  });
  const letGo = lettingGo(http.server);
  await listen(http, config);
  search.followers.start();
  const timer = pruning(log, () =>
    Promise.all([ingest.pruneRejects(), access.viewers.prune(), access.people.prune()]),
  );

  const stop = async () => {
    clearInterval(timer);
    const late = setTimeout(() => {
      log.warn('requests under way were cut off');
      http.server.closeAllConnections();
    }, config.stopTimeoutMs);
    const timerOfLetGo = setInterval(letGo, LET_GO_MS);
    search.tails.close();
    await http.close();
    signIn.close();
    await ownLog.stop();
    await ledger.stop();
    clearTimeout(late);
    clearInterval(timerOfLetGo);
    await Promise.all([files.close(), search.close()]);
    await store.close();
  };
  return {
    url: urlOf(http, config),
    newAdminKey,
    setupPath,
    access,
    ingest,
    ledger,
    ownLog,
    search,
    store,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/**
 * The composition root: the only file that knows all modules. Builds everything from settings in
 * one place, and closes it again. Nothing happens at import.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Access, type Sight } from './access/access.ts';
import type { Config } from './config.ts';
import { Mailer, Outbox, Webhooks } from './delivery/delivery.ts';
import { Exports, Files, FolderShelf, type Look, S3Shelf } from './export/export.ts';
import { createHttp, createMetrics, type PageFolders } from './http/http.ts';
import { Ingest, OwnLog } from './ingest/ingest.ts';
import { Keeping } from './keeping/keeping.ts';
import { Erasures, type Ledger, openLedger } from './ledger/ledger.ts';
import type { Log } from './log.ts';
import { Rounds } from './rounds.ts';
import { type PageAsked, Search } from './search/search.ts';
import { SignIn } from './sign-in/sign-in.ts';
import { openStore, type Store } from './store/store.ts';
import { Unusual } from './unusual/unusual.ts';

/** How often what is kept for a time is looked through, in ms. */
const PRUNE_MS = 3_600_000;
/** How often it is looked which events have been kept for long enough, in ms. */
const RETENTION_MS = 3_600_000;
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
  readonly exports: Exports;
  readonly ingest: Ingest;
  readonly keeping: Keeping;
  readonly ledger: Ledger;
  readonly ownLog: OwnLog;
  readonly search: Search;
  readonly store: Store;
  readonly unusual: Unusual;
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

/**
 * Starts a server, with the console and the viewer if it is given their files. Throws with clear
 * words if the database or the port cannot be had. `now` is the clock that reports run by.
 */
export async function startApp(
  config: Config,
  log: Log,
  pages?: PageFolders,
  now: () => number = Date.now,
): Promise<App> {
  const store = await openStore(config, log);
  try {
    return await startOn(store, { config, log, pages, now });
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

interface Chores extends Pick<App, 'access' | 'ingest' | 'keeping' | 'search'> {
  readonly erasures: Erasures;
  readonly log: Log;
}

/** What is done again and again, from now on. */
function choresOf({ access, erasures, ingest, keeping, search, log }: Chores): {
  stop(): Promise<void>;
} {
  const prune = () =>
    Promise.all([ingest.pruneRejects(), access.viewers.prune(), access.people.prune()]);
  const retain = async () => {
    // One server follows; the same one applies retention.
    if ((await search.followers.state()).isActive) await keeping.retention.runAll();
  };
  const chores = [
    new Rounds(prune, { everyMs: PRUNE_MS, log, failed: 'pruning failed' }),
    new Rounds(retain, { everyMs: RETENTION_MS, log, failed: 'retention failed' }),
    erasures,
  ];
  for (const chore of chores) chore.start();
  return {
    async stop() {
      keeping.retention.stop();
      await Promise.all(chores.map((chore) => chore.stop()));
    },
  };
}

/** A plan as exports look at it. */
const lookOf = async (
  { search, store }: { search: Search; store: Store },
  sight: Sight,
  asked: PageAsked,
): Promise<Look> => {
  const plan = await search.plan(sight, asked);
  const { from: earliest } = sight.limits;
  const { tenantNo, tenantId, view, query, from, to, notices } = plan;
  return {
    ...{ lens: { tenantId, view, query }, from, to, earliest, notices: [...notices] },
    async count() {
      const { count, exact } = await search.counting.count(plan);
      return { rows: count, exact };
    },
    blocks: (pinned, patience) => search.scan(plan, pinned, patience),
    recorded: (from, below) => store.scans.recorded(tenantNo, from, below),
  };
};

/** How files leave: made, kept, sent. */
function openExports(parts: {
  readonly store: Store;
  readonly access: Access;
  readonly config: Config;
  readonly log: Log;
  readonly ownLog: OwnLog;
  readonly search: Search;
  readonly now: () => number;
}) {
  const { store, access, config, log, ownLog, search, now } = parts;
  const { s3, mail, webhookPrivate: allowPrivate, publicUrl } = config;
  const files = new Files();
  const bucket = s3 && new S3Shelf(s3);
  const outbox = new Outbox({
    ...{ store, log, allowPrivate, webhooks: new Webhooks({ allowPrivate }) },
    mailer: mail && new Mailer(mail),
    attachBytes: mail?.attachBytes ?? 0,
    bucket: bucket && {
      async copy(name, file, signal) {
        await bucket.write(name, await file.open(), signal);
      },
    },
    reportsUrl: (project, tenantId) =>
      publicUrl && `${publicUrl}/p/${project}/${encodeURIComponent(tenantId)}/reports`,
    file: (exportId) => exports.sendable(exportId),
    delivered: (row, report) => exports.reports.delivered(report, row),
    undelivered: (row, report, reason) => exports.reports.undelivered(report, row, reason),
  });
  const exports: Exports = new Exports({
    ...{ store, access, files, log, post: outbox, now },
    shelf: bucket ?? new FolderShelf(config.exportsDir),
    keptDays: config.exportDays,
    look: (sight, asked) => lookOf({ search, store }, sight, asked),
    async first(principal, sight, asked, limit) {
      const page = await search.page(sight, { ...asked, limit });
      ownLog.searched(principal, sight, asked);
      return page;
    },
    exported: (...told) => ownLog.exported(...told),
    downloaded: (...told) => ownLog.downloaded(...told),
    reported: async (principal, report, action, told) => {
      const tenant = await store.tenants.byNumber(report.tenant_no);
      const { report_id, title } = report;
      // A log that has ended gets no more events.
      const hasEnded = tenant?.ends_at != null && tenant.ends_at <= Date.now();
      if (tenant === undefined || hasEnded) return;
      await ownLog.reported(principal, tenant, action, { ...told, report_id, title });
    },
  });
  return { exports, files, outbox };
}

/** Every module, each given what it needs of others. */
async function openModules(store: Store, config: Config, log: Log, now: () => number) {
  const search = await Search.open(store, config);
  const ledger = await openLedger(store, config, log, {
    moved: (tenantNo, size) => search.moved(tenantNo, size),
    deriving: search.followers,
  });
  const sessions = sessionLimits(config);
  const access = new Access(store, (place, event) => ownLog.tell(place, event), sessions);
  const newAdminKey = await access.prepare(config.adminKey);
  const ingest = new Ingest({ store, access, ledger, log });
  const recordOwn: Ingest['recordOwn'] = (tenant, events) => ingest.recordOwn(tenant, events);
  const keeping = new Keeping({ store, access, ledger, log, recordOwn });
  const tenantOf: Access['tenantOf'] = (place) => access.tenantOf(place);
  const ownLog = new OwnLog({ log, tenantOf, record: recordOwn });
  const signIn = new SignIn({ store, access, config, log });
  const { exports, files, outbox } = openExports({
    store,
    access,
    config,
    log,
    ownLog,
    search,
    now,
  });
  const unusual = new Unusual({
    ...{ store, access, log, recordOwn },
    look: (sight, asked) => lookOf({ search, store }, sight, asked),
  });
  const erasures = new Erasures({
    ...{ store, ledger, log, recordOwn },
    files: {
      count: (tenantNo) => exports.countPersonal(tenantNo),
      drop: (tenantNo, reason) => exports.dropPersonal(tenantNo, reason),
    },
  });
  const setupPath = await access.people.setupLink();
  const modules = {
    access,
    erasures,
    exports,
    ingest,
    keeping,
    ledger,
    ownLog,
    search,
    signIn,
    unusual,
  };
  return { newAdminKey, setupPath, modules, files, outbox };
}

/** Throws with clear words if the port cannot be had. */
async function listen(http: FastifyInstance, { host, port }: Config): Promise<string> {
  await http.listen({ host, port }).catch((cause: unknown) => {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const why = isTaken ? 'the port is in use' : String(cause);
    const advice = 'Choose another ANNALS_PORT or ANNALS_HOST.';
    throw new Error(`Cannot listen on ${host}, port ${port}: ${why}. ${advice}`, { cause });
  });
  const { port: own } = http.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${own}`;
}

interface Start {
  readonly config: Config;
  readonly log: Log;
  readonly pages: PageFolders | undefined;
  readonly now: () => number;
}

async function startOn(store: Store, { config, log, pages, now }: Start): Promise<App> {
  const opened = await openModules(store, config, log, now);
  const { newAdminKey, setupPath, modules, files, outbox } = opened;
  const { exports, ledger, ownLog, search, signIn, unusual } = modules;
  const metrics = createMetrics({
    queuedEvents: () => ledger.queuedEvents,
    follower: () => search.followers.state(),
  });
  let stopping: Promise<void> | undefined;
  const http = await createHttp({
    config,
    log,
    version: version(),
    pages,
    modules: { ...modules, metrics },
    isReady: () => store.database.ping(),
    isStopping: () => stopping !== undefined,
  });
  const letGo = lettingGo(http.server);
  const url = await listen(http, config);
  search.followers.start();
  exports.start();
  outbox.start();
  unusual.start();
  const chores = choresOf({ ...modules, log });

  const stop = async () => {
    const late = setTimeout(() => {
      log.warn('requests under way were cut off');
      http.server.closeAllConnections();
    }, config.stopTimeoutMs);
    const timerOfLetGo = setInterval(letGo, LET_GO_MS);
    search.tails.close();
    await Promise.all([http.close(), chores.stop(), exports.stop(), outbox.stop(), unusual.stop()]);
    signIn.close();
    await ownLog.stop();
    await ledger.stop();
    clearTimeout(late);
    clearInterval(timerOfLetGo);
    await Promise.all([files.close(), search.close()]);
    await store.close();
  };
  return {
    ...modules,
    url,
    newAdminKey,
    setupPath,
    store,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

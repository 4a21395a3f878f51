#!/usr/bin/env node
/**
 * The program: settings, start, what a person at the terminal sees, and a clean end. `--demo`
 * fills projects with believable events.
 */
import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import type { App } from './app.ts';
import { type Config, loadConfig } from './config.ts';
import { createLog, type Log } from './log.ts';
import { giveMemoryBack } from './memory.ts';

const HELP = `Usage: npm start -- [--demo]

  --demo     fill the project "demo" with 50,000 believable events, and a project
             for each blueprint, once; tells a key for each of their roles
  --help     show this text

Settings are environment variables: ANNALS_PORT, ANNALS_HOST, ANNALS_DATA, DATABASE_URL and
others; docs/reference/settings.md lists them all.
`;

function banner(app: App, config: Config): string {
  const where = config.databaseUrl ? 'PostgreSQL' : config.dataDir;
  const lines = ['', `  Annals listens on ${app.url}`, `  Data: ${where}   API: ${app.url}/docs`];
  if (app.newAdminKey !== undefined) {
    lines.push('', `  Admin key (shown once, keep it): ${app.newAdminKey}`);
  }
  if (app.setupPath !== undefined) {
    const where = config.publicUrl ?? app.url;
    lines.push('', `  First person (one use, 24 hours): ${where}${app.setupPath}`);
  }
  return [...lines, '', ''].join('\n');
}

/** Ends the process cleanly on SIGTERM and SIGINT; a second signal ends it at once. */
function stopOnSignal(app: App, log: Log): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, 'stopping');
    app.stop().then(
      () => log.info('stopped'),
      (error: unknown) => {
        log.fatal({ err: error }, 'could not stop cleanly');
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Runs a server until it is told to stop. Sets the exit code 1 if it cannot start. */
export async function main(argv: readonly string[]): Promise<void> {
  // Types stripped once stay stripped: otherwise every thread keeps the stripper, 10 MB each.
  // Only what is loaded from here on profits, so the program itself is loaded below.
  enableCompileCache();
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { demo: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return;
    }
    const config = loadConfig();
    const log = createLog(config.logLevel);
    const { preparePages } = await import('@annals/console');
    const pages = await preparePages(() => process.stdout.write('\n  Building the pages…\n'));
    const { startApp } = await import('./app.ts');
    const app = await startApp(config, log, pages);
    stopOnSignal(app, log);
    await giveMemoryBack();
    process.stdout.write(banner(app, config));
    if (values.demo) {
      const { fillDemo } = await import('./demo.ts');
      await fillDemo(app, (line) => process.stdout.write(`  ${line}\n`));
    }
  } catch (error) {
    process.stderr.write(`\n  ${error instanceof Error ? error.message : String(error)}\n\n`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main(process.argv.slice(2));

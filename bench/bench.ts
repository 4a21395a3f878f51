/**
 * `npm run bench`: Annals beside its anchors on this machine, against the performance budget.
 * Prints ratios, writes a complete run to `bench/results`. Promises to end every process and
 * remove every folder it made, also after an error or Ctrl-C. Never part of a test: a busy
 * machine must not fail anybody's change.
 */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GROUPS, type Group, judge, ROWS, type Row, type Verdict } from './budget.ts';
import { diskFolder, type MachineFacts, machineFacts } from './machine.ts';
import { measure } from './measure.ts';
import type { Findings, Settings } from './notes.ts';
import { createCleanup } from './processes.ts';
import { LABELS, TARGETS, type TargetName } from './targets.ts';
import { WORKLOAD } from './workload.ts';

const USAGE = `npm run bench -- [--quick] [--only NAME]… [--events N] [--out FILE]

--quick     short rounds, 100,000 events
--only      a row (${GROUPS.join(', ')})
            or a target (${TARGETS.join(', ')}); may be given several times
--events    events in the database for page, export and bytes; default 1,000,000
--out       where the JSON goes; a complete run goes to bench/results by itself
`;
const FULL = {
  events: 1_000_000,
  rounds: 3,
  warmUpMs: 1_000,
  roundMs: 4_000,
  sustainedMs: 60_000,
  pageRequests: 300,
  questionRequests: 60,
};
const QUICK = { ...FULL, events: 100_000, warmUpMs: 500, roundMs: 2_000, sustainedMs: 10_000 };
const EVENTS_LEAST = 10_000;

interface Wanted {
  readonly settings: Settings;
  readonly isComplete: boolean;
  readonly outFile: string | undefined;
}

/** In: the arguments. Throws an Error that says which is wrong. */
const readArguments = (args: readonly string[]): Wanted => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      events: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const groups: Group[] = GROUPS.filter((name) => values.only.includes(name));
  const targets: TargetName[] = TARGETS.filter((name) => values.only.includes(name));
  const known: readonly string[] = [...GROUPS, ...TARGETS];
  const unknown = values.only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no ${unknown}`);
  const base = values.quick ? QUICK : FULL;
  const events = values.events === undefined ? base.events : Number(values.events);
  if (!Number.isInteger(events) || events < EVENTS_LEAST) {
    throw new Error(`--events: a whole number, at least ${EVENTS_LEAST}`);
  }
  return {
    settings: {
      ...base,
      events,
      groups: groups.length > 0 ? groups : GROUPS,
      targets: targets.length > 0 ? targets : TARGETS,
    },
    isComplete: !values.quick && values.only.length === 0,
    outFile: values.out,
  };
};

const number = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const verdictLine = (row: Row, verdict: Verdict): string => {
  const { target, measured, ofP, ofF, must, isMet } = verdict;
  const times = (value: number | undefined, anchor: string): string =>
    (value === undefined ? '' : `${number(value, 2)} ${anchor}`).padStart(10);
  const met = isMet === undefined ? '' : isMet ? 'met' : 'NOT MET';
  return [
    `  ${LABELS[target].padEnd(22)}`,
    number(measured, row.digits).padStart(12),
    times(ofP, 'P'),
    times(ofF, 'F'),
    (must === undefined ? '' : `must be ${must}`).padStart(22),
    `  ${met}`,
  ].join('');
};

interface Judged extends Row {
  readonly verdicts: readonly Verdict[];
}
const judgeAll = (settings: Settings, findings: Findings): Judged[] =>
  ROWS.filter(({ group }) => settings.groups.includes(group)).map((row) => {
    const figures = findings.figures(row.name);
    const verdicts = TARGETS.map((target) => judge(row, target, figures));
    return { ...row, verdicts: verdicts.filter((verdict) => verdict !== undefined) };
  });

const print = (rows: readonly Judged[], machine: MachineFacts): void => {
  const { cores, processor, memory_gb, node, sync_p50_ms } = machine;
  console.log(`\n${cores} cores (${processor}), ${memory_gb} GB, Node ${node}`);
  console.log(`a block written and synced: ${sync_p50_ms} ms\n`);
  for (const row of rows) {
    console.log(row.label);
    for (const verdict of row.verdicts) console.log(verdictLine(row, verdict).trimEnd());
  }
  const judged = rows.flatMap(({ verdicts }) =>
    verdicts.filter(({ isMet }) => isMet !== undefined),
  );
  const met = judged.filter(({ isMet }) => isMet).length;
  console.log(`\n${met} of ${judged.length} budgets met`);
};

const resultFile = (): string => {
  const day = new Date().toISOString().slice(0, 10);
  const name = `./results/${day}-${availableParallelism()}c.json`;
  return fileURLToPath(new URL(name, import.meta.url));
};

const run = async ({ settings, isComplete, outFile }: Wanted): Promise<void> => {
  const cleanup = createCleanup();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void cleanup.close().finally(() => process.exit(130));
    });
  }
  try {
    const folder = await diskFolder();
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    // PostgreSQL's user passes through it to files of its own.
    await chmod(folder, 0o711);
    const machine = await machineFacts(folder);
    const began = new Date();
    const findings = await measure(settings, cleanup, folder, (line) => console.log(line));
    const rows = judgeAll(settings, findings);
    print(rows, machine);
    const path = outFile ?? (isComplete ? resultFile() : undefined);
    if (path === undefined) return;
    await mkdir(dirname(path), { recursive: true });
    const result = { began, machine, settings, workload: WORKLOAD, rows, rounds: findings.rounds };
    await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
    console.log(path);
  } finally {
    await cleanup.close();
  }
};

try {
  const wanted = readArguments(process.argv.slice(2));
  run(wanted).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 2;
}

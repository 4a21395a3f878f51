/** `annals verify`: re-reads a tenant's log, by the server or without it; says what it found. */
import type { VerifyResult } from '@annals/contract/routes';
import type { Client } from '@annals/sdk';
import { type Command, EXIT, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { FOLLOW_RETRIES, followJob, progressOn } from './job.ts';
import { clean, cleanJson } from './safe.ts';
import { count, type Terminal } from './terminal.ts';
import { verifyOffline } from './verify-offline.ts';

export interface VerifyOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly tenantId: string;
  readonly signal: AbortSignal;
}

/** Starts the job and follows it. Throws `CommandFailed` if the server could not finish it. */
export const followVerify = async (options: VerifyOptions): Promise<VerifyResult> => {
  const job = await followJob({ ...options, kind: 'verify' });
  if (job.result !== null) return job.result;
  throw new CommandFailed(`The log could not be checked: ${job.error ?? 'no reason was given'}`);
};

const keptByHash = ({ kept_by_hash: n }: VerifyResult): string[] =>
  n === 0 ? [] : [`Of these, ${count(n)} were removed since: they are kept by hash.`];

/** The result in words, a line each. */
export const describeResult = (result: VerifyResult, terminal: Terminal): string[] => {
  if (result.ok) {
    return [
      `${terminal.paint('green', 'OK')}  ${clean(result.tenant_id)}: all ${count(result.size)} ` +
        'events are as they were recorded.',
      ...keptByHash(result),
      `Root of the tree: ${clean(result.root)}`,
    ];
  }
  const problem = result.problem;
  const place = problem?.sequence === undefined ? '' : ` at event ${problem.sequence}`;
  const id = problem?.id === undefined ? '' : ` (id ${problem.id})`;
  return [
    `${terminal.paint('red', 'NOT OK')}  ${clean(result.tenant_id)}: ` +
      clean(`${problem?.kind ?? 'problem'}${place}${id}`),
    ...(problem === undefined ? [] : [clean(problem.detail)]),
    `Read ${count(result.events)} events of ${count(result.size)}.`,
  ];
};

export const verify: Command = {
  summary: 'Check that a log is as it was recorded',
  usage: 'verify --tenant ID [--offline] [flags]',
  about: `Reads every event of a tenant again, recomputes the tree, and names the first event
that was changed, removed, inserted, swapped or moved. Ends with 0 if all is well, with 2 if not.
With --offline it reads the database itself; the server need not run.

  annals verify --tenant acme
  annals verify --offline --tenant acme --data ./data`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'whose log; required' },
    offline: { type: 'boolean', help: 'read the database without the server' },
    data: {
      type: 'string',
      value: 'DIR',
      help: 'with --offline: the data folder; default DATABASE_URL, ANNALS_DATA or ./data',
    },
  },
  run: async ({ args, terminal, signal, json, project, connect }) => {
    if (args.positionals.length > 0) throw new UsageError('Name the tenant with --tenant');
    const tenantId = args.required('tenant');
    const data = args.text('data');
    if (data !== undefined && !args.flag('offline')) {
      throw new UsageError('--data goes with --offline');
    }
    const result = args.flag('offline')
      ? await verifyOffline({
          dataDir: data,
          project,
          tenantId,
          onProgress: progressOn(terminal),
        }).finally(() => terminal.endProgress())
      : await followVerify({
          client: connect({ retries: FOLLOW_RETRIES }),
          terminal,
          tenantId,
          signal,
        });
    const lines = json ? [cleanJson(result)] : describeResult(result, terminal);
    await terminal.write(`${lines.join('\n')}\n`);
    return result.ok ? EXIT.done : EXIT.found;
  },
};

/** `annals retention`: how long a tenant's events are kept, and taking what is due now. */
import { periodWords } from '@annals/contract/period';
import type { Retention, RetentionState } from '@annals/contract/routes';
import { type Command, EXIT, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { FOLLOW_RETRIES, followJob } from './job.ts';
import { clean, cleanJson } from './safe.ts';
import { count, countedEvents } from './terminal.ts';

const WHOSE = {
  tenant: 'its own retention',
  plan: 'the retention of its plan',
  project: 'the retention of the project',
  none: 'no retention',
} as const;

const keptFor = (period: string | undefined): string =>
  period === undefined ? 'for ever' : `for ${periodWords(period)}`;
const words = ({ events, personal }: Retention): string =>
  `events ${keptFor(events)}, personal values ${keptFor(personal)}`;

const linesOf = (state: RetentionState): string[] => {
  const { tenant_id, of, in_effect, pending, ends_at, runs } = state;
  return [
    `${tenant_id} keeps ${words(in_effect)}: ${WHOSE[of]}.`,
    ...(pending
      ? [
          `From ${pending.takes_effect_at} on: ${words(pending)}. That removes ` +
            `${countedEvents(pending.takes.events)}, and personal values of ` +
            `${count(pending.takes.personal)}.`,
        ]
      : []),
    ...(ends_at === null ? [] : [`It is closed: all its events are removed ${ends_at}.`]),
    ...runs.map(({ takes, until, started_at, changed, held }) => {
      const what = takes === 'event' ? 'events' : 'personal values of events';
      const before = until === null ? '' : ` from before ${until}`;
      const left = held === 0 ? '' : `; ${count(held)} were held`;
      return `${started_at}: removed ${what}${before}: ${count(changed)}${left}.`;
    }),
  ].map(clean);
};

export const retention: Command = {
  summary: 'How long a log is kept; remove what is due',
  usage: 'retention --tenant ID [--run] [flags]',
  about: `Says how long events and personal values of a tenant are kept, which shorter retention
waits, what it will remove, and what was removed last. What is due is removed by the hour; with
--run it is removed now.

  annals retention --tenant acme
  annals retention --tenant acme --run`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'whose log; required' },
    run: { type: 'boolean', help: 'remove what is due now, and follow that' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    if (args.positionals.length > 0) throw new UsageError('Name the tenant with --tenant');
    const tenantId = args.required('tenant');
    const client = connect({ retries: FOLLOW_RETRIES });
    if (args.flag('run')) {
      const job = await followJob({ client, terminal, kind: 'retention', tenantId, signal });
      if (job.state !== 'completed') {
        throw new CommandFailed(`It could not be done: ${job.error ?? 'no reason was given'}`);
      }
    }
    const state = await client.retention.get(tenantId, { signal });
    const lines = json ? [cleanJson(state)] : linesOf(state);
    await terminal.write(lines.map((line) => `${line}\n`).join(''));
    return EXIT.done;
  },
};

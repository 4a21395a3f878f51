/** `annals rebuild`: has the indexes of a tenant made anew, and follows that. */
import { type Command, EXIT, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { FOLLOW_RETRIES, followJob } from './job.ts';
import { clean, cleanJson } from './safe.ts';
import { countedEvents } from './terminal.ts';

export const rebuild: Command = {
  summary: 'Make the indexes of a log anew',
  usage: 'rebuild --tenant ID [flags]',
  about: `Throws away what is derived from a tenant's events (indexes for search, counts, lists of
actors and records) and derives it again. The events are not touched, and stay readable meanwhile.

  annals rebuild --tenant acme`,
  flags: { tenant: { type: 'string', value: 'ID', help: 'whose indexes; required' } },
  run: async ({ args, terminal, signal, json, connect }) => {
    if (args.positionals.length > 0) throw new UsageError('Name the tenant with --tenant');
    const tenantId = args.required('tenant');
    const client = connect({ retries: FOLLOW_RETRIES });
    const job = await followJob({ client, terminal, kind: 'rebuild', tenantId, signal });
    if (job.state !== 'completed') {
      throw new CommandFailed(`It could not be done: ${job.error ?? 'no reason was given'}`);
    }
    const words = `The indexes of ${clean(tenantId)} are new: ${countedEvents(job.done)}.`;
    await terminal.write(`${json ? cleanJson(job) : words}\n`);
    return EXIT.done;
  },
};

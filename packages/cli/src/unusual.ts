/** `annals unusual`: what is out of people's own ordinary, and what is thought of it. */
import { MUTES } from '@annals/contract/finding';
import type { Client, Finding, Watch } from '@annals/sdk';
import { type Args, type Command, EXIT, UsageError } from './command.ts';
import { clean, cleanJson } from './safe.ts';

const LISTED = 50;
const STATES = { new: 'new', expected: 'expected', needs_a_look: 'needs a look' } as const;

const watchLine = ({ view, label, state, looked_to, reason }: Watch): string => {
  const far = looked_to === null ? '' : `, looked to ${looked_to}`;
  return `${view} (${label}): ${state}${far}${reason === null ? '' : `. ${reason}`}`;
};
const findingLine = ({ finding_id, from, state, sentence, view, note }: Finding): string =>
  `${finding_id}  ${from}  ${STATES[state]}  ${sentence}  (${view})${note ? `: ${note}` : ''}`;

const muteOf = (args: Args): (typeof MUTES)[number] | undefined => {
  const text = args.text('for');
  const mute = MUTES.find((one) => one === text);
  if (text === undefined || mute !== undefined) return mute;
  throw new UsageError(`--for is one of: ${MUTES.join(', ')}`);
};

export const unusualCommand: Command = {
  summary: 'What is out of people’s own ordinary: watch, list, judge',
  usage: 'unusual list|on|off VIEW|expected|look FINDING --tenant ID [flags]',
  about: `Off until it is turned on for a view, since it watches people. \`list\` tells which
views are watched, and what was found, the latest first. Turning on and off, and each judgement,
are events of the tenant's log. Turned off, all that was learned and found is forgotten.

  annals unusual on activity --tenant acme
  annals unusual list --tenant acme
  annals unusual expected FINDING --tenant acme --for P30D --note "Spring cleaning"
  annals unusual look FINDING --tenant acme --note "Ask Dana"`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'whose log; required' },
    note: { type: 'string', value: 'TEXT', help: 'expected, look: why' },
    for: {
      ...{ type: 'string', value: 'PERIOD' },
      help: `expected: how long the same is not found; ${MUTES.join(', ')}; default P30D`,
    },
    limit: { type: 'string', value: 'N', help: `list: how many; default ${LISTED}` },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [verb = 'list', id, ...more] = args.positionals;
    const tenant_id = args.required('tenant');
    if (more.length > 0) throw new UsageError(`Too many words after "unusual ${verb}"`);
    const client = connect();
    const write = async (lines: readonly string[]) =>
      await terminal.write(lines.map((line) => `${line}\n`).join(''));
    if (verb === 'list') {
      if (id !== undefined) throw new UsageError('"unusual list" takes no view');
      const limit = args.number('limit') ?? LISTED;
      const watches = await client.unusual.list({ tenant_id }, { signal });
      const { findings, notices } = await client.findings.list({ tenant_id, limit }, { signal });
      if (json) await write([...watches, ...findings].map(cleanJson));
      else await write([...watches.map(watchLine), ...findings.map(findingLine)].map(clean));
      for (const { detail } of notices) terminal.note(detail);
      return EXIT.done;
    }
    if (id === undefined) throw new UsageError(`Name it: annals unusual ${verb} …`);
    const done = await change(client, { verb, id, tenant_id, args, signal });
    const isWatch = 'enabled' in done;
    await write([json ? cleanJson(done) : clean(isWatch ? watchLine(done) : findingLine(done))]);
    return EXIT.done;
  },
};

async function change(
  client: Client,
  asked: { verb: string; id: string; tenant_id: string; args: Args; signal: AbortSignal },
): Promise<Watch | Finding> {
  const { verb, id, tenant_id, args, signal } = asked;
  if (verb === 'on') return await client.unusual.turnOn({ tenant_id, view: id }, { signal });
  if (verb === 'off') return await client.unusual.turnOff({ tenant_id, view: id }, { signal });
  if (verb !== 'expected' && verb !== 'look')
    throw new UsageError(`"unusual ${verb}" is not known`);
  const [note, mute_for] = [args.text('note'), muteOf(args)];
  if (verb === 'look' && mute_for) throw new UsageError('--for is of what is expected');
  const judgement = {
    state: verb === 'look' ? ('needs_a_look' as const) : ('expected' as const),
    ...(note === undefined ? {} : { note }),
    ...(mute_for === undefined ? {} : { mute_for }),
  };
  return await client.findings.judge({ tenant_id, finding_id: id }, judgement, { signal });
}

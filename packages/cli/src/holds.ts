/** `annals holds`: legal holds of a tenant. */
import type { Hold, HoldCovers } from '@annals/contract/routes';
import { type Args, type Command, EXIT, entityOf, UsageError } from './command.ts';
import { TAIL_FLAGS } from './question.ts';
import { clean, cleanJson } from './safe.ts';

const coveredBy = (covers: HoldCovers): string => {
  if (covers.kind === 'tenant') return 'the whole log';
  if (covers.kind === 'query') return `events of the query ${covers.q}`;
  return `the ${covers.kind} ${covers.type} ${covers.id}`;
};

const lineOf = (hold: Hold): string => {
  const { hold_id, covers, reason, placed_at, placed_by, released_at, release_reason } = hold;
  const placed = `${hold_id}  ${coveredBy(covers)}: ${reason} (${placed_by}, ${placed_at})`;
  return clean(released_at ? `${placed}; released ${released_at}: ${release_reason}` : placed);
};

const coversOf = (args: Args): HoldCovers => {
  const [actor, record, q] = [args.text('actor'), args.text('record'), args.text('query')];
  const chosen: HoldCovers[] = [
    ...(args.flag('all') ? [{ kind: 'tenant' as const }] : []),
    ...(actor === undefined ? [] : [{ kind: 'actor' as const, ...entityOf('actor', actor) }]),
    ...(record === undefined ? [] : [{ kind: 'record' as const, ...entityOf('record', record) }]),
    ...(q === undefined ? [] : [{ kind: 'query' as const, q }]),
  ];
  const [covers, ...others] = chosen;
  if (covers === undefined || others.length > 0) {
    throw new UsageError('Say what to hold: one of --all, --actor, --record, --query');
  }
  return covers;
};

export const holds: Command = {
  summary: 'Keep events from being removed or erased: legal holds',
  usage: 'holds list --tenant ID | holds place --tenant ID --reason TEXT … | holds release HOLD',
  about: `Needs a key that may manage holds. What a hold covers is neither removed by retention nor
erased, until the hold is released. Placing and releasing are events of the tenant's log.

  annals holds place --tenant acme --actor user:u_17 --reason "Case 12/26"
  annals holds list --tenant acme
  annals holds release HOLD --reason "Case 12/26 is closed"`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'whose log' },
    reason: { type: 'string', value: 'TEXT', help: 'place, release: why; required' },
    all: { type: 'boolean', help: 'place: the whole log' },
    actor: { type: 'string', value: 'TYPE:ID', help: 'place: what it did, or was done for it' },
    record: { type: 'string', value: 'TYPE:ID', help: 'place: what was done to it' },
    query: { ...TAIL_FLAGS.query, help: 'place: every event of which it is true' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [verb = 'list', id, ...more] = args.positionals;
    if (more.length > 0 || (id !== undefined && verb !== 'release')) {
      throw new UsageError(`Too many words after "holds ${verb}"`);
    }
    const write = async (found: readonly Hold[]) => {
      const lines = found.map(json ? cleanJson : lineOf);
      await terminal.write(lines.map((line) => `${line}\n`).join(''));
    };
    if (verb === 'list') {
      await write(await connect().holds.list(args.required('tenant'), { signal }));
    } else if (verb === 'place') {
      const hold = { tenant_id: args.required('tenant'), reason: args.required('reason') };
      await write([await connect().holds.place({ ...hold, covers: coversOf(args) }, { signal })]);
    } else if (verb === 'release') {
      if (id === undefined) throw new UsageError('Name the hold: annals holds release HOLD');
      await write([await connect().holds.release(id, args.required('reason'), { signal })]);
    } else {
      throw new UsageError(`"holds ${verb}" is not known`);
    }
    return EXIT.done;
  },
};

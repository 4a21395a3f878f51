/** `annals people`: lists, invites and removes people. */
import type { Membership, NewMembership, Person } from '@annals/contract/routes';
import type { Client } from '@annals/sdk';
import { type Args, type Command, EXIT, UsageError } from './command.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';
import type { Terminal } from './terminal.ts';

const TITLES = ['Person', 'E-mail', 'Name', 'May', 'Codes', 'Last seen'];

function placeOf({ project, tenant_id, owner, roles, accepted }: Membership): string {
  const where = tenant_id === null ? project : `${project}/${tenant_id}`;
  const what = owner ? 'owner' : `${roles.join(' ')} in ${where}`;
  return accepted ? what : `${what} (invited)`;
}

const rowOf = (person: Person): string[] => [
  person.person_id,
  person.email,
  person.name ?? '',
  person.memberships.map(placeOf).join(', '),
  person.two_factor === true ? 'yes' : '',
  person.last_seen_at ?? '',
];

const tableOf = (people: readonly Person[], terminal: Terminal): string[] => {
  const rows = people.map(rowOf);
  const layout = layOut([TITLES, ...rows], terminal.columns);
  return [
    lineOf(TITLES, layout, (text) => terminal.paint('bold', text)),
    ...rows.map((row) => lineOf(row, layout)),
  ];
};

interface Work {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

function membershipOf(args: Args): NewMembership {
  const roles = args.list('role');
  const isOwner = args.flag('owner');
  if (isOwner === roles.length > 0) throw new UsageError('Give --role, or --owner');
  return isOwner ? { owner: true } : { roles };
}

const list = async (args: Args, { client, terminal, signal, json }: Work): Promise<string[]> => {
  const tenantId = args.text('tenant');
  const query = tenantId === undefined ? {} : { tenant_id: tenantId };
  const people = await client.people.list(query, { signal });
  return json ? people.map(cleanJson) : tableOf(people, terminal);
};

const invite = async (args: Args, email: string | undefined, work: Work): Promise<string[]> => {
  if (email === undefined) throw new UsageError('Name the e-mail: annals people invite EMAIL');
  const { client, terminal, signal, json } = work;
  const tenantId = args.text('tenant');
  const options = { signal, ...(tenantId === undefined ? {} : { tenant_id: tenantId }) };
  const memberships = [membershipOf(args)];
  const invited = await client.people.invite({ email, memberships }, options);
  if (json) return [cleanJson(invited)];
  const { person, link } = invited;
  const who = `${clean(person.email)} (${clean(person.person_id)})`;
  terminal.note(
    `Invited ${who} until ${clean(link.expires_at)}. ` +
      'No mail goes: hand on the address of the server with this behind it, shown only now:',
  );
  return [clean(link.path)];
};

const remove = async (args: Args, id: string | undefined, work: Work): Promise<string[]> => {
  if (id === undefined) throw new UsageError('Name the person: annals people remove ID');
  const tenantId = args.text('tenant');
  const { client, signal, json } = work;
  const options = { signal, ...(tenantId === undefined ? {} : { tenant_id: tenantId }) };
  await client.people.remove(id, options);
  return [json ? cleanJson({ person_id: id }) : `Removed ${clean(id)}.`];
};

export const people: Command = {
  summary: 'List, invite and remove people',
  usage: 'people list | people invite EMAIL --role NAME|--owner [flags] | people remove ID',
  about: `Needs a key that may \`manage\`, or whose roles manage \`people\`. A link to join goes to
standard output, once; hand it on. With --project it is about people of the project, with --tenant
about those of the tenant.

  annals people invite ada@acme.example --role admin --tenant acme
  annals people invite ops@example.com --owner
  annals people remove person_01`,
  flags: {
    role: { type: 'string', value: 'NAME', multiple: true, help: 'invite: a role of the project' },
    owner: { type: 'boolean', help: 'invite: may do everything, in every project' },
    tenant: { type: 'string', value: 'ID', help: 'the people of this tenant' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [verb = 'list', word, ...more] = args.positionals;
    if (more.length > 0 || (verb === 'list' && word !== undefined)) {
      throw new UsageError(`Too many words after "people ${verb}"`);
    }
    const work = () => ({ terminal, signal, json, client: connect() });
    const run: Record<string, () => Promise<string[]>> = {
      list: () => list(args, work()),
      invite: () => invite(args, word, work()),
      remove: () => remove(args, word, work()),
    };
    const chosen = Object.hasOwn(run, verb) ? run[verb] : undefined;
    if (chosen === undefined) throw new UsageError(`"people ${verb}" is not known`);
    const lines = await chosen();
    await terminal.write(lines.map((line) => `${line.trimEnd()}\n`).join(''));
    return EXIT.done;
  },
};

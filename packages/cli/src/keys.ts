/** `annals keys`: lists, makes and revokes API keys. */
import { type Key, SCOPES, type Scope } from '@annals/contract/routes';
import type { Client } from '@annals/sdk';
import { type Args, type Command, EXIT, UsageError } from './command.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';
import type { Terminal } from './terminal.ts';

const TITLES = ['Key', 'Label', 'Begins with', 'Project', 'Tenant', 'May', 'Made', 'Until'];

const untilOf = (key: Key): string => {
  if (key.revoked_at !== null) return `revoked ${key.revoked_at}`;
  return key.expires_at ?? '';
};

const rowOf = (key: Key): string[] => [
  key.key_id,
  key.label,
  key.hint,
  key.project ?? '(all)',
  key.tenant_id ?? '(all)',
  [...key.scopes, ...key.roles].join(' '),
  key.created_at,
  untilOf(key),
];

const tableOf = (keys: readonly Key[], terminal: Terminal): string[] => {
  const rows = keys.map(rowOf);
  const layout = layOut([TITLES, ...rows], terminal.columns);
  return [
    lineOf(TITLES, layout, (text) => terminal.paint('bold', text)),
    ...rows.map((row) => lineOf(row, layout)),
  ];
};

const scopeOf = (text: string): Scope => {
  const scope = SCOPES.find((each) => each === text);
  if (scope !== undefined) return scope;
  throw new UsageError(`--scope is one of ${SCOPES.join(', ')}, not "${text}"`);
};

const newKeyOf = (args: Args) => {
  const scopes = args.list('scope').map(scopeOf);
  const roles = args.list('role');
  if (scopes.length === 0 && roles.length === 0) {
    throw new UsageError(`--scope (${SCOPES.join(', ')}) or --role is required`);
  }
  if (scopes.length > 0 && roles.length > 0) {
    throw new UsageError('A key has scopes or roles, not both');
  }
  const tenantId = args.text('tenant');
  const expiresAt = args.text('expires-at');
  return {
    label: args.required('label'),
    ...(roles.length > 0 ? { roles } : { scopes }),
    ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
  };
};

interface Work {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

const list = async ({ client, terminal, signal, json }: Work): Promise<string[]> => {
  const keys = await client.keys.list({ signal });
  return json ? keys.map(cleanJson) : tableOf(keys, terminal);
};

const create = async (args: Args, { client, terminal, signal, json }: Work) => {
  const key = await client.keys.create(newKeyOf(args), { signal });
  if (json) return [cleanJson(key)];
  terminal.note(`Made key ${clean(key.key_id)}. It is shown only now; keep it in a safe place:`);
  return [clean(key.secret)];
};

const revoke = async (id: string | undefined, { client, signal, json }: Work) => {
  if (id === undefined) throw new UsageError('Name the key: annals keys revoke ID');
  const key = await client.keys.revoke(id, { signal });
  return [json ? cleanJson(key) : clean(`Revoked ${key.key_id} (${key.label}).`)];
};

export const keys: Command = {
  summary: 'List, make and revoke API keys',
  usage: 'keys list | keys create --label TEXT --scope WORD|--role NAME [flags] | keys revoke ID',
  about: `Needs a key that may \`manage\`. A new key goes to standard output, once. It may do what
its scopes say, or sees what its roles of the project see.

  annals keys create --label billing --scope events:write --tenant acme
  annals keys create --label "Acme's console" --role admin --tenant acme
  annals keys revoke k_01`,
  flags: {
    label: { type: 'string', value: 'TEXT', help: 'create: what the key is for; required' },
    scope: { type: 'string', value: 'WORD', multiple: true, help: `create: ${SCOPES.join(', ')}` },
    role: { type: 'string', value: 'NAME', multiple: true, help: 'create: a role of the project' },
    tenant: { type: 'string', value: 'ID', help: 'create: the key is for this tenant only' },
    'expires-at': { type: 'string', value: 'TIME', help: 'create: RFC 3339; default never' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [verb = 'list', id, ...more] = args.positionals;
    const expected = verb === 'revoke' ? 1 : 0;
    if (more.length > 0 || (id !== undefined && expected === 0)) {
      throw new UsageError(`Too many words after "keys ${verb}"`);
    }
    const work = { terminal, signal, json };
    const client = () => connect();
    const run: Record<string, () => Promise<string[]>> = {
      list: () => list({ ...work, client: client() }),
      create: () => create(args, { ...work, client: client() }),
      revoke: () => revoke(id, { ...work, client: client() }),
    };
    const chosen = Object.hasOwn(run, verb) ? run[verb] : undefined;
    if (chosen === undefined) throw new UsageError(`"keys ${verb}" is not known`);
    const lines = await chosen();
    await terminal.write(lines.map((line) => `${line.trimEnd()}\n`).join(''));
    return EXIT.done;
  },
};

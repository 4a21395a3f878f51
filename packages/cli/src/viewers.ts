/** `annals viewers`: lets the product's own users read, and ends that again. */
import { readFile } from 'node:fs/promises';
import { TOKEN_ALGORITHMS, type ViewerKey, type ViewerSession } from '@annals/contract/sessions';
import { type Args, type Command, type Context, EXIT, UsageError } from './command.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';
import type { Terminal } from './terminal.ts';

const SESSION_TITLES = ['Session', 'Tenant', 'Who', 'Roles', 'Of', 'Made', 'Until'];
const KEY_TITLES = ['Key', 'Label', 'Issuer', 'Audience', 'Algorithm', 'Roles', 'Tenants', 'Ended'];

const sessionRow = (session: ViewerSession): string[] => [
  session.session_id,
  session.tenant_id,
  session.viewer.name ?? session.viewer.email ?? session.viewer.id,
  session.roles.join(' '),
  session.subject ?? '',
  session.created_at,
  session.revoked_at === null ? session.expires_at : `ended ${session.revoked_at}`,
];
const keyRow = (key: ViewerKey): string[] => [
  key.viewer_key_id,
  key.label,
  key.issuer,
  key.audience,
  key.algorithm,
  key.roles.join(' '),
  key.tenants?.join(' ') ?? '(all)',
  key.retired_at ?? '',
];

function tableOf(titles: string[], rows: readonly string[][], terminal: Terminal): string[] {
  const layout = layOut([titles, ...rows], terminal.columns);
  return [
    lineOf(titles, layout, (text) => terminal.paint('bold', text)),
    ...rows.map((row) => lineOf(row, layout)),
  ];
}

function rolesOf(args: Args): string[] {
  const roles = args.list('role');
  if (roles.length === 0) throw new UsageError('--role is required');
  return roles;
}

/** The one word behind the verb. */
function wordOf({ args }: Context, what: string): string {
  const [, word, ...more] = args.positionals;
  if (word !== undefined && more.length === 0) return word;
  throw new UsageError(`Name ${what}, and nothing else`);
}

async function list({ args, terminal, signal, json, connect }: Context): Promise<string[]> {
  const sessions = await connect().viewerSessions.list(args.required('tenant'), { signal });
  return json
    ? sessions.map(cleanJson)
    : tableOf(SESSION_TITLES, sessions.map(sessionRow), terminal);
}

async function open({ args, terminal, signal, json, connect }: Context): Promise<string[]> {
  const [name, email, subject] = [args.text('name'), args.text('email'), args.text('subject')];
  const seconds = args.number('expires-in');
  const session = {
    tenant_id: args.required('tenant'),
    roles: rolesOf(args),
    viewer: {
      id: args.required('viewer'),
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
    },
    ...(subject === undefined ? {} : { subject }),
    ...(seconds === undefined ? {} : { expires_in: seconds }),
  };
  const made = await connect().viewerSessions.create(session, { signal });
  if (json) return [cleanJson(made)];
  terminal.note(
    `Opened ${clean(made.session_id)} until ${clean(made.expires_at)}. The token, shown only now:`,
  );
  return [clean(made.token)];
}

async function end(context: Context): Promise<string[]> {
  const { signal, json, connect } = context;
  const session = await connect().viewerSessions.revoke(wordOf(context, 'the session'), { signal });
  return [json ? cleanJson(session) : clean(`Ended ${session.session_id}.`)];
}

async function keys({ terminal, signal, json, connect }: Context): Promise<string[]> {
  const found = await connect().viewerKeys.list({ signal });
  return json ? found.map(cleanJson) : tableOf(KEY_TITLES, found.map(keyRow), terminal);
}

async function register({ args, signal, json, connect }: Context): Promise<string[]> {
  const tenants = args.list('only');
  const algorithm = args.choice('algorithm', TOKEN_ALGORITHMS);
  if (algorithm === undefined) throw new UsageError('--algorithm is required');
  const key = {
    label: args.required('label'),
    issuer: args.required('issuer'),
    algorithm,
    public_key: await readFile(args.required('public-key'), 'utf8'),
    roles: rolesOf(args),
    ...(tenants.length === 0 ? {} : { tenants }),
  };
  const made = await connect().viewerKeys.create(key, { signal });
  if (json) return [cleanJson(made)];
  return [
    `Tokens name it: kid ${made.viewer_key_id}, iss ${made.issuer}, aud ${made.audience}.`,
  ].map(clean);
}

async function retire(context: Context): Promise<string[]> {
  const { signal, json, connect } = context;
  const key = await connect().viewerKeys.retire(wordOf(context, 'the key'), { signal });
  return [json ? cleanJson(key) : clean(`Retired ${key.viewer_key_id} (${key.label}).`)];
}

async function deny({ args, signal, json, connect }: Context): Promise<string[]> {
  const [, key, jti, ...more] = args.positionals;
  if (key === undefined || jti === undefined || more.length > 0) {
    throw new UsageError('Name the key and the token: annals viewers deny KEY JTI');
  }
  const denied = await connect().viewerKeys.deny(key, jti, { signal });
  return [json ? cleanJson(denied) : clean(`${denied.jti} is not taken any more.`)];
}

const VERBS: Readonly<Record<string, (context: Context) => Promise<string[]>>> = {
  ...{ list, open, end, keys, register, retire, deny },
};

export const viewers: Command = {
  summary: 'Let your own users read, by sessions or tokens that you sign',
  usage: 'viewers list|open|end|keys|register|retire|deny [flags]',
  about: `Needs a key that may \`manage\`, or a role that manages sessions. Programs do this by the
API or the SDK; here you try it, look, and end what must end. Roles are those that are marked
\`viewer: true\`.

  annals viewers open --tenant acme --role admin --viewer u-1 --name "Ada Lovelace"
  annals viewers list --tenant acme
  annals viewers end vs_01
  annals viewers register --label shop --issuer https://shop.example --algorithm EdDSA \\
    --public-key key.pem --role admin
  annals viewers keys
  annals viewers deny vk_01 TOKEN_ID
  annals viewers retire vk_01`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'list, open: whose log' },
    role: { type: 'string', value: 'NAME', multiple: true, help: 'open, register: which roles' },
    viewer: { type: 'string', value: 'ID', help: 'open: your own id of who reads' },
    name: { type: 'string', value: 'TEXT', help: 'open: their name' },
    email: { type: 'string', value: 'TEXT', help: 'open: their e-mail' },
    subject: { type: 'string', value: 'TYPE:ID', help: 'open: the one actor or record they see' },
    'expires-in': { type: 'string', value: 'SECONDS', help: 'open: default 3600, at most 86400' },
    label: { type: 'string', value: 'TEXT', help: 'register: what the key is for' },
    issuer: { type: 'string', value: 'TEXT', help: 'register: what `iss` of its tokens says' },
    algorithm: { type: 'string', value: 'WORD', help: `register: ${TOKEN_ALGORITHMS.join(', ')}` },
    'public-key': { type: 'string', value: 'FILE', help: 'register: the public key, in PEM' },
    only: {
      type: 'string',
      value: 'TENANT',
      multiple: true,
      help: 'register: default all tenants',
    },
  },
  run: async (context) => {
    const [verb = 'list'] = context.args.positionals;
    const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (run === undefined) throw new UsageError(`"viewers ${verb}" is not known`);
    const lines = await run(context);
    await context.terminal.write(lines.map((line) => `${line.trimEnd()}\n`).join(''));
    return EXIT.done;
  },
};

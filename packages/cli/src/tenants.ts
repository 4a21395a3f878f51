/** `annals tenants`: the customers of a project, their plans, and whose audit log is enabled. */
import type { Tenant } from '@annals/contract/routes';
import type { Client, TenantChange } from '@annals/sdk';
import { type Args, type Command, type Context, EXIT, UsageError } from './command.ts';
import { exportEvents } from './export.ts';
import { STDOUT } from './file-out.ts';
import { clean, cleanJson } from './safe.ts';
import { type Layout, layOut, lineOf } from './table.ts';
import { count, countedEvents, type Terminal } from './terminal.ts';

/** Tenants of one request: what the API gives at most. */
const PAGE = 500;
const TITLES = ['Tenant', 'Label', 'Plan', 'Add-ons', 'Enabled', 'Events', 'Made'];

const rowOf = (tenant: Tenant): string[] => [
  tenant.is_demo ? `${tenant.tenant_id} (demo)` : tenant.tenant_id,
  tenant.label ?? '',
  tenant.plan ?? '',
  tenant.addons.join(', '),
  tenant.audit_enabled_at ?? '',
  count(tenant.events),
  tenant.created_at,
];

/** Lines of a table that is as wide as its first page needs. */
const tableFor = (terminal: Terminal) => {
  let layout: Layout | undefined;
  return (tenants: readonly Tenant[]): string[] => {
    const rows = tenants.map(rowOf);
    const isFirst = layout === undefined;
    const own = layout ?? layOut([TITLES, ...rows], terminal.columns);
    layout = own;
    const title = lineOf(TITLES, own, (text) => terminal.paint('bold', text));
    return [...(isFirst ? [title] : []), ...rows.map((row) => lineOf(row, own))];
  };
};

/** All tenants by name, page by page. */
async function* pagesOf(client: Client, signal: AbortSignal) {
  for (let after: string | undefined; ; ) {
    const query = { limit: PAGE, ...(after === undefined ? {} : { after }) };
    const page = await client.tenants.list(query, { signal });
    yield page;
    after = page.at(-1)?.tenant_id;
    if (page.length < PAGE) return;
  }
}

async function list({ args, terminal, signal, json, connect }: Context): Promise<void> {
  if (args.positionals.length > 1) throw new UsageError('Too many words after "tenants list"');
  const table = tableFor(terminal);
  for await (const page of pagesOf(connect(), signal)) {
    const lines = json ? page.map(cleanJson) : table(page);
    await terminal.write(lines.map((line) => `${line.trimEnd()}\n`).join(''));
  }
}

/** One of two flags that exclude each other; undefined: neither stands there. */
const either = (args: Args, yes: string, no: string): boolean | undefined => {
  const [isYes, isNo] = [args.given(yes), args.given(no)];
  if (isYes && isNo) throw new UsageError(`--${yes} and --${no} exclude each other`);
  return isYes || isNo ? isYes : undefined;
};

const retentionOf = (args: Args): Pick<TenantChange, 'retention'> => {
  const [events, personal] = [args.text('keep'), args.text('keep-personal')];
  const isOwn = events !== undefined || personal !== undefined;
  if (args.flag('keep-usual')) {
    if (isOwn) throw new UsageError('--keep-usual stands alone');
    return { retention: null };
  }
  if (!isOwn) return {};
  return {
    retention: {
      ...(events === undefined ? {} : { events }),
      ...(personal === undefined ? {} : { personal }),
    },
  };
};

const changeOf = (args: Args): TenantChange => {
  const label = args.text('label');
  const plan = either(args, 'plan', 'no-plan');
  const addons = either(args, 'addon', 'no-addons');
  const isDemo = either(args, 'demo', 'no-demo');
  const isEnabled = either(args, 'enable', 'disable');
  return {
    ...(label === undefined ? {} : { label }),
    ...(plan === undefined ? {} : { plan: args.text('plan') ?? null }),
    ...(addons === undefined ? {} : { addons: args.list('addon') }),
    ...(isDemo === undefined ? {} : { is_demo: isDemo }),
    ...(isEnabled === undefined ? {} : { audit_enabled_at: args.text('enable') ?? null }),
    ...retentionOf(args),
  };
};

const summaryOf = (tenant: Tenant): string => {
  const { tenant_id, plan, addons, is_demo, audit_enabled_at } = tenant;
  const parts = [
    plan === null ? 'no plan' : `plan ${plan}`,
    addons.length === 0 ? 'no add-ons' : `add-ons ${addons.join(', ')}`,
    ...(is_demo ? ['demo'] : []),
    audit_enabled_at === null ? 'not enabled' : `enabled since ${audit_enabled_at}`,
  ];
  return clean(`${tenant_id}: ${parts.join('; ')}.`);
};

async function set({ args, terminal, signal, json, connect }: Context): Promise<void> {
  const name = tenantNamed(args, 'set');
  const change = changeOf(args);
  if (Object.keys(change).length === 0) throw new UsageError('Say what to set');
  const tenant = await connect().tenants.put(name, change, { signal });
  await terminal.write(`${json ? cleanJson(tenant) : summaryOf(tenant)}\n`);
  const { retention_pending: pending } = tenant;
  if (pending === undefined) return;
  const { events, takes_effect_at } = pending;
  terminal.note(`A shorter retention waits until ${takes_effect_at}: ${countedEvents(events)}.`);
}

/** The log is taken out first, if it is wanted: afterwards it is too late some day. */
async function close({ args, terminal, signal, json, connect }: Context): Promise<void> {
  const name = tenantNamed(args, 'close');
  const out = args.text('export');
  // How it was closed is told there.
  if (out === STDOUT) throw new UsageError('--export is a file, not standard output');
  const client = connect();
  if (out === undefined) {
    terminal.note('Nothing is exported: --export FILE takes the log out first.');
  } else {
    const query = { tenant_id: name, format: 'ndjson', order: 'asc' } as const;
    const bytes = await exportEvents({ client, terminal, query, out, signal });
    terminal.note(`Wrote ${out}, ${count(bytes)} bytes.`);
  }
  const end = await client.tenants.close(name, args.text('after'), { signal });
  const words = `${end.tenant_id} is closed; its events are removed ${end.ends_at ?? 'never'}.`;
  await terminal.write(`${json ? cleanJson(end) : clean(words)}\n`);
}

async function reopen({ args, terminal, signal, json, connect }: Context): Promise<void> {
  const end = await connect().tenants.reopen(tenantNamed(args, 'reopen'), { signal });
  await terminal.write(`${json ? cleanJson(end) : clean(`${end.tenant_id} is open again.`)}\n`);
}

const tenantNamed = (args: Args, verb: string): string => {
  const [, name, ...more] = args.positionals;
  if (name !== undefined && more.length === 0) return name;
  throw new UsageError(`Name one tenant: annals tenants ${verb} TENANT`);
};

export const tenants: Command = {
  summary: 'List tenants, set what they have, close them',
  usage: 'tenants list | tenants set|close|reopen TENANT [flags]',
  about: `Needs a key that may \`manage\`. \`set\` makes the tenant if there is none. Where a
definition says \`gating\`, plan, add-ons and enabling decide whether the tenant's log is read;
nothing before it was enabled is shown to its users.

  annals tenants list
  annals tenants set acme --plan enterprise --addon analytics --enable
  annals tenants set acme --disable
  annals tenants set acme --keep P2Y --keep-personal P90D
  annals tenants close acme --export acme.ndjson --after P30D

\`close\` refuses further events at once. The log is read until the time is over; then its events
are removed, and their hashes stay. \`reopen\` takes that back before.`,
  flags: {
    label: { type: 'string', value: 'TEXT', help: 'set: its name' },
    plan: { type: 'string', value: 'NAME', help: 'set: its plan' },
    'no-plan': { type: 'boolean', help: 'set: it has none' },
    addon: { type: 'string', value: 'NAME', multiple: true, help: 'set: its add-ons, all of them' },
    'no-addons': { type: 'boolean', help: 'set: it has none' },
    demo: { type: 'boolean', help: 'set: it is a demo' },
    'no-demo': { type: 'boolean', help: 'set: it is none' },
    enable: {
      type: 'string',
      value: '[TIME]',
      alone: 'now',
      help: 'set: its log is read, from this time (RFC 3339) on; default now',
    },
    disable: { type: 'boolean', help: 'set: its log is not read' },
    keep: { type: 'string', value: 'PERIOD', help: 'set: its events are kept so long' },
    'keep-personal': {
      type: 'string',
      value: 'PERIOD',
      help: 'set: personal values in them are kept so long',
    },
    'keep-usual': { type: 'boolean', help: 'set: as long as its plan or project says' },
    after: { type: 'string', value: 'PERIOD', help: 'close: how long it is read; default P30D' },
    export: { type: 'string', value: 'FILE', help: 'close: take the log out first, as NDJSON' },
  },
  run: async (context) => {
    const [verb = 'list'] = context.args.positionals;
    if (verb === 'list') await list(context);
    else if (verb === 'set') await set(context);
    else if (verb === 'close') await close(context);
    else if (verb === 'reopen') await reopen(context);
    else throw new UsageError(`"tenants ${verb}" is not known`);
    return EXIT.done;
  },
};

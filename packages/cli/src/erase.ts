/**
 * `annals erase`: shows what a log holds of a person, asks whose names they are, and has what was
 * confirmed erased. Erases nothing that nobody confirmed.
 */
import type { Alias, Client, Erasure, ErasureSubject } from '@annals/sdk';
import { type Args, type Command, type Context, EXIT, entityOf, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { FOLLOW_RETRIES, progressOn } from './job.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';
import { count, countedEvents } from './terminal.ts';

type Found = NonNullable<Erasure['found']>;
type Listing = Found['clear'];
/** Events of a list that are shown; the answer in JSON has them all. */
const SHOWN = 10;

const givenOf = (args: Args): Alias[] => [
  ...args.list('email').map((value) => ({ kind: 'email' as const, value })),
  ...args.list('name').map((value) => ({ kind: 'name' as const, value })),
  ...args.list('id').map((text) => {
    const { type, id } = entityOf('id', text);
    return { kind: 'id' as const, type, value: id };
  }),
];

const PLACES = [
  ['actor', 'who acted'],
  ['on_behalf_of', 'acted for'],
  ['target', 'acted on'],
  ['context', 'address, browser, place, session'],
  ['changes', 'values of their own record'],
  ['mentions', 'mentioned elsewhere'],
] as const;

const countLines = (counts: Found['counts']): string[] =>
  PLACES.filter(([place]) => counts[place] > 0).map(
    ([place, words]) => `  ${count(counts[place]).padStart(9)}  ${words}`,
  );

const wordsOf = ({ kind, type, value }: Alias): string =>
  `${kind === 'email' ? 'e-mail' : kind} ${type === undefined ? '' : `${type}:`}${value}`;

const aliasLines = (aliases: Found['aliases']): string[] => {
  const rows = aliases.map((alias) => [
    `  ${wordsOf(alias)}`,
    countedEvents(alias.events),
    alias.of === undefined ? '' : `of ${alias.of}`,
    alias.matches === 'values' ? 'short: not looked for inside texts' : '',
  ]);
  const layout = layOut(rows, undefined);
  return rows.map((row) => lineOf(row, layout).trimEnd());
};

const listingLines = ({ events, list }: Pick<Listing, 'events' | 'list'>): string[] => {
  const lines = list.slice(0, SHOWN).map(({ id, paths }) => `  ${id} ${paths.join(' ')}`);
  const more = events - lines.length;
  return more > 0 ? [...lines, `  and ${count(more)} more`] : lines;
};

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** What the dry run found, for people. */
const foundLines = ({ subject, tenant_id, found }: Erasure): string[] => {
  if (found === null) return [];
  const { counts, held, size, aliases, mentions, clear, elsewhere, files } = found;
  const who = subject === null ? '' : `${subject.type}:${subject.id}`;
  return [
    `${who} in ${tenant_id}: ${count(counts.events)} of ${count(size)} events hold something.`,
    ...countLines(counts),
    ...(held === 0 ? [] : [`${count(held)} of them are under a legal hold: that stops it.`]),
    ...(files === 0 ? [] : [`${count(files)} exported files may show them, and are deleted.`]),
    ...section('Under these names too:', aliasLines(aliases)),
    ...(mentions.searched ? [] : ['', 'Texts were not searched for mentions.']),
    ...section('Mentioned elsewhere:', listingLines(mentions)),
    ...section('Named where no erasure reaches:', listingLines(clear)),
    ...section(
      'Named beside the log; change it by hand:',
      elsewhere.map(({ place, id, field }) => `  ${place} ${id}: ${field}`),
    ),
  ].map(clean);
};

const certificateLines = ({ erasure_id, certificate }: Erasure): string[] => {
  if (certificate === null) return [];
  const { counts, pseudonym, log, remaining, completed_at, files } = certificate;
  return [
    `Erased at ${completed_at}: ${countedEvents(counts.events)}. Certificate ${erasure_id}.`,
    ...countLines(counts),
    ...(files === 0 ? [] : [`${count(files)} exported files were deleted.`]),
    `Their events still group, as ${pseudonym}.`,
    `The log's ${count(log.size)} events have the root of before, ${log.root_after}.`,
    ...section('Still mentioned:', listingLines(remaining.mentions)),
    ...section('Still named where no erasure reaches:', listingLines(remaining.clear)),
    ...section(
      'Still there:',
      [
        ...remaining.elsewhere.map(({ place, id, field }) => `${place} ${id}: ${field}`),
        ...remaining.copies,
      ].map((line) => `  ${line}`),
    ),
  ].map(clean);
};

interface Work extends Context {
  readonly client: Client;
}

/** Follows an erasure until nothing is done any more. Throws if it failed. */
const followed = async ({ client, terminal, signal }: Work, begun: Erasure): Promise<Erasure> => {
  const progress = progressOn(terminal);
  const ended = await client.erasures
    .wait(begun.erasure_id, { signal, onProgress: ({ done, total }) => progress(done, total) })
    .finally(() => terminal.endProgress());
  if (ended.state !== 'failed') return ended;
  const again = `annals erase resume ${ended.erasure_id}`;
  throw new CommandFailed(
    `It could not be done: ${clean(ended.error ?? 'no reason was given')} Go on with: ${again}`,
  );
};

const isYes = async ({ terminal, signal }: Work, question: string): Promise<boolean> =>
  /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `, signal))?.trim() ?? '');

const aliasOf = ({ kind, type, value }: Alias): Alias => ({
  kind,
  ...(type === undefined ? {} : { type }),
  value,
});
const isSame = (one: Alias, other: Alias, type: string): boolean =>
  one.kind === other.kind &&
  one.value === other.value &&
  (one.kind !== 'id' || (one.type ?? type) === (other.type ?? type));

interface Choice {
  readonly aliases: readonly Alias[];
  readonly mentions: 'list' | 'erase';
}

/** What is confirmed; undefined: nothing is to be erased. */
const chosen = async (
  work: Work,
  subject: ErasureSubject,
  found: Found,
): Promise<Choice | undefined> => {
  const { args, terminal, signal } = work;
  const mentions = args.choice('mentions', ['list', 'erase']);
  const given = givenOf(args);
  const isGiven = (alias: Alias) => given.some((one) => isSame(one, alias, subject.type));
  if (args.flag('yes')) {
    const aliases = found.aliases.filter((alias) => args.flag('all-aliases') || isGiven(alias));
    return { aliases: aliases.map(aliasOf), mentions: mentions ?? 'list' };
  }
  if (!terminal.canAsk) return undefined;
  const aliases: Alias[] = [];
  for (const alias of found.aliases) {
    const question = `Is the ${wordsOf(alias)} theirs (${countedEvents(alias.events)})?`;
    if (isGiven(alias) || (await isYes(work, question))) aliases.push(aliasOf(alias));
  }
  const asks = mentions === undefined && found.mentions.searched;
  const erases = asks && (await isYes(work, 'Erase values elsewhere that mention them, too?'));
  const typed = await terminal.ask(
    `What is erased is gone for ever. Type the id ${subject.id} to erase it: `,
    signal,
  );
  if (typed?.trim() !== subject.id) return undefined;
  return { aliases, mentions: mentions ?? (erases ? 'erase' : 'list') };
};

const tell = async ({ terminal, json }: Work, erasure: Erasure, lines: readonly string[]) => {
  const text = json ? [cleanJson(erasure)] : lines;
  await terminal.write(text.map((line) => `${line}\n`).join(''));
};

/** Follows an erasure that was begun and says how it ended. */
const toldEnd = async (work: Work, begun: Erasure): Promise<number> => {
  const ended = await followed(work, begun);
  if (ended.state === 'completed') {
    await tell(work, ended, certificateLines(ended));
    return EXIT.done;
  }
  const again = `annals erase resume ${ended.erasure_id}`;
  await tell(work, ended, [clean(`${ended.error ?? ended.state} Go on with: ${again}`)]);
  return EXIT.found;
};

async function run(work: Work): Promise<number> {
  const { args, client, signal, terminal, json } = work;
  if (args.positionals.length > 0) throw new UsageError('Too many words after "erase"');
  const tenantId = args.required('tenant');
  const subject = entityOf('subject', args.required('subject'));
  const reason = args.text('reason');
  const asked = {
    ...{ tenant_id: tenantId, subject, legal_basis: args.required('basis') },
    ...(reason === undefined ? {} : { reason }),
    ...{ aliases: givenOf(args), search_mentions: !args.flag('no-search') },
  };
  const shown = await followed(work, await client.erasures.dryRun(asked, { signal }));
  const { found } = shown;
  if (found === null) throw new CommandFailed('The dry run found nothing to tell.');
  const isDry = args.flag('dry-run') || (!args.flag('yes') && !terminal.canAsk);
  if (!json || isDry) await tell(work, shown, foundLines(shown));
  const choice = isDry ? undefined : await chosen(work, subject, found);
  if (choice === undefined) {
    terminal.note('Nothing was erased.');
    return EXIT.done;
  }
  const confirmation = { tenant_id: tenantId, subject, token: found.token, ...choice };
  return await toldEnd(work, await client.erasures.confirm(confirmation, { signal }));
}

async function list(work: Work): Promise<number> {
  const { args, client, signal, terminal, json } = work;
  const erasures = await client.erasures.list(args.required('tenant'), { signal });
  const rows = erasures.map(({ erasure_id, state, created_at, legal_basis, certificate }) => [
    ...[erasure_id, state, created_at, legal_basis],
    certificate === null ? '' : countedEvents(certificate.counts.events),
  ]);
  const layout = layOut(rows, terminal.columns);
  const lines = json ? erasures.map(cleanJson) : rows.map((row) => lineOf(row, layout).trimEnd());
  await terminal.write(lines.map((line) => `${line}\n`).join(''));
  return EXIT.done;
}

async function show(work: Work, id: string): Promise<number> {
  const erasure = await work.client.erasures.get(id, { signal: work.signal });
  const { state, error } = erasure;
  const lines = state === 'completed' ? certificateLines(erasure) : foundLines(erasure);
  const told = lines.length === 0 ? [clean(`It is ${state}. ${error ?? ''}`.trimEnd())] : lines;
  await tell(work, erasure, told);
  return EXIT.done;
}

export const erase: Command = {
  summary: 'Erase a person from a log',
  usage:
    'erase --tenant ID --subject TYPE:ID --basis TEXT [flags] | erase list --tenant ID |\n' +
    '       annals erase show ID | annals erase resume ID',
  about: `Reads the whole log and shows where the person is in it, under which names, and what
nobody can erase. Then asks about each name, and erases what was confirmed: the values are gone for
ever, the events stay, still group and still verify. A legal hold stops it; \`resume\` goes on.

  annals erase --tenant acme --subject user:u_81 --basis "GDPR Art. 17(1)(b)" --dry-run
  annals erase --tenant acme --subject user:u_81 --basis "GDPR Art. 17(1)(b)"
  annals erase --tenant acme --subject user:u_81 --basis "GDPR Art. 17(1)(b)" \\
    --email ada@example.com --mentions erase --yes
  annals erase show 4c1f… --json > certificate.json`,
  flags: {
    tenant: { type: 'string', value: 'ID', help: 'whose log; required' },
    subject: { type: 'string', value: 'TYPE:ID', help: 'who, as events name them; required' },
    basis: { type: 'string', value: 'TEXT', help: 'the legal basis, kept for ever; required' },
    reason: { type: 'string', value: 'TEXT', help: 'kept for ever, as a ticket; no name' },
    email: { type: 'string', value: 'ADDRESS', multiple: true, help: 'theirs too' },
    name: { type: 'string', value: 'TEXT', multiple: true, help: 'theirs too' },
    id: { type: 'string', value: 'TYPE:ID', multiple: true, help: 'theirs too' },
    mentions: {
      type: 'string',
      value: 'WORD',
      help: '`list` or `erase` values elsewhere that mention them; asked, else list',
    },
    'no-search': { type: 'boolean', help: 'do not search texts for mentions' },
    'dry-run': { type: 'boolean', help: 'show what is there, erase nothing' },
    yes: { type: 'boolean', help: 'erase without asking, by the names given here alone' },
    'all-aliases': { type: 'boolean', help: 'with --yes: by every name that was found' },
  },
  run: async (context) => {
    const work = { ...context, client: context.connect({ retries: FOLLOW_RETRIES }) };
    const [verb, id, ...more] = context.args.positionals;
    if (verb === 'list' && id === undefined) return await list(work);
    if (verb !== 'show' && verb !== 'resume') return await run(work);
    if (id === undefined || more.length > 0)
      throw new UsageError(`Name one: annals erase ${verb} ID`);
    if (verb === 'show') return await show(work, id);
    return await toldEnd(work, await work.client.erasures.resume(id, { signal: context.signal }));
  },
};

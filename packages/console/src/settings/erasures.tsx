/**
 * Erasing a person from the tenant's log: what a dry run finds, what is confirmed of it, how far
 * the work is, and its certificate. Promises that nothing is erased that was not shown here first
 * and confirmed by typing the person's id.
 */
import type { Alias, Erasure, ErasureState } from '@annals/contract/erasures';
import { Facts } from '@annals/viewer/event/facts.tsx';
import { saveDownload } from '@annals/viewer/log/save-file';
import { State } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { Check, Radios, TextArea, TextField } from '@annals/viewer/look/field.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { number } from '@annals/viewer/words/format';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { CopyButton } from '../copy-button.tsx';
import { Answered, Confirm, Moment, PlainPage, Section, Table, useDoing } from '../parts.tsx';
import { Part, Remains } from './erasure-remains.tsx';
import { type Named, NamedFields } from './holds.tsx';

type Found = NonNullable<Erasure['found']>;
type Certified = NonNullable<Erasure['certificate']>;

const STATES: Readonly<Record<ErasureState, string>> = {
  searching: 'Looking',
  found: 'Waits to be confirmed',
  expired: 'Not confirmed within a day',
  running: 'Erasing',
  held: 'Stopped by a legal hold',
  completed: 'Erased',
  failed: 'Failed',
};
const isAtWork = ({ state }: Erasure): boolean => state === 'searching' || state === 'running';
/** How often work is looked at, in ms. */
const LOOK_MS = 1_000;

/** Which erasure the address names, and the way to another. */
function useErasurePlace() {
  const { project, tenant } = useParams({ from: '/signed-in/p/$project/$tenant' });
  const { id } = useSearch({ strict: false }) as { id?: string };
  const navigate = useNavigate();
  const linkOf = (next: string | undefined) => ({
    to: '/p/$project/$tenant/settings/$page' as const,
    params: { project, tenant, page: 'erasures' },
    search: (next === undefined ? {} : { id: next }) as Record<string, string>,
  });
  return { project, tenant, id, linkOf, open: (next: string) => void navigate(linkOf(next)) };
}

export function ErasuresPage() {
  const { id } = useErasurePlace();
  return (
    <PlainPage
      title="Erasures"
      intro={
        'When somebody asks to be forgotten, their values leave the log; the events stay, and ' +
        'every proof stays valid. A dry run shows what there is and erases nothing.'
      }
    >
      {id === undefined ? (
        <>
          <ErasureList />
          <NewErasure />
        </>
      ) : (
        <OneErasure key={id} id={id} />
      )}
    </PlainPage>
  );
}

const subjectText = ({ subject }: Erasure): string | undefined =>
  subject === null ? undefined : `${subject.type}:${subject.id}`;

const LINK = 'text-accent hover:underline';

function ErasureList() {
  const { client, locale } = useReader();
  const { project, tenant, linkOf } = useErasurePlace();
  const query = useQuery({
    queryKey: ['erasures', project, tenant],
    queryFn: ({ signal }) => client.erasures.list(tenant, { signal }),
    refetchInterval: ({ state }) => (state.data?.some(isAtWork) ? LOOK_MS : false),
  });
  return (
    <Answered query={query}>
      {(erasures) =>
        erasures.length === 0 ? (
          <State>Nobody was erased from the log of {tenant} yet.</State>
        ) : (
          <Table head={['Begun', 'State', 'Who', 'Legal basis', 'Events']}>
            {erasures.map((erasure) => (
              <tr key={erasure.erasure_id}>
                <td>
                  <Moment iso={erasure.created_at} />
                </td>
                <td>
                  <Link {...linkOf(erasure.erasure_id)} className={LINK}>
                    {STATES[erasure.state]}
                  </Link>
                </td>
                <td className="font-mono">
                  {subjectText(erasure) ?? <span className="text-ink-3">not kept</span>}
                </td>
                <td>{erasure.legal_basis}</td>
                <td>{erasure.certificate && number(erasure.certificate.counts.events, locale)}</td>
              </tr>
            ))}
          </Table>
        )
      }
    </Answered>
  );
}

/** One a line: what has an @ is an e-mail, everything else a name. */
const aliasesIn = (text: string): Alias[] =>
  text.split('\n').flatMap((line) => {
    const value = line.trim();
    return value === '' ? [] : [{ kind: value.includes('@') ? 'email' : 'name', value }];
  });

const KEPT_HELP = 'Kept for ever, so it must not name the person.';

function NewErasure() {
  const { client, words, catalog } = useReader();
  const { tenant, open } = useErasurePlace();
  const [named, setNamed] = useState<Named>({ type: 'user', id: '' });
  const [fields, setFields] = useState({ basis: '', reason: '', known: '', searches: true });
  const { run, note, isBusy } = useDoing();
  const persons = catalog.resource_types.filter(({ person }) => person);
  const types = [
    ...Object.entries(words.actorTypes),
    ...persons.map(({ type, label }) => [type, label] as const),
  ];
  const field = (name: 'basis' | 'reason' | 'known') => ({
    value: fields[name],
    onChange: ({ target }: { target: { value: string } }) =>
      setFields({ ...fields, [name]: target.value }),
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const reason = fields.reason.trim();
    const asked = {
      tenant_id: tenant,
      subject: { type: named.type.trim(), id: named.id.trim() },
      legal_basis: fields.basis.trim(),
      ...(reason === '' ? {} : { reason }),
      aliases: aliasesIn(fields.known),
      search_mentions: fields.searches,
    };
    await run(async () => open((await client.erasures.dryRun(asked)).erasure_id));
  };
  return (
    <Section title="Look for a person">
      <form onSubmit={submit} className="flex max-w-2xl flex-col gap-3">
        <NamedFields value={named} onChange={setNamed} types={types} />
        <TextField
          label="Legal basis"
          help={`As GDPR Art. 17(1)(b). ${KEPT_HELP}`}
          required
          {...field('basis')}
        />
        <TextField
          label="Reason (optional)"
          help={`As the number of a ticket. ${KEPT_HELP}`}
          {...field('reason')}
        />
        <TextArea
          label="E-mails and names you know of (optional)"
          help="One a line. The log is searched for more; each is confirmed before it counts."
          rows={3}
          {...field('known')}
        />
        <Check
          label="Search texts for mentions of the person"
          checked={fields.searches}
          onChange={({ target }) => setFields({ ...fields, searches: target.checked })}
        />
        {note}
        <Button type="submit" kind="primary" className="self-start" disabled={isBusy}>
          Start the dry run
        </Button>
      </form>
    </Section>
  );
}

function OneErasure({ id }: { id: string }) {
  const { client } = useReader();
  const { project, tenant, linkOf } = useErasurePlace();
  const query = useQuery({
    queryKey: ['erasures', project, tenant, id],
    queryFn: ({ signal }) => client.erasures.get(id, { signal }),
    refetchInterval: ({ state }) => (state.data && isAtWork(state.data) ? LOOK_MS : false),
  });
  return (
    <>
      <Link {...linkOf(undefined)} className={`${LINK} self-start`}>
        All erasures
      </Link>
      <Answered query={query}>
        {(erasure) => (
          <Section title={subjectText(erasure) ?? `Erasure ${erasure.erasure_id}`}>
            <p className="text-ink-2">
              <strong role="status">{STATES[erasure.state]}</strong> · begun{' '}
              <Moment iso={erasure.created_at} /> ·{' '}
              {[erasure.legal_basis, erasure.reason].filter(Boolean).join(' · ')}
            </p>
            <Stage erasure={erasure} />
          </Section>
        )}
      </Answered>
    </>
  );
}

function Stage({ erasure }: { erasure: Erasure }) {
  const { state, found, certificate, error } = erasure;
  if (isAtWork(erasure)) return <AtWork erasure={erasure} />;
  if (state === 'expired') return <p>It erased nothing. Start a new dry run.</p>;
  if (state === 'found' && found !== null) return <FoundPerson erasure={erasure} found={found} />;
  if (certificate !== null) return <Certificate erasure={erasure} certificate={certificate} />;
  return <Stopped erasureId={erasure.erasure_id} why={error} />;
}

function AtWork({ erasure: { state, done, total } }: { erasure: Erasure }) {
  const { locale } = useReader();
  return (
    <div className="flex max-w-md flex-col gap-1">
      <progress
        aria-label={STATES[state]}
        className="h-2 w-full accent-accent"
        {...(total > 0 ? { value: done, max: total } : {})}
      />
      <p>
        {total > 0 && `${number(done, locale)} of ${number(total, locale)} events read. `}
        It goes on without this page, and so does recording.
      </p>
    </div>
  );
}

function Stopped({ erasureId, why }: { erasureId: string; why: string | null }) {
  const { client } = useReader();
  const { run, note, isBusy } = useDoing();
  return (
    <>
      <p>{why} What was done stays done, and it goes on where it stopped.</p>
      {note}
      <div>
        <Button disabled={isBusy} onClick={() => void run(() => client.erasures.resume(erasureId))}>
          Resume
        </Button>
      </div>
    </>
  );
}

const PLACES = [
  ['actor', 'Who acted'],
  ['on_behalf_of', 'Whom somebody acted for'],
  ['target', 'Who was acted on'],
  ['context', 'Address, browser, place, session'],
  ['changes', 'Values of their own record'],
  ['mentions', 'Mentioned elsewhere'],
] as const;

function Counts({ counts }: { counts: Found['counts'] }) {
  const { locale } = useReader();
  const rows = PLACES.map(([place, label]) => ({ label, value: number(counts[place], locale) }));
  return <Facts rows={rows} />;
}

const filesText = (files: number, locale: string): string =>
  `${number(files, locale)} stored ${files === 1 ? 'export' : 'exports'}`;

const KINDS = { id: 'Id', email: 'E-mail', name: 'Name' } as const;

/** The server names them once it is done; before, this is sure. */
const COPIES = 'Files that were downloaded or sent, and backups made before, keep what they hold.';

function FoundPerson({ erasure, found }: { erasure: Erasure; found: Found }) {
  const { locale } = useReader();
  const [chosen, setChosen] = useState<readonly Alias[]>([]);
  const [mentions, setMentions] = useState<'list' | 'erase'>('list');
  const { counts, size, held, files } = found;
  return (
    <>
      <p>
        {number(counts.events, locale)} of {number(size, locale)} events hold something of this
        person, if every name below is theirs. One event may count in several lines. Until this is
        confirmed nothing is erased; after a day it is forgotten.
      </p>
      <Counts counts={counts} />
      {files > 0 && (
        <p>
          {filesText(files, locale)} of views with personal values may hold them, and are deleted:
          such a file can be made again.
        </p>
      )}
      <Aliases found={found} chosen={chosen} onChosen={setChosen} />
      <Remains remaining={{ ...found, copies: [COPIES] }}>
        {found.mentions.searched && (
          <Radios
            label="These values"
            name="mentions"
            value={mentions}
            onChange={(value) => setMentions(value === 'erase' ? 'erase' : 'list')}
            choices={[
              { value: 'list', label: 'Stay, and are listed in the certificate' },
              { value: 'erase', label: 'Are erased too, each as a whole' },
            ]}
          />
        )}
      </Remains>
      {held > 0 && (
        <p className="font-strong">
          A legal hold keeps {number(held, locale)} of these events. The erasure stops at them, and
          can be resumed once the hold is released.
        </p>
      )}
      <ConfirmErasure erasure={erasure} found={found} aliases={chosen} mentions={mentions} />
    </>
  );
}

function Aliases({
  found: { aliases },
  chosen,
  onChosen,
}: {
  found: Found;
  chosen: readonly Alias[];
  onChosen: (chosen: readonly Alias[]) => void;
}) {
  const { locale } = useReader();
  return (
    <Part title="Under these names too">
      <p className="text-ink-2">
        {aliases.length === 0
          ? 'No other name of theirs was found.'
          : 'Tick those that are theirs. What has no tick stays.'}
      </p>
      {aliases.map((alias) => {
        const { kind, type, value, events, of, matches } = alias;
        const whose = of === undefined ? '' : ` · of ${of}`;
        const others = chosen.filter((one) => one !== alias);
        const short = matches === 'values' ? ' · short: not looked for inside texts' : '';
        return (
          <Check
            key={`${kind} ${type} ${value}`}
            checked={chosen.includes(alias)}
            onChange={({ target }) => onChosen(target.checked ? [...others, alias] : others)}
            label={
              <>
                {KINDS[kind]}{' '}
                <span className="font-mono">{type === undefined ? value : `${type}:${value}`}</span>
                <span className="text-meta text-ink-3">
                  {` Events: ${number(events, locale)}${whose}${short}`}
                </span>
              </>
            }
          />
        );
      })}
    </Part>
  );
}

function ConfirmErasure({
  erasure: { tenant_id, subject },
  found: { token, counts, held, files, aliases: shown },
  aliases,
  mentions,
}: {
  erasure: Erasure;
  found: Found;
  aliases: readonly Alias[];
  mentions: 'list' | 'erase';
}) {
  const { client, locale } = useReader();
  if (subject === null) return null;
  const name = `${subject.type}:${subject.id}`;
  const isPart = aliases.length < shown.length || (mentions === 'list' && counts.mentions > 0);
  const events = `${isPart ? 'up to ' : ''}${number(counts.events, locale)}`;
  const erase = () =>
    client.erasures.confirm({
      ...{ tenant_id, subject, token, mentions },
      aliases: aliases.map(({ kind, type, value }) => ({
        ...{ kind, value },
        ...(type === undefined ? {} : { type }),
      })),
    });
  return (
    <div>
      <Confirm label="Erase" title={`Erase ${name}`} typed={subject.id} onConfirm={erase}>
        Erases the values of {name} in {events} events, by {aliases.length} of {shown.length} other
        names{files > 0 && ` and deletes ${filesText(files, locale)}`}, for good; proofs hold.
        Values elsewhere that mention them {mentions === 'erase' ? 'are erased too' : 'stay'}. Sent
        files and backups cannot be recalled
        {held > 0 && `; a legal hold keeps ${number(held, locale)} events`}.
      </Confirm>
    </div>
  );
}

function Certificate({ erasure, certificate }: { erasure: Erasure; certificate: Certified }) {
  const { locale } = useReader();
  const { counts, pseudonym, sequences, log, remaining } = certificate;
  const json = `${JSON.stringify(erasure, null, 2)}\n`;
  const save = () => {
    const file = { body: new Blob([json]).stream(), contentType: 'application/json' };
    void saveDownload(file, `erasure-${erasure.erasure_id}.json`, () => undefined);
  };
  return (
    <>
      <p>
        Erased at <Moment iso={certificate.completed_at} /> in {number(counts.events, locale)}{' '}
        events{sequences && `, sequence ${sequences.first} to ${sequences.last}`}. They still group,
        as <code className="font-mono">{pseudonym}</code>. The root of the log’s{' '}
        {number(log.size, locale)} events is what it was:{' '}
        <code className="font-mono">{log.root_after}</code>
      </p>
      <div className="flex gap-2">
        <CopyButton text={json} label="Copy the certificate" />
        <Button onClick={save}>Save as JSON</Button>
      </div>
      <Counts counts={counts} />
      <Remains remaining={remaining} />
    </>
  );
}

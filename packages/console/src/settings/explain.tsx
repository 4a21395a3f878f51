/**
 * Why a role sees an event, or does not: each view's rules in their order. Names what a view leaves
 * out, never shows it. The address keeps what was asked.
 */
import type { Explanation } from '@annals/contract/routes';
import { PlaceLink } from '@annals/viewer/event/facts.tsx';
import { State, Waiting } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { classes } from '@annals/viewer/look/classes';
import { Choose, TextField } from '@annals/viewer/look/field.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Check, X } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { Answered, PlainPage, Section, Table } from '../parts.tsx';
import { NoDefinition, textIn, useDefinedProject } from './roles.tsx';

const TENANT = '/signed-in/p/$project/$tenant' as const;

interface Question {
  readonly id: string;
  readonly role: string;
  readonly subject: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** Where links and calls name an event; tenants and keys may have such ids too. */
const NAMED = new RegExp(`(?:/events?/|[?&](?:event|id)=|"id"\\s*:\\s*")(${UUID})`, 'i');
const ANY = new RegExp(UUID, 'i');

/** The id of an event in a link, in a curl or alone. */
const eventIdIn = (text: string): string | undefined =>
  (NAMED.exec(text)?.[1] ?? ANY.exec(text)?.[0])?.toLowerCase();

/** What the address asks. */
function useQuestion(): Question {
  const { id = '', role = '', subject = '' } = useSearch({ strict: false }) as Partial<Question>;
  return { id: eventIdIn(id) ?? '', role, subject };
}

export function Explain() {
  const asked = useQuestion();
  const defined = useDefinedProject();
  return (
    <PlainPage
      title="Explain"
      intro={
        'Why a role sees an event, or does not: the rules in the order in which they are asked. ' +
        'The log records that you asked.'
      }
    >
      {defined.data?.definition === null ? (
        <NoDefinition />
      ) : (
        <>
          <Form asked={asked} />
          {asked.id !== '' && asked.role !== '' && <Answer asked={asked} />}
        </>
      )}
    </PlainPage>
  );
}

function Form({ asked: { id, role, subject } }: { asked: Question }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [typed, setTyped] = useState<Question>({ id, role, subject });
  const [problem, setProblem] = useState<string>();
  // A link, or the way back, asks another question.
  useEffect(() => setTyped({ id, role, subject }), [id, role, subject]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = eventIdIn(typed.id);
    setProblem(
      found === undefined ? 'There is no event id in it. Copy one from an event.' : undefined,
    );
    if (found === undefined) return;
    const next = { id: found, role: typed.role.trim(), subject: typed.subject.trim() };
    // An address that stays as it is asks nothing by itself.
    if (next.id === id && next.role === role && next.subject === subject) {
      void queries.invalidateQueries({ queryKey: ['explain'] });
    }
    void navigate({ to: '.', search: { ...next } });
  };
  return (
    <form onSubmit={submit} className="flex max-w-2xl flex-col gap-3">
      <TextField
        label="Event id"
        help="A link to the event or a curl will do: the id is taken out of it."
        className="font-mono"
        required
        autoComplete="off"
        spellCheck={false}
        problem={problem}
        value={typed.id}
        onChange={({ target }) =>
          setTyped({ ...typed, id: eventIdIn(target.value) ?? target.value })
        }
      />
      <RoleField value={typed.role} onChange={(next) => setTyped({ ...typed, role: next })} />
      <TextField
        label="Subject (optional)"
        help="Whose log, of views that are bound to one actor or record: TYPE:ID, as case:c-7."
        className="font-mono"
        autoComplete="off"
        spellCheck={false}
        value={typed.subject}
        onChange={({ target }) => setTyped({ ...typed, subject: target.value })}
      />
      <Button type="submit" kind="primary" className="self-start">
        Explain
      </Button>
    </form>
  );
}

/** A choice, for whoever may read the definition; else its machine name is written. */
function RoleField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { locale } = useReader();
  const { data, isPending } = useDefinedProject();
  if (isPending) return <Waiting lines={1} />;
  if (!data?.definition) {
    return (
      <TextField
        label="Role"
        help="Its name in the definition of the project."
        className="font-mono"
        required
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    );
  }
  const roles = Object.entries(data.definition.roles).map(([name, { label }]) => ({
    value: name,
    label: `${textIn(label, locale)} (${name})`,
  }));
  const isKnown = value === '' || roles.some((one) => one.value === value);
  return (
    <Choose
      label="Role"
      required
      value={value}
      choices={[
        { value: '', label: 'Choose a role' },
        ...roles,
        ...(isKnown ? [] : [{ value, label: `${value}, not in the definition` }]),
      ]}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

function Answer({ asked }: { asked: Question }) {
  const { client } = useReader();
  const { project, tenant } = useParams({ from: TENANT });
  const { id, role, subject } = asked;
  const query = useQuery({
    queryKey: ['explain', project, tenant, id, role, subject],
    queryFn: ({ signal }) => {
      const about = { tenant_id: tenant, role, ...(subject === '' ? {} : { subject }) };
      return client.events.explain(id, about, { signal });
    },
    // Each asking is recorded.
    refetchOnReconnect: false,
  });
  return <Answered query={query}>{(found) => <Verdict explanation={found} />}</Answered>;
}

function Verdict({ explanation }: { explanation: Explanation }) {
  const { id, tenant_id: tenant, role, recorded, visible, views } = explanation;
  if (!recorded) {
    return (
      <State>
        The log of {tenant} has no event {id}. Look whether it is another tenant’s.
      </State>
    );
  }
  return (
    <>
      <p className="text-sentence" role="status">
        The role “{role}” <strong>{visible ? 'sees' : 'does not see'}</strong> the event{' '}
        <PlaceLink place={{ kind: 'event', id }}>{id}</PlaceLink>
        {views.length === 0 ? ': it has no view.' : '.'}
      </p>
      {views.map((view) => (
        <ViewRules key={view.view} seen={view} />
      ))}
    </>
  );
}

type Seen = Explanation['views'][number];

function ViewRules({ seen: { view, visible, rules, hidden } }: { seen: Seen }) {
  const { data } = useDefinedProject();
  const { locale } = useReader();
  const label = data?.definition?.views[view]?.label;
  const name = label === undefined ? view : `${textIn(label, locale)} (${view})`;
  const hiding = rules.filter(({ passes }) => !passes).map(({ rule }) => rule);
  return (
    <Section title={`${name}: ${visible ? 'shown' : `hidden by ${hiding.join(', ')}`}`}>
      {rules.length === 0 && <p className="text-ink-2">No rule limits this view.</p>}
      {rules.length > 0 && (
        <Table head={['', 'Rule', 'What it says']}>
          {rules.map(({ rule, passes, detail }) => (
            <tr key={rule} className={classes(!passes && 'bg-failure-tint font-strong')}>
              <td className="w-28 pl-1 whitespace-nowrap">
                <Passing passes={passes} />
              </td>
              <td className="font-mono">{rule}</td>
              <td>{detail}</td>
            </tr>
          ))}
        </Table>
      )}
      {hidden.length > 0 && (
        <p>
          Left out:{' '}
          {hidden.map((path, index) => (
            <span key={path}>
              {index > 0 && ', '}
              <code className="font-mono">{path}</code>
            </span>
          ))}
        </p>
      )}
    </Section>
  );
}

function Passing({ passes }: { passes: boolean }) {
  const Icon = passes ? Check : X;
  return (
    <span
      className={classes(
        'inline-flex items-center gap-1',
        passes ? 'text-ink-2' : 'font-strong text-failure',
      )}
    >
      <Icon className="icon" aria-hidden="true" />
      {passes ? 'Passes' : 'Hides it'}
    </span>
  );
}

/**
 * People: who signs in here, what they may do where, and the links by which they come in. Promises:
 * a link is shown once, on the page; nobody is offered to give roles that they do not have.
 */
import { PEOPLE_LIMITS } from '@annals/contract/people';
import type { Membership, NewMembership, OneTimeLink, Person } from '@annals/contract/routes';
import type { People as Calls, PeopleOptions } from '@annals/sdk';
import { State, Waiting } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { Choose, Radios, TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { shortMoment } from '@annals/viewer/words/format';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Answered, Confirm, Moment, PlainPage, Table, useDoing } from '../parts.tsx';
import { client as everywhere, useMe } from '../session.tsx';
import {
  FormEnd,
  KeptInSight,
  RolesField,
  roleLabel,
  usePlace,
  useRoles,
  useSeats,
} from './keys.tsx';

/** People of one request. */
const PAGE = 100;

/** Whose people, and so which of their memberships are shown and changed. */
const REACHES = ['tenant', 'project', 'instance'] as const;
type Reach = (typeof REACHES)[number];

interface Circle {
  readonly reach: Reach;
  readonly people: Calls;
  readonly options: PeopleOptions;
}

function useCircle(reach: Reach): Circle {
  const { client, tenantId } = useReader();
  // Owners are of no project, so their calls must not name one.
  if (reach === 'instance') return { reach, people: everywhere.people, options: {} };
  const options = reach === 'tenant' ? { tenant_id: tenantId } : {};
  return { reach, people: client.people, options };
}

/** What a dialog is open for. */
type Asked = 'invite' | Person;

interface Handed {
  readonly label: string;
  readonly link: OneTimeLink;
}

export function People() {
  const [reach, setReach] = useState<Reach>(useSeats().isWide('people') ? 'project' : 'tenant');
  const [asked, setAsked] = useState<Asked>();
  const [handed, setHanded] = useState<Handed>();
  const reader = useReader();
  const circle = useCircle(reach);
  const close = () => setAsked(undefined);
  const hand = (link: Handed) => {
    setHanded(link);
    close();
  };
  return (
    <PlainPage
      title="People"
      intro="They sign in here. Users of your own product need no account: they read by sessions."
      action={
        <Button kind="primary" onClick={() => setAsked('invite')}>
          Invite somebody
        </Button>
      }
    >
      {handed && (
        <KeptInSight
          key={handed.link.token}
          label={handed.label}
          value={`${location.origin}${handed.link.path}`}
          help={
            'No mail is sent: hand the link on yourself. It is shown this once and works once, ' +
            `until ${shortMoment(Date.parse(handed.link.expires_at), reader)}.`
          }
          onDone={() => setHanded(undefined)}
        />
      )}
      <ReachChoice value={reach} onChange={setReach} />
      <PeopleList circle={circle} onAsk={setAsked} onLink={hand} />
      <Dialog
        title={
          asked === undefined || asked === 'invite'
            ? 'Invite somebody'
            : `Roles of ${asked.name ?? asked.email}`
        }
        closeLabel="Close"
        className="w-[560px]"
        open={asked !== undefined}
        onOpenChange={(isOpen) => !isOpen && close()}
      >
        {asked === 'invite' && <InviteForm onCancel={close} onInvited={hand} />}
        {asked !== undefined && asked !== 'invite' && (
          <RolesForm person={asked} circle={circle} onDone={close} />
        )}
      </Dialog>
    </PlainPage>
  );
}

/** How far the asker may look, or invite, in these words. */
function useReaches(words: Readonly<Record<Reach, string>>) {
  const { isOwner, isWide } = useSeats();
  const isTheirs = { tenant: true, project: isWide('people'), instance: isOwner };
  return REACHES.filter((reach) => isTheirs[reach]).map((value) => ({
    value,
    label: words[value],
  }));
}

function ReachChoice({ value, onChange }: { value: Reach; onChange: (reach: Reach) => void }) {
  const { tenantId, catalog } = useReader();
  const choices = useReaches({
    tenant: `with roles at ${tenantId} itself`,
    project: `of ${catalog.label}, with all its tenants`,
    instance: 'of the whole instance, with owners',
  });
  if (choices.length === 1) return null;
  return (
    <div className="max-w-80">
      <Choose
        label="Show people"
        value={value}
        choices={choices}
        onChange={({ target }) => onChange(target.value as Reach)}
      />
    </div>
  );
}

interface ListProps {
  readonly circle: Circle;
  readonly onAsk: (asked: Asked) => void;
  readonly onLink: (handed: Handed) => void;
}

function PeopleList(props: ListProps) {
  const { words } = useReader();
  const { project, tenant } = usePlace();
  const { people, options, reach } = props.circle;
  const query = useInfiniteQuery({
    queryKey: ['people', project, tenant, reach],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: after, signal }) => {
      const from = after === undefined ? {} : { after };
      const { tenant_id } = options;
      const at = tenant_id === undefined ? {} : { tenant_id };
      return people.list({ limit: PAGE, ...at, ...from }, { signal });
    },
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.email),
  });
  return (
    <Answered query={query}>
      {({ pages }) => {
        const shown = pages.flat();
        if (shown.length === 0) return <State>Nobody has a role here. Invite somebody.</State>;
        return (
          <>
            <Table head={['Person', 'May', 'Two-factor', 'Last seen', '']}>
              {shown.map((person) => (
                <PersonRow key={person.person_id} person={person} {...props} />
              ))}
            </Table>
            {query.hasNextPage && (
              <Button className="self-start" onClick={() => void query.fetchNextPage()}>
                {words.more}
              </Button>
            )}
          </>
        );
      }}
    </Answered>
  );
}

interface PersonProps extends ListProps {
  readonly person: Person;
}

function PersonRow(props: PersonProps) {
  const { person } = props;
  const { project } = usePlace();
  const { options } = useRoles();
  const { name, email, memberships, two_factor: hasCodes, last_seen_at: seen } = person;
  const known = (one: Membership) => (one.project === project ? options : undefined);
  return (
    <tr>
      <td>
        {name ?? <span className="text-ink-3">Invited</span>}
        <span className="block text-meta text-ink-3">{email}</span>
      </td>
      <td>
        {memberships.map((one) => (
          <span key={placeKey(one)} className="block">
            {placeWords(one, project)}
            {one.roles.length > 0 && ': '}
            {one.roles.map((role) => roleLabel(known(one), role)).join(', ')}
            {!one.accepted && <span className="text-ink-3"> (not accepted yet)</span>}
          </span>
        ))}
      </td>
      <td>{hasCodes === null ? '—' : hasCodes ? 'On' : 'Off'}</td>
      <td>
        <Moment iso={seen} />
      </td>
      <td>
        <PersonActions {...props} />
      </td>
    </tr>
  );
}

const placeKey = ({ project, tenant_id }: Membership): string =>
  JSON.stringify([project, tenant_id]);

/** Where a membership counts; the project is named where it is another one. */
function placeWords({ owner, project, tenant_id }: Membership, here: string): string {
  if (owner) return 'Owner of the instance';
  const where = tenant_id ?? 'Every tenant';
  return project === here ? where : `${where} of ${project}`;
}

const asNew = ({ owner, project, tenant_id, roles }: Membership): NewMembership => {
  if (owner) return { owner };
  return {
    ...(project === null ? {} : { project }),
    ...(tenant_id === null ? {} : { tenant_id }),
    roles: [...roles],
  };
};

function PersonActions({ person, circle, onAsk, onLink }: PersonProps) {
  const { person_id: id, name, email, memberships } = person;
  const { people, options } = circle;
  const isIn = memberships.some(({ accepted }) => accepted);
  const waiting = memberships.filter(({ accepted }) => !accepted);
  const renew = async () => {
    const { link } = await people.invite({ email, memberships: waiting.map(asNew) }, options);
    onLink({ label: `Invitation of ${email}`, link });
  };
  const reset = async () => {
    const link = await people.reset(id, options);
    onLink({ label: `New password of ${email}`, link });
  };
  return (
    <div className="flex flex-wrap justify-end gap-1">
      <Button onClick={() => onAsk(person)}>Change roles</Button>
      {isIn && (
        <Confirm
          label="End sessions"
          title={`Where ${name ?? email} is signed in`}
          onConfirm={() => people.endSessions(id, options)}
        >
          <PersonSessions person={person} circle={circle} />
        </Confirm>
      )}
      {isIn && (
        <Confirm
          label="Reset password"
          title={`Reset the password of ${name ?? email}`}
          kind="plain"
          onConfirm={reset}
        >
          Makes a link with which {email} sets a new password, for 24 hours. Once it is used,
          sessions, one-time codes and linked accounts of before are gone. No mail is sent.
        </Confirm>
      )}
      {waiting.length > 0 && (
        <Confirm label="New link" title={`Invite ${email} again`} kind="plain" onConfirm={renew}>
          Makes another link for what is not accepted yet. It is good for 7 days. No mail is sent.
        </Confirm>
      )}
      <TakeAway person={person} circle={circle} />
    </div>
  );
}

function TakeAway({ person, circle }: Pick<PersonProps, 'person' | 'circle'>) {
  const { tenantId, catalog } = useReader();
  const isMe = useMe().id === person.person_id;
  const { person_id: id, name, email } = person;
  const what: Readonly<Record<Reach, string>> = {
    tenant: `every role at ${tenantId} itself`,
    project: `every role in ${catalog.label}, at all its tenants`,
    instance: 'every role everywhere',
  };
  return (
    <Confirm
      label="Take away"
      title={`Take roles of ${name ?? email} away`}
      onConfirm={() => circle.people.remove(id, circle.options)}
    >
      {isMe && <strong className="font-strong">This is you. </strong>}
      Takes {what[circle.reach]} away, at once. Who then has none left anywhere is gone, with all
      sessions; what they did stays in the log.
    </Confirm>
  );
}

const LACKS_ROLE = 'Choose a role, or take the place away.';

function RolesForm({
  person,
  circle,
  onDone,
}: Pick<PersonProps, 'person' | 'circle'> & { onDone: () => void }) {
  const { project } = usePlace();
  const { options, isLoading } = useRoles();
  const { mayGive } = useSeats();
  const [held, setHeld] = useState<readonly Membership[]>(person.memberships);
  const [isAsked, setAsked] = useState(false);
  const { run, note, isBusy } = useDoing();
  const isBare = ({ owner, roles }: Membership) => !owner && roles.length === 0;
  const change = (from: Membership, ...to: Membership[]) =>
    setHeld(held.flatMap((one) => (one === from ? to : [one])));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (held.length === 0 || held.some(isBare)) return;
    const given = held.map(asNew);
    if (await run(() => circle.people.put(person.person_id, given, circle.options))) onDone();
  };
  if (isLoading) return <Waiting lines={4} />;
  if (person.memberships.length > PEOPLE_LIMITS.membershipsAtOnce) {
    return <p>These are too many places to change at once. Choose the people of a tenant first.</p>;
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {held.map((one) => (
        <div key={placeKey(one)} className="flex items-start gap-2 border-b border-line pb-3">
          <div className="grow">
            {one.owner ? (
              <p>{placeWords(one, project)}: everything, without roles.</p>
            ) : (
              <RolesField
                label={placeWords(one, project)}
                value={one.roles}
                onChange={(roles) => change(one, { ...one, roles: [...roles] })}
                options={one.project === project ? options : undefined}
                mayGive={mayGive}
                problem={isAsked && isBare(one) ? LACKS_ROLE : undefined}
              />
            )}
          </div>
          <Button onClick={() => change(one)}>Take away</Button>
        </div>
      ))}
      <MorePlaces circle={circle} held={held} onAdd={(one) => setHeld([...held, one])} />
      {isAsked && held.length === 0 && (
        <p role="alert" className="text-failure">
          Keep a place, or take the person away on the page.
        </p>
      )}
      {note}
      <FormEnd label="Save" isBusy={isBusy} onCancel={onDone} />
    </form>
  );
}

/** Places that the person does not have yet, as far as the circle reaches. */
function MorePlaces({
  circle,
  held,
  onAdd,
}: {
  circle: Circle;
  held: readonly Membership[];
  onAdd: (membership: Membership) => void;
}) {
  const { project, tenant } = usePlace();
  const fresh = { owner: false, roles: [], accepted: true };
  const places: readonly Membership[] = [
    { ...fresh, project, tenant_id: tenant },
    { ...fresh, project, tenant_id: null },
    { ...fresh, project: null, tenant_id: null, owner: true },
  ].slice(0, REACHES.indexOf(circle.reach) + 1);
  const more = places.filter((one) => !held.some((other) => placeKey(other) === placeKey(one)));
  if (more.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {more.map((one) => (
        <Button key={placeKey(one)} onClick={() => onAdd(one)}>
          Add: {placeWords(one, project)}
        </Button>
      ))}
    </div>
  );
}

function InviteForm({
  onInvited,
  onCancel,
}: {
  onInvited: (handed: Handed) => void;
  onCancel: () => void;
}) {
  const { tenantId, catalog } = useReader();
  const { mayGive } = useSeats();
  const reaches = useReaches({
    tenant: `this tenant only, ${tenantId}`,
    project: `every tenant of ${catalog.label}`,
    instance: 'the whole instance, as an owner',
  });
  const { options, isLoading } = useRoles();
  const [email, setEmail] = useState('');
  const [reach, setReach] = useState<Reach>('tenant');
  const [roles, setRoles] = useState<readonly string[]>([]);
  const [isAsked, setAsked] = useState(false);
  const { run, note, isBusy } = useDoing();
  const { people, options: place } = useCircle(reach);
  const isBare = reach !== 'instance' && roles.length === 0;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (isBare) return;
    const membership = reach === 'instance' ? { owner: true } : { roles: [...roles] };
    await run(async () => {
      const { link } = await people.invite({ email, memberships: [membership] }, place);
      onInvited({ label: `Invitation of ${email}`, link });
    });
  };
  if (isLoading) return <Waiting lines={4} />;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="E-mail"
        type="email"
        autoComplete="off"
        required
        value={email}
        onChange={({ target }) => setEmail(target.value)}
      />
      <Radios
        label="For"
        name="invite-reach"
        value={reach}
        onChange={(value) => setReach(value as Reach)}
        choices={reaches}
      />
      {reach !== 'instance' && (
        <RolesField
          value={roles}
          onChange={setRoles}
          options={options}
          mayGive={mayGive}
          problem={isAsked && isBare ? 'Choose at least one role.' : undefined}
        />
      )}
      <p className="text-meta text-ink-2">
        No mail is sent: you get a link, good for 7 days, to hand on yourself.
      </p>
      {note}
      <FormEnd label="Invite" isBusy={isBusy} onCancel={onCancel} />
    </form>
  );
}

function PersonSessions({ person, circle }: Pick<PersonProps, 'person' | 'circle'>) {
  const { project, tenant } = usePlace();
  const { person_id: id } = person;
  const query = useQuery({
    queryKey: ['people', project, tenant, circle.reach, 'sessions', id],
    queryFn: ({ signal }) => circle.people.sessions(id, { ...circle.options, signal }),
  });
  return (
    <Answered query={query}>
      {(sessions) => (
        <>
          <ul className="mb-3 divide-y divide-line">
            {sessions.map(({ session_id, user_agent: agent, ip, last_seen_at, current }) => (
              <li key={session_id} className="py-1.5">
                {agent ?? 'Unknown browser'}
                <span className="block text-meta text-ink-3">
                  {current && 'This session. '}Last seen <Moment iso={last_seen_at} />
                  {ip !== null && ` · ${ip}`}
                </span>
              </li>
            ))}
            {sessions.length === 0 && <li>Nowhere.</li>}
          </ul>
          <p>Ended, all of them must be signed in anew, and open streams end.</p>
        </>
      )}
    </Answered>
  );
}

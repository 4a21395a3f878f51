/**
 * How users of the host product read: sessions that its server asks for, and its public keys, with
 * which it signs tokens itself. Never makes a session, and never takes a private key.
 */
import { TOKEN_ALGORITHMS, type ViewerKey, type ViewerSession } from '@annals/contract/sessions';
import type { NewViewerKey } from '@annals/sdk';
import { State, Waiting } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { Choose, Radios, TextArea, TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { shortMoment } from '@annals/viewer/words/format';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Answered, Confirm, Moment, PlainPage, Section, Table, useDoing } from '../parts.tsx';
import { FormEnd, RolesField, roleLabel, usePlace, useRoles, useSeats } from './keys.tsx';

/** What the server lists of sessions at most, the newest first. */
const LISTED = 100;

export function Sessions() {
  const { tenantId } = useReader();
  const { isWide } = useSeats();
  return (
    <PlainPage
      title="Sessions"
      intro={
        'Users of your own product read the log in its pages, without an account here: your ' +
        'server says who they are and which roles they have.'
      }
    >
      <Section title={`Sessions at ${tenantId}`}>
        <p className="text-ink-2">
          Your server asks for a session when one of your users opens the page; ended, it shows that
          user nothing more.
        </p>
        <SessionList />
      </Section>
      {isWide('sessions') && <PublicKeys />}
    </PlainPage>
  );
}

function SessionList() {
  const { client, tenantId } = useReader();
  const { project } = usePlace();
  const query = useQuery({
    queryKey: ['sessions', project, tenantId, 'viewers'],
    queryFn: ({ signal }) => client.viewerSessions.list(tenantId, { signal }),
  });
  return (
    <Answered query={query}>
      {(sessions) =>
        sessions.length === 0 ? (
          <State>None lasts, and none has ended within a day.</State>
        ) : (
          <>
            <Table head={['Reader', 'Roles', 'Sees', 'Began', 'Ends', '']}>
              {sessions.map((session) => (
                <SessionRow key={session.session_id} session={session} />
              ))}
            </Table>
            {sessions.length >= LISTED && (
              <p className="text-meta text-ink-3">The newest {LISTED} are listed.</p>
            )}
          </>
        )
      }
    </Answered>
  );
}

function SessionRow({ session }: { session: ViewerSession }) {
  const { client } = useReader();
  const { options } = useRoles();
  const { session_id: id, viewer, roles, subject, revoked_at: revoked, expires_at: end } = session;
  const isOver = revoked !== null || Date.parse(end) <= Date.now();
  const who = viewer.name ?? viewer.email ?? viewer.id;
  const more = [viewer.email, viewer.id].filter((text) => text !== undefined && text !== who);
  return (
    <tr className={isOver ? 'text-ink-3' : ''}>
      <td>
        {who}
        <span className="block text-meta text-ink-3">{more.join(' · ')}</span>
      </td>
      <td>{roles.map((role) => roleLabel(options, role)).join(', ')}</td>
      <td>{subject === null ? 'What the roles show' : `The log of ${subject} alone`}</td>
      <td>
        <Moment iso={session.created_at} />
      </td>
      <td>
        {isOver && 'Ended '}
        <Moment iso={revoked ?? end} />
      </td>
      <td>
        {!isOver && (
          <Confirm
            label="End"
            title={`End the session of ${who}`}
            onConfirm={() => client.viewerSessions.revoke(id)}
          >
            {who} sees nothing more by it, at once here and on every server within 5 seconds. Your
            product may ask for another one.
          </Confirm>
        )}
      </td>
    </tr>
  );
}

function PublicKeys() {
  const { client, tenantId } = useReader();
  const { project } = usePlace();
  const [isOpen, setOpen] = useState(false);
  const [denied, setDenied] = useState<string>();
  const query = useQuery({
    queryKey: ['sessions', project, tenantId, 'keys'],
    queryFn: ({ signal }) => client.viewerKeys.list({ signal }),
  });
  return (
    <Section title="Your public keys">
      <div className="flex flex-wrap items-start gap-2">
        <p className="mr-auto max-w-160 text-ink-2">
          With a public key of yours registered here, your server signs tokens itself, and your
          users read by them without a session being asked for.
        </p>
        <Button onClick={() => setOpen(true)}>Register a key</Button>
      </div>
      {denied !== undefined && <p role="status">{denied}</p>}
      <Answered query={query}>
        {(keys) =>
          keys.length === 0 ? (
            <State>No key is registered: tokens that your server signs are refused.</State>
          ) : (
            <Table head={['Key', 'Its tokens say', 'Roles', 'Tenants', 'Registered', '']}>
              {keys.map((key) => (
                <KeyRow key={key.viewer_key_id} viewerKey={key} onDenied={setDenied} />
              ))}
            </Table>
          )
        }
      </Answered>
      <Dialog
        title="Register a public key"
        closeLabel="Close"
        className="w-[560px]"
        open={isOpen}
        onOpenChange={setOpen}
      >
        <RegisterForm onDone={() => setOpen(false)} />
      </Dialog>
    </Section>
  );
}

function KeyRow({
  viewerKey: key,
  onDenied,
}: {
  viewerKey: ViewerKey;
  onDenied: (words: string) => void;
}) {
  const { options } = useRoles();
  const says = [
    ['alg', key.algorithm],
    ['kid', key.viewer_key_id],
    ['iss', key.issuer],
    ['aud', key.audience],
  ] as const;
  return (
    <tr className={key.retired_at === null ? '' : 'text-ink-3'}>
      <td>{key.label}</td>
      <td>
        <dl className="grid grid-cols-[auto_1fr] gap-x-2 font-mono text-meta">
          {says.map(([claim, value]) => (
            <div key={claim} className="contents">
              <dt className="text-ink-3">{claim}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </td>
      <td>{key.roles.map((role) => roleLabel(options, role)).join(', ')}</td>
      <td>{key.tenants === null ? 'Every tenant' : key.tenants.join(', ')}</td>
      <td>
        <Moment iso={key.created_at} />
      </td>
      <td>
        {key.retired_at === null ? (
          <KeyActions viewerKey={key} onDenied={onDenied} />
        ) : (
          <>
            Retired <Moment iso={key.retired_at} />
          </>
        )}
      </td>
    </tr>
  );
}

function KeyActions({
  viewerKey: { viewer_key_id: id, label },
  onDenied,
}: {
  viewerKey: ViewerKey;
  onDenied: (words: string) => void;
}) {
  const reader = useReader();
  const { viewerKeys } = reader.client;
  const [jti, setJti] = useState('');
  const deny = async () => {
    const { denied_until: until } = await viewerKeys.deny(id, jti.trim());
    const end = shortMoment(Date.parse(until), reader);
    onDenied(`The token ${jti.trim()} is refused, until ${end}; by then it has expired.`);
    setJti('');
  };
  return (
    <div className="flex flex-wrap justify-end gap-1">
      <Confirm label="Deny a token" title={`Deny a token of "${label}"`} onConfirm={deny}>
        <p className="mb-3">Ends one token that your server signed; all others still count.</p>
        <TextField
          label="The token’s jti"
          help="The id that your server gave to this token, a claim in it."
          className="font-mono"
          autoComplete="off"
          required
          maxLength={128}
          value={jti}
          onChange={({ target }) => setJti(target.value)}
        />
      </Confirm>
      <Confirm
        label="Retire"
        title={`Retire the key "${label}"`}
        onConfirm={() => viewerKeys.retire(id)}
      >
        No token signed with it is taken any more, and there is no way back. To change keys,
        register the new one, sign with it, and retire this one an hour later.
      </Confirm>
    </div>
  );
}

/** What is wrong with a text that should be a public key; said before it leaves the browser. */
function pemProblem(pem: string): string | undefined {
  if (pem.includes('PRIVATE KEY')) {
    return 'This is a private key, and was not sent. Keep it, and paste the public one.';
  }
  if (pem.includes('-----BEGIN PUBLIC KEY-----')) return undefined;
  return 'Paste all of the PEM file: it begins with -----BEGIN PUBLIC KEY-----';
}

interface Draft {
  readonly label: string;
  readonly issuer: string;
  readonly algorithm: string;
  readonly pem: string;
  readonly roles: readonly string[];
  readonly reach: string;
  /** One a line. */
  readonly tenants: string;
}

/** A tenant's id may hold any character but those that end a line. */
const linesIn = (text: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

/** What is wrong with it, by field. */
function problemsOf({ pem, roles, reach, tenants }: Draft) {
  return {
    pem: pemProblem(pem),
    roles: roles.length === 0 ? 'Choose at least one role.' : undefined,
    tenants: reach === 'some' && linesIn(tenants).length === 0 ? 'Name a tenant.' : undefined,
  };
}

const newKeyOf = ({ label, issuer, algorithm, pem, roles, reach, tenants }: Draft) =>
  ({
    label: label.trim(),
    issuer: issuer.trim(),
    algorithm: TOKEN_ALGORITHMS.find((one) => one === algorithm) ?? 'EdDSA',
    public_key: pem.trim(),
    roles: [...roles],
    ...(reach === 'some' ? { tenants: linesIn(tenants) } : {}),
  }) satisfies NewViewerKey;

const KEY_KINDS: Readonly<Record<string, string>> = {
  EdDSA: 'EdDSA, with an Ed25519 key',
  ES256: 'ES256, with a P-256 key',
  RS256: 'RS256, with an RSA key of 2,048 bits or more',
};

function RegisterForm({ onDone }: { onDone: () => void }) {
  const { client, tenantId } = useReader();
  const [draft, setDraft] = useState<Draft>({
    ...{ label: '', issuer: '', algorithm: 'EdDSA', pem: '' },
    ...{ roles: [], reach: 'all', tenants: tenantId },
  });
  const [isAsked, setAsked] = useState(false);
  const { run, note, isBusy } = useDoing();
  const found = problemsOf(draft);
  const change = (fields: Partial<Draft>) => setDraft({ ...draft, ...fields });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (Object.values(found).some((problem) => problem !== undefined)) return;
    if (await run(() => client.viewerKeys.create(newKeyOf(draft)))) onDone();
  };
  const problems = isAsked ? found : undefined;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Label"
        required
        maxLength={512}
        value={draft.label}
        onChange={({ target }) => change({ label: target.value })}
      />
      <TextField
        label="Issuer"
        help="What its tokens say as iss, for example https://shop.example."
        required
        maxLength={256}
        value={draft.issuer}
        onChange={({ target }) => change({ issuer: target.value })}
      />
      <Choose
        label="Algorithm"
        value={draft.algorithm}
        choices={TOKEN_ALGORITHMS.map((value) => ({ value, label: KEY_KINDS[value] ?? value }))}
        onChange={({ target }) => change({ algorithm: target.value })}
      />
      <TextArea
        label="Public key, as PEM"
        help="openssl pkey -in private.pem -pubout"
        problem={problems?.pem}
        rows={5}
        spellCheck={false}
        required
        value={draft.pem}
        onChange={({ target }) => change({ pem: target.value })}
      />
      <Limits draft={draft} onChange={change} problems={problems} />
      {note}
      <FormEnd label="Register" isBusy={isBusy} onCancel={onDone} />
    </form>
  );
}

/** What tokens of the key may say at most. */
function Limits({
  draft,
  onChange,
  problems,
}: {
  draft: Draft;
  onChange: (fields: Partial<Draft>) => void;
  problems: ReturnType<typeof problemsOf> | undefined;
}) {
  const { catalog } = useReader();
  const { options, isLoading } = useRoles();
  if (isLoading) return <Waiting lines={3} />;
  const forViewers = options?.filter(({ isForViewers }) => isForViewers);
  return (
    <>
      {options && options.length > 0 && forViewers?.length === 0 ? (
        <p className="text-failure">
          No role of the project has viewer: true, so none can be given to your users. Mark one in
          the definition first.
        </p>
      ) : (
        <RolesField
          label="Roles that its tokens may give"
          value={draft.roles}
          onChange={(roles) => onChange({ roles })}
          options={forViewers}
          mayGive={() => true}
          problem={problems?.roles}
        />
      )}
      <Radios
        label="Tenants that they may name"
        name="viewer-key-reach"
        value={draft.reach}
        onChange={(reach) => onChange({ reach })}
        choices={[
          { value: 'all', label: `every tenant of ${catalog.label}` },
          { value: 'some', label: 'only these' },
        ]}
      />
      {draft.reach === 'some' && (
        <TextArea
          label="Tenants"
          help="Their ids, one a line."
          problem={problems?.tenants}
          value={draft.tenants}
          onChange={({ target }) => onChange({ tenants: target.value })}
        />
      )}
    </>
  );
}

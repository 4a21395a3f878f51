/**
 * API keys: which programs may do what, for whom and until when; making and revoking them. Owns
 * how roles are chosen on pages of settings. Promises: a secret is shown once and kept nowhere.
 */
import { textIn } from '@annals/contract/compile';
import { type Manage, SCOPES, type Scope } from '@annals/contract/route';
import type { Key } from '@annals/contract/routes';
import type { CreatedKey, NewKey } from '@annals/sdk';
import { dayIn, shiftDay, startOfDay } from '@annals/viewer/find/zone';
import { State } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { Check, Radios, TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { zoneLabel } from '@annals/viewer/words/format';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { managesAt } from '../menu.ts';
import { Answered, Confirm, Moment, PlainPage, ShownOnce, Table, useDoing } from '../parts.tsx';
import { useMe } from '../session.tsx';

/** Where the page is: project and tenant of its address. */
export const usePlace = () => useParams({ from: '/signed-in/p/$project/$tenant' });

/** What the asker's seats at this tenant come to. */
export function useSeats() {
  const place = usePlace();
  const seats = useMe().seats.filter(
    ({ project, tenant_id }) =>
      (project === null || project === place.project) &&
      (tenant_id === null || tenant_id === place.tenant),
  );
  const isOwner = seats.some(({ owner }) => owner);
  const own = new Set(seats.flatMap(({ roles }) => roles));
  return {
    isOwner,
    /** Whether they administer it for every tenant of the project. */
    isWide: (right: Manage): boolean =>
      seats.some(
        ({ tenant_id, scopes, manage }) =>
          tenant_id === null && (scopes.includes('manage') || manage.includes(right)),
      ),
    /** Nobody gives roles to others that they do not have. */
    mayGive: (role: string): boolean => isOwner || own.has(role),
  };
}

/** Of the project. Null: it has none; undefined: not known yet, or not for the asker to see. */
export function useDefinition() {
  const { client } = useReader();
  const place = usePlace();
  const { data, isLoading } = useQuery({
    queryKey: ['project', place.project],
    enabled: managesAt(useMe(), place)('project'),
    queryFn: ({ signal }) => client.projects.get(place.project, { signal }),
  });
  return { definition: data?.definition, isLoading };
}

export interface RoleOption {
  readonly role: string;
  readonly label: string;
  /** Whether the product may give it to its own users. */
  readonly isForViewers: boolean;
}

/** Roles of the project; without options the asker may not see which there are. */
export function useRoles() {
  const { locale } = useReader();
  const { definition, isLoading } = useDefinition();
  if (definition === undefined) return { options: undefined, isLoading };
  const own = { locale: definition?.locales?.[0] ?? locale };
  const options = Object.entries(definition?.roles ?? {}).map(
    ([role, { label, viewer }]): RoleOption => ({
      role,
      label: textIn(label, locale, own),
      isForViewers: viewer === true,
    }),
  );
  return { options, isLoading };
}

export const roleLabel = (options: readonly RoleOption[] | undefined, role: string): string =>
  options?.find((one) => one.role === role)?.label ?? role;

/** What stands between commas, each once. */
export const namesIn = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
];

interface RolesFieldProps {
  readonly label?: string;
  readonly value: readonly string[];
  readonly onChange: (roles: readonly string[]) => void;
  /** Undefined: they are named by hand. */
  readonly options: readonly RoleOption[] | undefined;
  readonly mayGive: (role: string) => boolean;
  readonly problem?: string | undefined;
}

export function RolesField({ label = 'Roles', options, problem, ...about }: RolesFieldProps) {
  const { value, onChange, mayGive } = about;
  // What somebody had before may be put back.
  const [had] = useState(value);
  if (options === undefined) return <NamedRoles label={label} problem={problem} {...about} />;
  const gone = [...new Set([...had, ...value])].filter(
    (role) => !options.some((one) => one.role === role),
  );
  const isOff = (role: string) => !mayGive(role) && !had.includes(role);
  const toggle = (role: string, isOn: boolean) =>
    onChange(isOn ? [...value, role] : value.filter((other) => other !== role));
  const entries = [
    ...options,
    ...gone.map((role) => ({ role, label: `${role}, not in the definition any more` })),
  ];
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-meta font-strong text-ink-2">{label}</legend>
      {entries.length === 0 && <p>The project has no definition yet, so it has no roles.</p>}
      {entries.map((entry) => (
        <Check
          key={entry.role}
          label={<RoleName {...entry} />}
          checked={value.includes(entry.role)}
          disabled={isOff(entry.role)}
          onChange={({ target }) => toggle(entry.role, target.checked)}
        />
      ))}
      {options.some(({ role }) => isOff(role)) && (
        <p className="text-meta text-ink-3">Roles that you do not have are not yours to give.</p>
      )}
      {problem !== undefined && (
        <p role="alert" className="text-meta text-failure">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

function RoleName({ role, label }: Pick<RoleOption, 'role' | 'label'>) {
  return (
    <>
      {label} <span className="font-mono text-meta text-ink-3">{role}</span>
    </>
  );
}

function NamedRoles({
  label,
  value,
  onChange,
  problem,
}: Pick<RolesFieldProps, 'value' | 'onChange' | 'problem'> & { readonly label: string }) {
  const [text, setText] = useState(value.join(', '));
  return (
    <TextField
      label={label}
      help="Their names in the definition, with commas between."
      problem={problem}
      value={text}
      autoComplete="off"
      onChange={({ target }) => {
        setText(target.value);
        onChange(namesIn(target.value));
      }}
    />
  );
}

/** Stands on the page, not in a dialog: a click beside it must not lose what is shown once. */
export function KeptInSight({
  label,
  value,
  help,
  onDone,
}: {
  label: string;
  value: string;
  help: string;
  onDone: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <div ref={place} role="status" className="flex flex-col gap-2">
      <ShownOnce label={label} value={value} help={help} />
      <Button className="self-start" onClick={onDone}>
        Put away
      </Button>
    </div>
  );
}

/** The buttons of a form in a dialog. */
export function FormEnd({
  label,
  isBusy,
  onCancel,
}: {
  label: string;
  isBusy: boolean;
  onCancel: () => void;
}) {
  return (
    <div className="flex justify-end gap-2">
      <Button onClick={onCancel}>Cancel</Button>
      <Button type="submit" kind="primary" disabled={isBusy}>
        {label}
      </Button>
    </div>
  );
}

const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  'events:write': 'Record events',
  'events:read': 'Read events, whole and by any view',
  manage: 'Administer definition, tenants, keys, people',
};

export function Keys() {
  const { client, tenantId } = useReader();
  const { project } = usePlace();
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<CreatedKey>();
  const query = useQuery({
    queryKey: ['keys', project, tenantId],
    queryFn: ({ signal }) => client.keys.list({ signal }),
  });
  return (
    <PlainPage
      title="API keys"
      intro="With a key a program records events, or reads and administers what the key allows."
      action={
        <Button kind="primary" onClick={() => setOpen(true)}>
          Make a key
        </Button>
      }
    >
      {made && (
        <KeptInSight
          key={made.key_id}
          label={`The key "${made.label}"`}
          value={made.secret}
          help="Shown this once: only its hash is kept. It is for servers, never for a browser."
          onDone={() => setMade(undefined)}
        />
      )}
      <Answered query={query}>{(keys) => <KeyTable keys={keys} />}</Answered>
      <Dialog title="Make a key" closeLabel="Close" open={isOpen} onOpenChange={setOpen}>
        <NewKeyForm
          onCancel={() => setOpen(false)}
          onMade={(key) => {
            setMade(key);
            setOpen(false);
          }}
        />
      </Dialog>
    </PlainPage>
  );
}

function KeyTable({ keys }: { keys: readonly Key[] }) {
  const { client } = useReader();
  const { options } = useRoles();
  if (keys.length === 0) return <State>No key is made yet. A program needs one to record.</State>;
  const rightsOf = ({ scopes, roles }: Key) => [
    ...scopes.map((scope) => SCOPE_WORDS[scope]),
    ...roles.map((role) => roleLabel(options, role)),
  ];
  return (
    <Table head={['Key', 'May', 'Tenant', 'Made', 'Ends', '']}>
      {keys.map((key) => (
        <tr key={key.key_id} className={key.revoked_at === null ? '' : 'text-ink-3'}>
          <td>
            {key.label}
            <span className="block font-mono text-meta text-ink-3">{key.hint}…</span>
          </td>
          <td>{rightsOf(key).join('; ')}</td>
          <td>{key.tenant_id ?? 'Every tenant'}</td>
          <td>
            <Moment iso={key.created_at} />
          </td>
          <td>
            <KeyEnd revoked={key.revoked_at} end={key.expires_at} />
          </td>
          <td>
            {key.revoked_at === null && (
              <Confirm
                label="Revoke"
                title={`Revoke the key "${key.label}"`}
                onConfirm={() => client.keys.revoke(key.key_id)}
              >
                Programs with it are refused from now on, on every server within 5 seconds. What
                they recorded stays. There is no way back: make another key first if they go on.
              </Confirm>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function KeyEnd({ revoked, end }: { revoked: string | null; end: string | null }) {
  if (revoked !== null) {
    return (
      <>
        Revoked <Moment iso={revoked} />
      </>
    );
  }
  if (end === null) return 'Never';
  return (
    <>
      {Date.parse(end) <= Date.now() && 'Expired '}
      <Moment iso={end} />
    </>
  );
}

interface Rights {
  readonly by: 'scopes' | 'roles';
  readonly scopes: readonly Scope[];
  readonly roles: readonly string[];
}

function NewKeyForm({
  onMade,
  onCancel,
}: {
  onMade: (key: CreatedKey) => void;
  onCancel: () => void;
}) {
  const { client, tenantId, zone } = useReader();
  const { isOwner, isWide } = useSeats();
  const [label, setLabel] = useState('');
  const [rights, setRights] = useState<Rights>({
    by: isOwner ? 'scopes' : 'roles',
    scopes: [],
    roles: [],
  });
  const [reach, setReach] = useState('tenant');
  const [lastDay, setLastDay] = useState('');
  const [problem, setProblem] = useState<string>();
  const { run, note, isBusy } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { by, scopes, roles } = rights;
    const isBare = rights[by].length === 0;
    setProblem(isBare ? `Choose what the key may do: at least one of its ${by}.` : undefined);
    if (isBare) return;
    const end = new Date(startOfDay(zone, shiftDay(lastDay, 1)));
    const asked: NewKey = {
      label: label.trim(),
      ...(by === 'scopes' ? { scopes: [...scopes] } : { roles: [...roles] }),
      ...(reach === 'tenant' ? { tenant_id: tenantId } : {}),
      ...(lastDay === '' ? {} : { expires_at: end.toISOString() }),
    };
    await run(async () => onMade(await client.keys.create(asked)));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Label"
        help="Where it is used: the log names the key by it."
        value={label}
        maxLength={512}
        required
        onChange={({ target }) => setLabel(target.value)}
      />
      <RightsFields value={rights} onChange={setRights} problem={problem} />
      {isWide('keys') && <ReachField value={reach} onChange={setReach} />}
      <TextField
        label="Last day"
        help={`Of the calendar of ${zoneLabel(zone, Date.now())}. Empty: it does not end.`}
        type="date"
        min={dayIn(zone, Date.now())}
        value={lastDay}
        onChange={({ target }) => setLastDay(target.value)}
      />
      {note}
      <FormEnd label="Make the key" isBusy={isBusy} onCancel={onCancel} />
    </form>
  );
}

function RightsFields({
  value,
  onChange,
  problem,
}: {
  value: Rights;
  onChange: (rights: Rights) => void;
  problem: string | undefined;
}) {
  const { isOwner, mayGive } = useSeats();
  const { options } = useRoles();
  const toggle = (scope: Scope, isOn: boolean) => {
    const others = value.scopes.filter((other) => other !== scope);
    onChange({ ...value, scopes: isOn ? [...others, scope] : others });
  };
  return (
    <>
      {isOwner && (
        <Radios
          label="It may"
          name="key-rights"
          value={value.by}
          onChange={(by) => onChange({ ...value, by: by === 'roles' ? 'roles' : 'scopes' })}
          choices={[
            { value: 'scopes', label: 'what its scopes say: for your own servers' },
            { value: 'roles', label: 'read as roles of the project do' },
          ]}
        />
      )}
      {value.by === 'roles' ? (
        <RolesField
          value={value.roles}
          onChange={(roles) => onChange({ ...value, roles })}
          options={options}
          mayGive={mayGive}
          problem={problem}
        />
      ) : (
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-meta font-strong text-ink-2">Scopes</legend>
          {SCOPES.map((scope) => (
            <Check
              key={scope}
              label={<RoleName role={scope} label={SCOPE_WORDS[scope]} />}
              checked={value.scopes.includes(scope)}
              onChange={({ target }) => toggle(scope, target.checked)}
            />
          ))}
          {problem !== undefined && (
            <p role="alert" className="text-meta text-failure">
              {problem}
            </p>
          )}
        </fieldset>
      )}
    </>
  );
}

function ReachField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { tenantId, catalog } = useReader();
  return (
    <Radios
      label="For"
      name="key-reach"
      value={value}
      onChange={onChange}
      choices={[
        { value: 'tenant', label: `this tenant only, ${tenantId}` },
        { value: 'project', label: `every tenant of ${catalog.label}` },
      ]}
    />
  );
}

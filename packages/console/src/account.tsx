/** What people change about themselves: password, one-time codes, sessions, look, keys. */
import { Button } from '@annals/viewer/look/button.tsx';
import { Check, Radios, TextField } from '@annals/viewer/look/field.tsx';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import qrcode from 'qrcode-generator';
import { type FormEvent, useState } from 'react';
import { PlainFrame } from './frame.tsx';
import { Section, useDoing } from './parts.tsx';
import { client, type Theme, useMe, whoAmI } from './session.tsx';
import { useSettings } from './settings-context.tsx';
import { useTitle } from './title.ts';

export function Account() {
  const me = useMe();
  useTitle('Account · Annals');
  return (
    <PlainFrame width="max-w-2xl gap-8">
      <div>
        <h1 className="text-title font-strong">{me.name ?? 'Account'}</h1>
        <p className="text-ink-2">{me.email}</p>
      </div>
      <Look />
      {me.has_password && <Password />}
      {me.has_password && <OneTimeCodes isOn={me.two_factor === true} />}
      <Accounts />
      <Sessions />
    </PlainFrame>
  );
}

function Look() {
  const { settings, change } = useSettings();
  return (
    <Section title="On this device">
      <Radios
        label="Theme"
        name="theme"
        value={settings.theme}
        onChange={(theme) => change({ theme: theme as Theme })}
        choices={[
          { value: 'system', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
      <Check
        label="Keys of one letter, such as j and k"
        checked={settings.hasKeys}
        onChange={({ target }) => change({ hasKeys: target.checked })}
      />
    </Section>
  );
}

function Password() {
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const { run, note } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (
      await run(
        () => client.auth.changePassword(old, next),
        'The password is changed; other sessions have ended.',
      )
    ) {
      setOld('');
      setNext('');
    }
  };
  return (
    <Section title="Password">
      <form onSubmit={submit} className="flex max-w-sm flex-col gap-3">
        <TextField
          label="Password now"
          type="password"
          autoComplete="current-password"
          required
          value={old}
          onChange={({ target }) => setOld(target.value)}
        />
        <TextField
          label="New password"
          help="At least 12 characters."
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          value={next}
          onChange={({ target }) => setNext(target.value)}
        />
        {note}
        <Button type="submit" className="self-start">
          Change the password
        </Button>
      </form>
    </Section>
  );
}

interface NewTotp {
  readonly uri: string;
  readonly backup_codes: readonly string[];
}

function OneTimeCodes({ isOn }: { isOn: boolean }) {
  const [password, setPassword] = useState('');
  const [made, setMade] = useState<NewTotp>();
  const [codes, setCodes] = useState<readonly string[]>();
  const { run, note } = useDoing();
  const start = () => run(async () => setMade(await client.auth.startTotp(password)), '');
  const remove = () =>
    run(() => client.auth.removeTotp(password), 'No code is asked for any more.');
  const renew = () =>
    run(
      async () => setCodes(await client.auth.newBackupCodes(password)),
      'The old backup codes no longer count.',
    );
  const queries = useQueryClient();
  return (
    <Section title="One-time codes">
      <p className="text-ink-2">
        {isOn
          ? 'A code of your authenticator app follows the password.'
          : 'Only the password is asked for. With codes, a stolen password alone is useless.'}
      </p>
      {made ? (
        <ConfirmTotp
          made={made}
          onDone={() => {
            setMade(undefined);
            void queries.invalidateQueries({ queryKey: whoAmI.queryKey });
          }}
        />
      ) : (
        <form
          className="flex max-w-sm flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isOn) void start();
          }}
        >
          <TextField
            label="Password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
          {note}
          <div className="flex gap-2">
            {!isOn && <Button type="submit">Set up codes</Button>}
            {isOn && <Button onClick={() => void renew()}>New backup codes</Button>}
            {isOn && (
              <Button kind="danger" onClick={() => void remove()}>
                Ask for no codes
              </Button>
            )}
          </div>
        </form>
      )}
      {codes && <BackupCodes codes={codes} />}
    </Section>
  );
}

function BackupCodes({ codes }: { codes: readonly string[] }) {
  return (
    <div>
      <p className="mb-1">Backup codes, shown once. Each counts once, if the app is lost.</p>
      <ul className="grid max-w-sm grid-cols-2 gap-x-4 rounded border border-line p-2 font-mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </div>
  );
}

function ConfirmTotp({ made, onDone }: { made: NewTotp; onDone: () => void }) {
  const [code, setCode] = useState('');
  const { run, note } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(() => client.auth.confirmTotp(code.replaceAll(/\s/g, '')), 'Codes are on.'))
      onDone();
  };
  const secret = new URL(made.uri).searchParams.get('secret') ?? '';
  return (
    <div className="flex flex-col gap-3">
      <p>Scan this with your authenticator app, or enter the secret by hand.</p>
      <QrCode text={made.uri} />
      <p className="font-mono">{secret}</p>
      <BackupCodes codes={made.backup_codes} />
      <form onSubmit={submit} className="flex max-w-sm flex-col gap-3">
        <TextField
          label="Code of the app"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
        {note}
        <Button type="submit" kind="primary" className="self-start">
          Turn codes on
        </Button>
      </form>
    </div>
  );
}

/** Dark on light in either theme: cameras expect it. */
function QrCode({ text }: { text: string }) {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const cells = Array.from(
    { length: count * count },
    (_, cell) => [Math.floor(cell / count), cell % count] as const,
  );
  const path = cells
    .filter(([row, column]) => code.isDark(row, column))
    .map(([row, column]) => `M${column} ${row}h1v1h-1z`)
    .join('');
  return (
    <svg
      viewBox={`-4 -4 ${count + 8} ${count + 8}`}
      role="img"
      aria-label="QR code"
      className="size-48 rounded border border-line"
    >
      <rect x={-4} y={-4} width={count + 8} height={count + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function Accounts() {
  const { data: accounts = [] } = useQuery({
    queryKey: ['accounts'],
    queryFn: ({ signal }) => client.auth.accounts({ signal }),
  });
  const { data: providers = [] } = useQuery({
    queryKey: ['providers'],
    queryFn: ({ signal }) => client.auth.providers({ signal }),
  });
  const { run, note } = useDoing();
  if (providers.length === 0 && accounts.length === 0) return null;
  const link = (provider: string) =>
    run(async () => location.assign(await client.auth.startProvider(provider, { link: true })), '');
  return (
    <Section title="Single sign-on">
      <ul className="divide-y divide-line">
        {accounts.map(({ account_id: id, provider, linked_at: at }) => (
          <li key={id} className="flex items-center gap-2 py-1">
            <span className="grow">
              {provider}{' '}
              <span className="text-ink-3">since {new Date(at).toLocaleDateString('en-GB')}</span>
            </span>
            <Button
              kind="danger"
              onClick={() => void run(() => client.auth.unlinkAccount(id), 'Unlinked.')}
            >
              Unlink
            </Button>
          </li>
        ))}
      </ul>
      <div className="flex gap-2">
        {providers
          .filter(({ provider }) => !accounts.some((one) => one.provider === provider))
          .map(({ provider, label }) => (
            <Button key={provider} onClick={() => void link(provider)}>
              Link {label}
            </Button>
          ))}
      </div>
      {note}
    </Section>
  );
}

function Sessions() {
  const { data: sessions = [] } = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => client.auth.sessions({ signal }),
  });
  const { run, note } = useDoing();
  return (
    <Section title="Where you are signed in">
      <ul className="divide-y divide-line">
        {sessions.map(({ session_id: id, current, last_seen_at: seen, ip, user_agent: agent }) => (
          <li key={id} className="flex items-center gap-2 py-1.5">
            <span className="min-w-0 grow">
              <span className="block truncate">{agent ?? 'Unknown browser'}</span>
              <span className="text-meta text-ink-3">
                {current ? 'this session' : `last seen ${new Date(seen).toLocaleString('en-GB')}`}
                {ip && ` · ${ip}`}
              </span>
            </span>
            {!current && (
              <Button
                kind="danger"
                onClick={() => void run(() => client.auth.endSession(id), 'Ended.')}
              >
                End
              </Button>
            )}
          </li>
        ))}
      </ul>
      {note}
    </Section>
  );
}

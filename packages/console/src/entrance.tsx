/**
 * Ways in: sign in, become the first person, accept an invitation, set a new password. What is
 * secret in a link stands behind `#` and never reaches a server's log.
 */
import { AnnalsError } from '@annals/sdk';
import { Button } from '@annals/viewer/look/button.tsx';
import { TextField } from '@annals/viewer/look/field.tsx';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { client } from './session.tsx';
import { useTitle } from './title.ts';

const PASSWORD_LEAST = 12;

/** Only addresses of this console: a link must not send anybody elsewhere. */
const safeTarget = (to: unknown): string =>
  typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/';

export function Entrance() {
  const { pathname, hash, search } = useLocation();
  const token = decodeURIComponent(hash.replace(/^#/, ''));
  const to = safeTarget((search as { to?: unknown }).to);
  switch (pathname) {
    case '/setup':
      return <SetUp token={token} />;
    case '/join':
      return <Join token={token} />;
    case '/reset':
      return <Reset token={token} />;
    default:
      return <SignIn to={to} isRefused={token === 'refused'} />;
  }
}

function Page({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) {
  useTitle(`${title} · Annals`);
  return (
    <div className="annals flex min-h-full flex-col items-center px-4 pt-[12vh]">
      <main className="w-full max-w-sm">
        <p className="mb-6 text-ink-3">Annals</p>
        <h1 className="mb-1 text-title font-strong">{title}</h1>
        {intro !== undefined && <p className="mb-4 text-ink-2">{intro}</p>}
        <div className="mt-4 flex flex-col gap-4">{children}</div>
      </main>
    </div>
  );
}

const wordsOf = (error: unknown): string => {
  if (!(error instanceof AnnalsError)) return 'The server did not answer. Try again.';
  return error.status === null ? 'The server did not answer. Try again.' : error.detail;
};

/** Sends a form once, says what is wrong, and goes on when it is done. */
function useForm(send: () => Promise<{ code_needed: boolean } | undefined>, to: string) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string>();
  const [isSending, setSending] = useState(false);
  const [isCodeNeeded, setCodeNeeded] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setProblem(undefined);
    try {
      const answer = await send();
      if (answer?.code_needed) setCodeNeeded(true);
      else {
        queries.clear();
        location.assign(to);
      }
    } catch (error) {
      setProblem(wordsOf(error));
    } finally {
      setSending(false);
    }
  };
  return { submit, problem, isSending, isCodeNeeded };
}

function Problem({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <p role="alert" className="text-failure">
      {text}
    </p>
  );
}

interface FormProps {
  readonly form: ReturnType<typeof useForm>;
  /** What the button says. */
  readonly done: string;
  readonly children: ReactNode;
}

function EntranceForm({ form, done, children }: FormProps) {
  return (
    <form onSubmit={form.submit} className="flex flex-col gap-4">
      {children}
      <Problem text={form.problem} />
      <Button type="submit" kind="primary" disabled={form.isSending}>
        {done}
      </Button>
    </form>
  );
}

function SignIn({ to, isRefused }: { to: string; isRefused: boolean }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm(() => client.auth.signIn({ email, password }), to);
  if (form.isCodeNeeded) return <Code to={to} />;
  return (
    <Page title="Sign in">
      {to !== '/' && <p className="text-ink-2">Sign in to go on; your search is kept.</p>}
      {isRefused && <Problem text="Single sign-on did not let you in. Ask for an invitation." />}
      <EntranceForm form={form} done="Sign in">
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
      </EntranceForm>
      <Providers />
    </Page>
  );
}

function Providers() {
  const { data: providers = [] } = useQuery({
    queryKey: ['providers'],
    queryFn: ({ signal }) => client.auth.providers({ signal }),
  });
  const [problem, setProblem] = useState<string>();
  if (providers.length === 0) return null;
  const start = (provider: string) =>
    client.auth.startProvider(provider).then(
      (url) => location.assign(url),
      (error: unknown) => setProblem(wordsOf(error)),
    );
  return (
    <div className="flex flex-col gap-2 border-t border-line pt-4">
      {providers.map(({ provider, label }) => (
        <Button key={provider} onClick={() => void start(provider)}>
          Sign in with {label}
        </Button>
      ))}
      <Problem text={problem} />
    </div>
  );
}

function Code({ to }: { to: string }) {
  const [code, setCode] = useState('');
  const [isBackup, setBackup] = useState(false);
  const form = useForm(
    () =>
      client.auth.signInCode({
        code: code.replaceAll(/\s/g, ''),
        ...(isBackup ? { is_backup: true } : {}),
      }),
    to,
  );
  return (
    <Page
      title="One more step"
      intro={
        isBackup
          ? 'Enter one of your backup codes. It counts once.'
          : 'Enter the code of your authenticator app.'
      }
    >
      <EntranceForm form={form} done="Sign in">
        <TextField
          label={isBackup ? 'Backup code' : 'Code'}
          autoComplete="one-time-code"
          inputMode={isBackup ? 'text' : 'numeric'}
          autoFocus
          required
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
      </EntranceForm>
      <Button kind="quiet" onClick={() => setBackup(!isBackup)}>
        {isBackup ? 'Use the authenticator app' : 'Use a backup code'}
      </Button>
    </Page>
  );
}

function NewPassword({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <TextField
      label="Password"
      help={`At least ${PASSWORD_LEAST} characters; several words are best.`}
      type="password"
      autoComplete="new-password"
      minLength={PASSWORD_LEAST}
      required
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

function SetUp({ token }: { token: string }) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm(() => client.auth.setUp({ token, email, name, password }), '/');
  return (
    <Page
      title="Welcome"
      intro="You are the first person here: you may do everything, and invite others."
    >
      <EntranceForm form={form} done="Begin">
        <TextField
          label="Name"
          autoComplete="name"
          required
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <NewPassword value={password} onChange={setPassword} />
      </EntranceForm>
    </Page>
  );
}

function Join({ token }: { token: string }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm(
    () =>
      client.auth.join({
        token,
        ...(name === '' ? {} : { name }),
        ...(password === '' ? {} : { password }),
      }),
    '/',
  );
  return (
    <Page
      title="Join"
      intro="You were invited. With an account already, sign in, then open the link again."
    >
      <EntranceForm form={form} done="Join">
        <TextField
          label="Name"
          autoComplete="name"
          required
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <NewPassword value={password} onChange={setPassword} />
      </EntranceForm>
    </Page>
  );
}

function Reset({ token }: { token: string }) {
  const [password, setPassword] = useState('');
  const form = useForm(() => client.auth.resetPassword({ token, password }), '/');
  return (
    <Page
      title="Set a new password"
      intro="It ends your sessions elsewhere; one-time codes and single sign-on are taken off."
    >
      <EntranceForm form={form} done="Set the password">
        <NewPassword value={password} onChange={setPassword} />
      </EntranceForm>
    </Page>
  );
}

/** What the pages around the log are made of: plain, the same everywhere. */
import { AnnalsError } from '@annals/sdk';
import { TroubleNote, Waiting } from '@annals/viewer/log/states.tsx';
import { troubleOf } from '@annals/viewer/log/troubles';
import { Button } from '@annals/viewer/look/button.tsx';
import { classes } from '@annals/viewer/look/classes';
import { TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { fullMoment, type minuteMoment, relative, shortMoment } from '@annals/viewer/words/format';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { CopyButton } from './copy-button.tsx';

/** A page: its name, what it is for in a sentence, what can be done, and the rest. */
export function PlainPage({
  title,
  intro,
  action,
  isWide = false,
  children,
}: {
  title: string;
  intro?: ReactNode;
  action?: ReactNode;
  isWide?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={classes('flex w-full flex-col gap-4 pb-8', !isWide && 'max-w-5xl')}>
      <header className="flex flex-wrap items-start gap-2">
        <div className="mr-auto">
          <h1 className="text-title font-strong">{title}</h1>
          {intro !== undefined && <p className="max-w-2xl text-ink-2">{intro}</p>}
        </div>
        {action}
      </header>
      {children}
    </div>
  );
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <h2 className="border-b border-line pb-1 text-sentence font-strong">{title}</h2>
      {children}
    </section>
  );
}

/** The way to the next page of a list that begins with the latest. */
export function Earlier({
  query: { hasNextPage, isFetchingNextPage, fetchNextPage },
}: {
  query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
}) {
  if (!hasNextPage) return null;
  return (
    <div className="pt-3">
      <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        Earlier ones
      </Button>
    </div>
  );
}

/** What a question answers, once it has; before, that it is asked, or why it was refused. */
export function Answered<T>({
  query,
  children,
}: {
  query: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };
  children: (data: T) => ReactNode;
}) {
  const { words } = useReader();
  if (query.error) {
    const trouble = { ...troubleOf(query.error, words), text: wordsOf(query.error) };
    return <TroubleNote trouble={trouble} onRetry={() => void query.refetch()} />;
  }
  return query.data === undefined ? <Waiting lines={4} /> : children(query.data);
}

/** A table of rows; the last column is what can be done with each. */
export function Table({ head, children }: { head: readonly string[]; children: ReactNode }) {
  return (
    <div className="overflow-x-auto">
      <table
        className={classes(
          'w-full text-left [&_td]:py-1.5 [&_td]:pr-4 [&_td]:align-top',
          '[&_td:last-child]:pr-0',
        )}
      >
        <thead className="text-meta text-ink-2">
          <tr className="border-b border-line">
            {head.map((label, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: several columns may have no label.
              <th key={index} className="py-1 pr-4 font-strong">
                {label === '' ? <span className="sr-only">Actions</span> : label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr]:border-b [&>tr]:border-line">{children}</tbody>
      </table>
    </div>
  );
}

/** A time as it is quoted, or said in another way; how long ago it is stands in its title. */
export function Moment({
  iso,
  as = shortMoment,
}: {
  iso: string | null;
  as?: typeof minuteMoment;
}) {
  const reader = useReader();
  if (iso === null) return <span className="text-ink-3">—</span>;
  const ms = Date.parse(iso);
  return (
    <time
      dateTime={iso}
      title={`${fullMoment(ms, reader)} · ${relative(ms, reader.locale)}`}
      className="whitespace-nowrap"
    >
      {as(ms, reader)}
    </time>
  );
}

/** In the server's words, or the SDK's: those of a call that may have been carried out say so. */
export const wordsOf = (error: unknown): string =>
  error instanceof AnnalsError ? error.detail : 'The server did not answer. Try again.';

/**
 * Runs what somebody asks for and says how it went. `run` resolves with whether it worked; then
 * everything on the page is asked for anew.
 */
export function useDoing() {
  const queries = useQueryClient();
  const [said, setSaid] = useState<{ readonly text: ReactNode; readonly isProblem: boolean }>();
  const [isBusy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>, done: ReactNode = ''): Promise<boolean> => {
    setSaid(undefined);
    setBusy(true);
    try {
      await work();
      setSaid({ text: done, isProblem: false });
      await queries.invalidateQueries();
      return true;
    } catch (error) {
      setSaid({ text: wordsOf(error), isProblem: true });
      return false;
    } finally {
      setBusy(false);
    }
  };
  const note = said && said.text !== '' && (
    <p
      role={said.isProblem ? 'alert' : 'status'}
      className={said.isProblem ? 'text-failure' : 'text-ink-2'}
    >
      {said.text}
    </p>
  );
  return { run, note, isBusy };
}

interface Asking {
  /** On the button that does it. */
  readonly label: string;
  readonly title: string;
  readonly children: ReactNode;
  /** A text that must be written first. */
  readonly typed?: string;
  readonly kind?: 'danger' | 'plain';
  readonly onConfirm: () => Promise<unknown>;
}

/** A button that asks before it does something. */
export function Confirm(asking: Asking) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind={asking.kind ?? 'danger'} onClick={() => setOpen(true)}>
        {asking.label}
      </Button>
      <ConfirmDialog {...asking} open={isOpen} onOpenChange={setOpen} />
    </>
  );
}

/** The same, opened by something else. */
export function ConfirmDialog({
  open,
  onOpenChange,
  ...asking
}: Asking & { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog title={asking.title} closeLabel="Close" open={open} onOpenChange={onOpenChange}>
      <ConfirmForm {...asking} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function ConfirmForm({
  label,
  children,
  typed,
  kind = 'danger',
  onConfirm,
  onDone,
}: Asking & { onDone: () => void }) {
  const [text, setText] = useState('');
  const { run, note, isBusy } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(onConfirm)) onDone();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <div>{children}</div>
      {typed !== undefined && (
        <TextField
          label={`Type ${typed}`}
          value={text}
          autoComplete="off"
          onChange={({ target }) => setText(target.value)}
        />
      )}
      {note}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button
          type="submit"
          kind={kind}
          disabled={isBusy || (typed !== undefined && text !== typed)}
        >
          {label}
        </Button>
      </div>
    </form>
  );
}

/** A secret that is shown this once, to be copied. */
export function ShownOnce({ label, value, help }: { label: string; value: string; help: string }) {
  return (
    <div className="flex flex-col gap-1 rounded-panel border border-accent p-3">
      <p className="text-meta font-strong text-ink-2">{label}</p>
      <div className="flex items-center gap-2">
        <code className="min-w-0 grow font-mono select-all">{value}</code>
        <CopyButton text={value} label="Copy" />
      </div>
      <p className="text-meta text-ink-2">{help}</p>
    </div>
  );
}

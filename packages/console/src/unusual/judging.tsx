/** What is said of a finding: that it was expected, or that it needs a look. */
import { findingSentence, type Mute, UNUSUAL_LIMITS } from '@annals/contract/finding';
import type { Finding } from '@annals/sdk';
import { Button } from '@annals/viewer/look/button.tsx';
import { Radios, TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { type FormEvent, useState } from 'react';
import { useDoing } from '../parts.tsx';

type Judgement = 'expected' | 'needs_a_look';
const LABELS: Readonly<Record<Judgement, string>> = {
  expected: 'Expected',
  needs_a_look: 'Needs a look',
};
const MUTES: readonly { readonly value: Mute; readonly label: string }[] = [
  { value: 'P1D', label: 'A day' },
  { value: 'P7D', label: '7 days' },
  { value: 'P30D', label: '30 days' },
  { value: 'P90D', label: '90 days' },
  { value: 'always', label: 'Always' },
];

/** What it is not yet. */
export function JudgeButtons({ finding }: { finding: Finding }) {
  const [open, setOpen] = useState<Judgement>();
  const { words } = useReader();
  const choices = (['expected', 'needs_a_look'] as const).filter((one) => one !== finding.state);
  return (
    <>
      {choices.map((one) => (
        <Button key={one} kind="quiet" onClick={() => setOpen(one)}>
          {LABELS[one]}…
        </Button>
      ))}
      <Dialog
        title={open === undefined ? '' : LABELS[open]}
        closeLabel={words.close}
        open={open !== undefined}
        onOpenChange={(isOpen) => !isOpen && setOpen(undefined)}
      >
        {open !== undefined && (
          <JudgeForm finding={finding} state={open} onDone={() => setOpen(undefined)} />
        )}
      </Dialog>
    </>
  );
}

function JudgeForm({
  finding,
  state,
  onDone,
}: {
  finding: Finding;
  state: Judgement;
  onDone: () => void;
}) {
  const { client, words, locale, zone } = useReader();
  const [text, setText] = useState('');
  const [mute, setMute] = useState<string>('P30D');
  const { run, note, isBusy } = useDoing();
  const isExpected = state === 'expected';
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const said = {
      state,
      ...(text.trim() === '' ? {} : { note: text.trim() }),
      ...(isExpected
        ? { mute_for: MUTES.find(({ value }) => value === mute)?.value ?? 'P30D' }
        : {}),
    };
    if (await run(() => client.findings.judge(finding, said))) onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <p className="text-ink-2">{findingSentence(finding, locale, zone)}</p>
      {isExpected && (
        <Radios
          label="The same of this person is not found again for"
          name="mute"
          choices={MUTES}
          value={mute}
          onChange={setMute}
        />
      )}
      <TextField
        label="Note"
        value={text}
        maxLength={UNUSUAL_LIMITS.note}
        autoComplete="off"
        help="Stands in the log, with your name."
        onChange={({ target }) => setText(target.value)}
      />
      {note}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{words.cancel}</Button>
        <Button type="submit" kind="primary" disabled={isBusy}>
          {LABELS[state]}
        </Button>
      </div>
    </form>
  );
}

/** A file of a view, of a range of days: made at once, found in the history. */

import type { NewExport } from '@annals/sdk';
import { askedRange, daysRange } from '@annals/viewer/find/range';
import { type Day, dayIn, shiftDay } from '@annals/viewer/find/zone';
import { type FileChoice, FileChoices } from '@annals/viewer/log/export-dialog.tsx';
import { placeOf } from '@annals/viewer/log/question';
import { Button } from '@annals/viewer/look/button.tsx';
import { Choose, TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { type CatalogView, type Reader, useReader } from '@annals/viewer/reader.tsx';
import { type FormEvent, useState } from 'react';
import { useDoing } from '../parts.tsx';
import { viewsFor } from './views.ts';

/** Whole days that a report begins with. */
const DAYS = 7;

export function NewReport({
  open,
  onOpenChange,
  onMade,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: () => void;
}) {
  const close = () => onOpenChange(false);
  const made = () => {
    close();
    onMade();
  };
  const { catalog, words } = useReader();
  return (
    <Dialog title="New report" closeLabel={words.close} open={open} onOpenChange={onOpenChange}>
      <ReportForm views={viewsFor('export', catalog.views)} onDone={close} onMade={made} />
    </Dialog>
  );
}

interface Draft {
  readonly view: CatalogView;
  readonly from: Day;
  readonly to: Day;
  readonly q: string;
  readonly file: FileChoice;
}

const fileOf = ({ label, formats }: CatalogView, today: Day): FileChoice => ({
  name: `${label} ${today}`,
  format: formats[0] ?? 'csv',
  flavor: 'spreadsheet',
  columns: 'view',
});

/** What is asked for; undefined: the days are none. */
function askedOf({ view, from, to, q, file }: Draft, reader: Reader): NewExport | undefined {
  const range = daysRange(from, to);
  if (range === undefined) return undefined;
  const { name, format, flavor, columns } = file;
  return {
    ...placeOf(reader, { view: view.view, subject: undefined }),
    ...askedRange(range, reader.zone),
    ...(q.trim() === '' ? {} : { q: q.trim() }),
    ...{ name, format },
    ...(format === 'csv' ? { flavor, time_zone: reader.zone } : {}),
    ...(format === 'csv' && columns === 'all' ? { columns } : {}),
  };
}

function ReportForm({
  views,
  onDone,
  onMade,
}: {
  views: readonly CatalogView[];
  onDone: () => void;
  onMade: () => void;
}) {
  const reader = useReader();
  const { client, words, zone } = reader;
  const today = dayIn(zone, Date.now());
  const [first] = views;
  const [draft, setDraft] = useState<Draft | undefined>(
    first && {
      view: first,
      from: shiftDay(today, 1 - DAYS),
      to: today,
      q: '',
      file: fileOf(first, today),
    },
  );
  const { run, isBusy, note } = useDoing();
  if (draft === undefined) return null;
  const { view, file } = draft;
  const change = (next: Partial<Draft>) => setDraft({ ...draft, ...next });
  const asked = askedOf(draft, reader);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (asked && (await run(() => client.exports.create(asked)))) onMade();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <Choose
        label="Type"
        value={view.view}
        choices={views.map((one) => ({ value: one.view, label: one.label }))}
        onChange={({ target }) => {
          const chosen = views.find((one) => one.view === target.value) ?? view;
          change({ view: chosen, file: fileOf(chosen, today) });
        }}
      />
      <Days draft={draft} onChange={change} isWrong={asked === undefined} />
      <TextField
        label="Only events that match"
        value={draft.q}
        placeholder="outcome:denied"
        spellCheck={false}
        className="font-mono"
        help="A query, as on the page of the log; empty takes all."
        onChange={({ target }) => change({ q: target.value })}
      />
      <FileChoices
        view={view}
        choices={file}
        onChange={(next) => change({ file: { ...file, ...next } })}
      />
      <p className="text-meta text-ink-2">{words.sharing}</p>
      {note}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{words.cancel}</Button>
        <Button type="submit" kind="primary" disabled={isBusy || asked === undefined}>
          Generate
        </Button>
      </div>
    </form>
  );
}

function Days({
  draft,
  onChange,
  isWrong,
}: {
  draft: Draft;
  onChange: (next: Partial<Draft>) => void;
  isWrong: boolean;
}) {
  const { zone } = useReader();
  return (
    <div className="grid grid-cols-2 gap-3">
      <TextField
        label="From"
        type="date"
        required
        value={draft.from}
        onChange={({ target }) => onChange({ from: target.value })}
      />
      <TextField
        label="To"
        type="date"
        required
        value={draft.to}
        problem={isWrong ? 'The last day lies before the first.' : undefined}
        help={`Whole days in ${zone}, this one included.`}
        onChange={({ target }) => onChange({ to: target.value })}
      />
    </div>
  );
}

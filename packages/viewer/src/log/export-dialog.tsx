/** A file of the search: its name and form, and how much it will be, before it is taken. */
import type { Catalog } from '@annals/contract/catalog';
import { type FormEvent, useState } from 'react';
import type { Range } from '../find/range.ts';
import { dayIn } from '../find/zone.ts';
import { Button } from '../look/button.tsx';
import { Radios, TextField } from '../look/field.tsx';
import { Dialog } from '../look/popup.tsx';
import { type CatalogView, useReader } from '../reader.tsx';
import { bytesText, number, rangeText } from '../words/format.ts';
import { type SaveProgress, saveDownload } from './save-file.ts';
import { type Trouble, troubleOf } from './troubles.ts';
import type { Search } from './use-rows.ts';

type Format = Catalog['views'][number]['formats'][number];
/** About, in bytes of a file: what a row of each format takes. */
const ROW_BYTES: Readonly<Record<Format, number>> = { csv: 420, json: 760, ndjson: 740 };
const FLAVORS = ['exact', 'spreadsheet'] as const;

interface Props {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly view: CatalogView;
  readonly search: Search;
  readonly range: Range;
  readonly count: { readonly count: number; readonly exact: boolean } | undefined;
  readonly onExported: (name: string) => void;
}

const safeName = (name: string): string =>
  name
    .replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, '-')
    .replace(/^\.+/, '')
    .slice(0, 120) || 'events';

export function ExportDialog(props: Props) {
  const { words } = useReader();
  return (
    <Dialog
      title={words.exportTitle}
      closeLabel={words.close}
      open={props.open}
      onOpenChange={props.onOpenChange}
    >
      <ExportForm {...props} />
    </Dialog>
  );
}

interface Choices {
  readonly name: string;
  readonly format: Format;
  readonly flavor: (typeof FLAVORS)[number];
  readonly columns: 'view' | 'all';
}

/** Takes the file; says how far it is, and what went wrong. */
function useDownload({ search, onOpenChange, onExported }: Props) {
  const { client, words, zone } = useReader();
  const [progress, setProgress] = useState<SaveProgress>();
  const [trouble, setTrouble] = useState<Trouble>();
  const start = async ({ name, format, flavor, columns }: Choices) => {
    setTrouble(undefined);
    setProgress({ bytes: 0 });
    const csv = format === 'csv' ? { flavor, columns, time_zone: zone } : {};
    const asked = { ...search.question, order: search.order, format, ...csv };
    const file = `${safeName(name)}.${format}`;
    try {
      await saveDownload(await client.events.download(asked), file, setProgress);
      onExported(file);
      onOpenChange(false);
    } catch (error) {
      setTrouble(troubleOf(error, words));
    } finally {
      setProgress(undefined);
    }
  };
  return { start, progress, trouble };
}

function ExportForm(props: Props) {
  const { view, range, count, onOpenChange } = props;
  const reader = useReader();
  const { words, locale, zone } = reader;
  const [choices, setChoices] = useState<Choices>({
    name: `${view.label} ${dayIn(zone, Date.now())}`,
    format: view.formats[0] ?? 'csv',
    flavor: 'spreadsheet',
    columns: 'view',
  });
  const { start, progress, trouble } = useDownload(props);
  const change = (next: Partial<Choices>) => setChoices({ ...choices, ...next });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void start(choices);
  };
  const rows = count && words.events(`${number(count.count, locale)}${count.exact ? '' : '+'}`);
  const size = bytesText((count?.count ?? 0) * ROW_BYTES[choices.format], locale);
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <FileChoices view={view} choices={choices} onChange={change} />
      {rows !== undefined && <p>{words.exportCount(rows, rangeText(range, reader), size)}</p>}
      <p className="text-meta text-ink-2">{words.sharing}</p>
      {trouble && (
        <p role="alert" className="text-failure">
          {words.exportFailed} {trouble.text}
          {trouble.requestId && ` ${words.support(trouble.requestId)}`}
        </p>
      )}
      <div className="flex items-center justify-end gap-2">
        {progress && (
          <span aria-live="polite">{words.exporting(bytesText(progress.bytes, locale))}</span>
        )}
        <Button onClick={() => onOpenChange(false)}>{words.cancel}</Button>
        <Button type="submit" kind="primary" disabled={progress !== undefined}>
          {words.download}
        </Button>
      </div>
    </form>
  );
}

interface FileChoicesProps {
  readonly view: CatalogView;
  readonly choices: Choices;
  readonly onChange: (next: Partial<Choices>) => void;
}

function FileChoices({ view, choices, onChange }: FileChoicesProps) {
  const { words } = useReader();
  const { name, format, flavor, columns } = choices;
  return (
    <>
      <TextField
        label={words.exportName}
        value={name}
        maxLength={120}
        required
        onChange={({ target }) => onChange({ name: target.value })}
      />
      <Radios
        label={words.exportFormat}
        name="format"
        value={format}
        onChange={(value) =>
          onChange({ format: view.formats.find((one) => one === value) ?? format })
        }
        choices={view.formats.map((value) => ({ value, label: value.toUpperCase() }))}
      />
      {format === 'csv' && (
        <Radios
          label={words.exportFlavor}
          name="flavor"
          value={flavor}
          onChange={(value) => onChange({ flavor: FLAVORS.find((one) => one === value) ?? flavor })}
          choices={[
            { value: 'spreadsheet', label: words.flavorSpreadsheet },
            { value: 'exact', label: words.flavorExact },
          ]}
        />
      )}
      {format === 'csv' && view.columns.length > 0 && (
        <Radios
          label={words.exportColumns}
          name="columns"
          value={columns}
          onChange={(value) => onChange({ columns: value === 'all' ? 'all' : 'view' })}
          choices={[
            { value: 'view', label: words.columnsShown },
            { value: 'all', label: words.columnsAll },
          ]}
        />
      )}
    </>
  );
}

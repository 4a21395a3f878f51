/** A file of the search: its name and form, and how much it will be, before it is taken. */
import type { Catalog } from '@annals/contract/catalog';
import { EXPORT_LIMITS } from '@annals/contract/files';
import type { Export } from '@annals/sdk';
import { type FormEvent, useState } from 'react';
import type { Range } from '../find/range.ts';
import { dayIn } from '../find/zone.ts';
import { Button } from '../look/button.tsx';
import { Radios, TextField } from '../look/field.tsx';
import { Dialog } from '../look/popup.tsx';
import { type CatalogView, useReader } from '../reader.tsx';
import { bytesText, number, rangeText } from '../words/format.ts';
import { saveDownload } from './save-file.ts';
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
  /** Whether there is a page that has the history of files. */
  readonly hasReports: boolean;
  readonly onSaid: (text: string) => void;
  /** Of a file that somebody has now. */
  readonly onExported: ((name: string) => void) | undefined;
}

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

export interface FileForm {
  readonly format: Format;
  readonly flavor: (typeof FLAVORS)[number];
  readonly columns: 'view' | 'all';
}
export interface FileChoice extends FileForm {
  readonly name: string;
}

/** Has the file made, and takes it, or leaves it to be found later if it is a large one. */
function useExport({ search, count, hasReports, onOpenChange, onSaid, onExported }: Props) {
  const { client, words, zone, locale } = useReader();
  const [progress, setProgress] = useState<string>();
  const [trouble, setTrouble] = useState<Pick<Trouble, 'text' | 'requestId'>>();
  const isSmall = count?.exact === true && count.count <= EXPORT_LIMITS.rowsAtOnce;
  const take = async (made: Export) => {
    const onProgress = ({ rows }: Export) =>
      setProgress(words.exportMaking(words.events(number(rows, locale))));
    const { state, file, reason } = await client.exports.wait(made, { onProgress });
    if (state !== 'completed' || file === null) {
      setTrouble({ text: reason ?? '', requestId: null });
      return;
    }
    await saveDownload(await client.exports.file(made), file, ({ bytes }) =>
      setProgress(words.exportFetching(bytesText(bytes, locale))),
    );
    onSaid(words.exportDone(file));
    onExported?.(file);
    onOpenChange(false);
  };
  const start = async ({ name, format, flavor, columns }: FileChoice) => {
    setTrouble(undefined);
    setProgress(words.exportMaking(words.events(number(0, locale))));
    const csv = format === 'csv' ? { flavor, time_zone: zone } : {};
    const chosen = format === 'csv' && columns === 'all' ? { columns } : {};
    const asked = { ...search.question, order: search.order, name, format, ...csv, ...chosen };
    try {
      const made = await client.exports.create(asked);
      if (hasReports && !isSmall) {
        onSaid(words.exportLater(made.name));
        onOpenChange(false);
      } else {
        await take(made);
      }
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
  const [choices, setChoices] = useState<FileChoice>({
    name: `${view.label} ${dayIn(zone, Date.now())}`,
    format: view.formats[0] ?? 'csv',
    flavor: 'spreadsheet',
    columns: 'view',
  });
  const { start, progress, trouble } = useExport(props);
  const change = (next: Partial<FileChoice>) => setChoices({ ...choices, ...next });
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
        {progress && <span aria-live="polite">{progress}</span>}
        <Button onClick={() => onOpenChange(false)}>{words.cancel}</Button>
        <Button type="submit" kind="primary" disabled={progress !== undefined}>
          {words.exportMake}
        </Button>
      </div>
    </form>
  );
}

interface Choices<T> {
  readonly view: Pick<CatalogView, 'formats' | 'columns'>;
  readonly choices: T;
  readonly onChange: (next: Partial<T>) => void;
}

export function FileChoices({ view, choices, onChange }: Choices<FileChoice>) {
  const { words } = useReader();
  return (
    <>
      <TextField
        label={words.exportName}
        value={choices.name}
        maxLength={EXPORT_LIMITS.name}
        required
        onChange={({ target }) => onChange({ name: target.value })}
      />
      <FormChoices view={view} choices={choices} onChange={onChange} />
    </>
  );
}

/** What kind of file, whatever it is called. */
export function FormChoices({ view, choices, onChange }: Choices<FileForm>) {
  const { words } = useReader();
  const { format, flavor, columns } = choices;
  return (
    <>
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

/** The top of a log page: what it is, and what can be done with all of it. */
import { Columns3, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { LogState } from '../find/log-state.ts';
import { Button, IconButton } from '../look/button.tsx';
import { Check, TextField } from '../look/field.tsx';
import { Panel } from '../look/popup.tsx';
import { type CatalogView, useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import { columnsOf } from './cells.tsx';
import { forgetSearch, type KeptSearches, keptSearches, saveSearch } from './kept-searches.ts';
import type { Live } from './use-live.ts';

/** Parts of the page that a host may leave out. */
export const LOG_PARTS = [
  ...['header', 'query', 'filters', 'histogram', 'facets', 'export', 'live', 'save'],
] as const;
export type LogPart = (typeof LOG_PARTS)[number];

interface Props {
  readonly view: CatalogView;
  readonly state: LogState;
  readonly onState: (state: LogState, isStep: boolean) => void;
  readonly hidden: ReadonlySet<LogPart>;
  readonly live: Live;
  readonly onLive: () => void;
  readonly onExport: () => void;
  readonly onSaid: (text: string) => void;
}

export function LogHeader({ view, state, onState, hidden, live, onLive, onExport, onSaid }: Props) {
  const { words, locale, storageName } = useReader();
  const canExport = view.capabilities.includes('export') && view.formats.length > 0;
  return (
    <header part="toolbar" className="flex flex-wrap items-center gap-1.5">
      {!hidden.has('header') && (
        <h1 className="mr-auto text-title font-strong" title={view.description}>
          {view.label}
        </h1>
      )}
      {live.waiting > 0 && (
        <Button kind="primary" onClick={live.show}>
          {words.newEvents(number(live.waiting, locale))}
        </Button>
      )}
      {storageName !== undefined && !hidden.has('save') && (
        <SaveSearch q={state.q} onSaid={onSaid} />
      )}
      <ColumnChoice view={view} state={state} onState={onState} />
      {!hidden.has('export') && (
        <Button onClick={onExport} disabledWhy={canExport ? undefined : words.noExport}>
          {words.exportEllipsis}
        </Button>
      )}
      {view.live && !hidden.has('live') && (
        <Button aria-pressed={state.isLive} onClick={onLive}>
          <span
            aria-hidden="true"
            className={`size-2 rounded-full ${state.isLive ? 'bg-accent' : 'bg-control'}`}
          />
          {words.live}
        </Button>
      )}
    </header>
  );
}

function SaveSearch({ q, onSaid }: { q: string; onSaid: (text: string) => void }) {
  const { words, storageName } = useReader();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const { saved } = keptSearches(storageName);
  const hasQuery = q.trim() !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    saveSearch(storageName, name.trim(), q);
    onSaid(words.saved(name.trim()));
    setOpen(false);
    setName('');
  };
  return (
    <Panel
      label={words.saveSearch}
      open={isOpen}
      onOpenChange={setOpen}
      className="w-72"
      trigger={
        <Button disabledWhy={hasQuery || saved.length > 0 ? undefined : words.nothingToSave}>
          {words.save}
        </Button>
      }
    >
      {hasQuery && (
        <form onSubmit={submit} className="flex flex-col gap-2">
          <TextField
            label={words.saveName}
            help={words.savedHere}
            value={name}
            maxLength={80}
            required
            onChange={({ target }) => setName(target.value)}
          />
          <Button type="submit" kind="primary">
            {words.save}
          </Button>
        </form>
      )}
      <SavedSearches saved={saved} storageName={storageName} onSaid={onSaid} />
    </Panel>
  );
}

interface SavedProps extends Pick<KeptSearches, 'saved'> {
  readonly storageName: string | undefined;
  readonly onSaid: (text: string) => void;
}

function SavedSearches({ saved, storageName, onSaid }: SavedProps) {
  const { words } = useReader();
  const [forgotten, setForgotten] = useState<readonly string[]>([]);
  const left = saved.filter(({ name }) => !forgotten.includes(name));
  if (left.length === 0) return null;
  const forget = (name: string) => {
    forgetSearch(storageName, name);
    setForgotten([...forgotten, name]);
    onSaid(words.forgotten(name));
  };
  return (
    <section className="mt-3 first:mt-0">
      <h3 className="text-meta font-strong text-ink-3">{words.savedSearches}</h3>
      <ul className="max-h-60 overflow-auto">
        {left.map(({ name, q }) => (
          <li key={name} className="flex items-center gap-2">
            <span className="min-w-0 grow">
              <span className="block truncate">{name}</span>
              <span className="block truncate font-mono text-meta text-ink-3">{q}</span>
            </span>
            <IconButton label={words.forgetSearch(name)} onClick={() => forget(name)}>
              <Trash2 className="icon" aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Which columns are shown, and how high a row is. */
function ColumnChoice({ view, state, onState }: Pick<Props, 'view' | 'state' | 'onState'>) {
  const reader = useReader();
  const { words, density, setDensity } = reader;
  const columns = columnsOf(view, reader);
  const chosen = state.columns ?? columns.map(({ path }) => path);
  const toggle = (path: string) => {
    const next = columns
      .map((column) => column.path)
      .filter((one) => (one === path ? !chosen.includes(one) : chosen.includes(one)));
    if (next.length === 0) return;
    const isAll = next.length === columns.length;
    onState({ ...state, columns: isAll ? undefined : next }, false);
  };
  return (
    <Panel
      label={words.tableLook}
      className="w-60"
      trigger={
        <IconButton label={words.tableLook} kind="plain" className="@max-narrow/log:hidden">
          <Columns3 className="icon" aria-hidden="true" />
        </IconButton>
      }
    >
      <fieldset className="flex flex-col">
        <legend className="mb-1 text-meta font-strong text-ink-2">{words.exportColumns}</legend>
        {columns.map(({ path, label }) => (
          <Check
            key={path}
            label={label}
            checked={chosen.includes(path)}
            onChange={() => toggle(path)}
          />
        ))}
      </fieldset>
      <div className="mt-2 border-t border-line pt-2">
        <Check
          label={words.comfortable}
          checked={density === 'comfortable'}
          onChange={({ target }) => setDensity(target.checked ? 'comfortable' : 'dense')}
        />
      </div>
    </Panel>
  );
}

/**
 * A log on paper: the rows that are loaded, one below the other, with what was asked and how many
 * there are. Stands beside the page only while the browser prints.
 */
import { useEffect, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import type { Line } from '../find/families.ts';
import type { LogState } from '../find/log-state.ts';
import { lineAt } from '../find/rows.ts';
import { useReader } from '../reader.tsx';
import { clock, date, number, rangeText } from '../words/format.ts';
import { Cell, type TableColumn, timeIn } from './cells.tsx';
import type { RowsOfSearch } from './use-rows.ts';

interface Props {
  readonly rows: RowsOfSearch;
  readonly columns: readonly TableColumn[];
  readonly state: LogState;
  /** Of all events that were asked for, if it is known. */
  readonly total: number | undefined;
  readonly link: string | undefined;
}

/** Printing does not wait: what is to be on paper must be there when the event is over. */
function useIsPrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return isPrinting;
}

export function Printed(props: Props) {
  return useIsPrinting() ? createPortal(<Sheet {...props} />, document.body) : null;
}

function Sheet({ rows, columns, state, total, link }: Props) {
  const reader = useReader();
  const { words, locale, zone } = reader;
  const lines = Array.from({ length: rows.rows.count }, (_, at) => lineAt(rows.rows, at)).filter(
    (line): line is Line => line !== undefined,
  );
  const shown = number(lines.length, locale);
  const asked = [state.q, rangeText(state.range, reader), zone].filter((text) => text !== '');
  // Paper outlives the year.
  const dated = (iso: string): string =>
    `${date(Date.parse(iso), reader)}, ${clock(Date.parse(iso), reader)}`;
  return (
    <div className="annals printed">
      <h1 className="text-title font-strong">{document.title}</h1>
      <p className="text-ink-2">{asked.join(' · ')}</p>
      <p className="mb-2 text-ink-2">
        {total === undefined || total === lines.length
          ? words.events(shown)
          : words.printedOf(shown, number(total, locale))}
      </p>
      <table className="w-full text-left text-meta">
        <thead>
          <tr>
            {columns.map(({ path, label }) => (
              <th key={path} className="py-1 pr-3 font-strong">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ event, isChild }) => (
            <tr key={event.id} className="break-inside-avoid border-t border-line align-top">
              {columns.map((column) => (
                <td key={column.path} className="py-1 pr-3">
                  {column.kind === 'time' ? (
                    dated(timeIn(column, event))
                  ) : (
                    <Cell column={column} columns={columns} event={event} isChild={isChild} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {link !== undefined && <p className="mt-4 text-meta break-all">{link}</p>}
    </div>
  );
}

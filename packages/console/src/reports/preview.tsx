/** What a template would make now, while it is written: when, about which days, the first rows. */
import { REPORT_LIMITS } from '@annals/contract/schedule';
import type { ReportPreview } from '@annals/sdk';
import { dayIn } from '@annals/viewer/find/zone';
import { Waiting } from '@annals/viewer/log/states.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { rangeText, weekdayMoment } from '@annals/viewer/words/format';
import { Section, wordsOf } from '../parts.tsx';
import { problemsOf } from './draft.ts';

interface Asked {
  readonly data: ReportPreview | null | undefined;
  readonly error: unknown;
  readonly isFetching: boolean;
}

export function Preview({ query, zone }: { query: Asked; zone: string }) {
  const { data, error, isFetching } = query;
  return (
    <div aria-busy={isFetching} className="sticky top-0 min-w-0 @max-drawer/log:static">
      <Section title="Preview">
        {error ? (
          <p className="text-ink-2">{told(error)}</p>
        ) : data ? (
          <Shown preview={data} zone={zone} />
        ) : (
          <Waiting lines={6} />
        )}
      </Section>
    </div>
  );
}

/** A field that says what is wrong with it has said so. */
const told = (error: unknown): string =>
  problemsOf(error).rest === undefined ? 'There is none until the form is right.' : wordsOf(error);

function Shown({ preview, zone }: { preview: ReportPreview; zone: string }) {
  const { words, locale, zone: own } = useReader();
  const about = { words, locale, zone };
  const { from, to, next_runs: runs, notices } = preview;
  const day = (ms: number) => dayIn(zone, ms);
  const [first, last] = [day(Date.parse(from)), day(Date.parse(to) - 1)];
  const days = { kind: 'days', from: first, to: last } as const;
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 [&_dt]:text-ink-2">
        <dt>Next runs</dt>
        <dd>
          {runs.length === 0
            ? 'When somebody runs it'
            : runs.map((iso) => (
                <span key={iso} className="mr-4 inline-block whitespace-nowrap">
                  {weekdayMoment(Date.parse(iso), about)}
                </span>
              ))}
          {zone !== own && runs.length > 0 && (
            <span className="block text-meta text-ink-3">In {zone}</span>
          )}
        </dd>
        <dt>Range now</dt>
        <dd>{rangeText(days, about)}</dd>
      </dl>
      {notices.map(({ detail }) => (
        <p key={detail} className="text-meta text-ink-2">
          {detail}
        </p>
      ))}
      <Rows preview={preview} />
    </>
  );
}

function Rows({ preview: { columns, rows } }: { preview: ReportPreview }) {
  if (rows.length === 0) {
    return <p className="text-ink-2">No event in these days: the file would have no rows.</p>;
  }
  const isAll = rows.length < REPORT_LIMITS.previewRows;
  const label = isAll ? `All ${rows.length} rows` : `The first ${rows.length} rows`;
  return (
    <div className="flex flex-col gap-1">
      <p className="text-meta text-ink-2">{label} of the file</p>
      <section
        aria-label={label}
        tabIndex={0}
        className="max-h-[60vh] overflow-auto rounded-panel border border-line bg-raised"
      >
        <table className="text-left text-meta [&_td]:px-3 [&_td]:py-1 [&_th]:px-3 [&_th]:py-1.5">
          <thead className="sticky top-0 bg-raised">
            <tr>
              {columns.map((name, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two may have the same name.
                <th key={at} className="border-b border-line font-strong whitespace-nowrap">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows and cells never move.
              <tr key={row} className="border-line not-last:border-b">
                {cells.map((cell, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the same.
                  <td key={at} className="max-w-80 truncate" title={cell}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

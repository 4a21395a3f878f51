/** Fields of a template: what it asks, and when. */
import {
  LATEST_DAY,
  RANGE_WORDS,
  REPORT_LIMITS,
  REPORT_RANGES,
  weekdayName,
} from '@annals/contract/schedule';
import type { Report } from '@annals/sdk';
import { type Choice, Choose, TextField } from '@annals/viewer/look/field.tsx';
import type { CatalogView } from '@annals/viewer/reader.tsx';
import { useId } from 'react';
import { useMe } from '../session.tsx';
import {
  cronOfWhen,
  type Draft,
  EVERY,
  type Every,
  ofView,
  type Problems,
  rescheduled,
  type When,
} from './draft.ts';

interface Fields {
  readonly draft: Draft;
  readonly problems: Problems;
  readonly onDraft: (draft: Draft) => void;
}

/** Of a query that is not shown to who changes the template. */
const HIDDEN = 'One may be saved that you may not see; saving replaces it by this.';
const QUERY = 'A query, as on the page of the log; empty takes all.';

export function QuestionFields({
  draft,
  problems,
  onDraft,
  views,
  report,
}: Fields & { views: readonly CatalogView[]; report: Report | undefined }) {
  const { id } = useMe();
  const isHidden = report !== undefined && report.q === null && report.owner.id !== id;
  const { title, view, q, range } = draft;
  return (
    <>
      <TextField
        label="Title"
        value={title}
        maxLength={REPORT_LIMITS.title}
        required
        autoFocus={report === undefined}
        autoComplete="off"
        problem={problems.of('title')}
        onChange={({ target }) => onDraft({ ...draft, title: target.value })}
      />
      <Choose
        label="Type"
        value={view.view}
        choices={views.map((one) => ({ value: one.view, label: one.label }))}
        onChange={({ target }) =>
          onDraft(ofView(draft, views.find((one) => one.view === target.value) ?? view))
        }
      />
      <TextField
        label="Only events that match"
        value={q}
        placeholder="outcome:denied"
        spellCheck={false}
        autoComplete="off"
        className="font-mono"
        help={isHidden ? `${QUERY} ${HIDDEN}` : QUERY}
        problem={problems.of('q')}
        onChange={({ target }) => onDraft({ ...draft, q: target.value })}
      />
      <Choose
        label="Range"
        value={range}
        choices={REPORT_RANGES.map((value) => ({ value, label: RANGE_WORDS[value] }))}
        help="Whole days before each run."
        problem={problems.of('range')}
        onChange={({ target }) =>
          onDraft({
            ...{ ...draft, isRangeChosen: true },
            range: REPORT_RANGES.find((one) => one === target.value) ?? range,
          })
        }
      />
    </>
  );
}

const EVERY_WORDS: Readonly<Record<Every, string>> = {
  day: 'Every day',
  week: 'Every week',
  month: 'Every month',
  cron: 'By a cron line',
  never: 'Only when somebody runs it',
};
const WEEKDAYS: readonly Choice[] = [1, 2, 3, 4, 5, 6, 7].map((on) => ({
  value: String(on),
  label: weekdayName(on),
}));
const MONTH_DAYS: readonly Choice[] = [
  ...Array.from({ length: LATEST_DAY }, (_, n) => String(n + 1)).map((value) => ({
    value,
    label: `Day ${value}`,
  })),
  { value: 'last', label: 'Last day' },
];

export function WhenFields({ draft, problems, onDraft }: Fields) {
  const { when } = draft;
  const { every } = when;
  const isTimed = every === 'day' || every === 'week' || every === 'month';
  return (
    <>
      <Choose
        label="Runs"
        value={every}
        choices={EVERY.map((value) => ({ value, label: EVERY_WORDS[value] }))}
        problem={every === 'cron' ? undefined : problems.of('schedule')}
        onChange={({ target }) =>
          onDraft(rescheduled(draft, { every: EVERY.find((one) => one === target.value) ?? every }))
        }
      />
      {isTimed && <Timed when={when} onWhen={(next) => onDraft(rescheduled(draft, next))} />}
      {every === 'cron' && (
        <TextField
          label="Cron line"
          value={when.cron}
          placeholder="30 2 * * 1-5"
          required
          spellCheck={false}
          autoComplete="off"
          className="font-mono"
          help="Minute, hour, day, month, day of the week. At most once an hour."
          problem={problems.of('schedule')}
          onChange={({ target }) => onDraft(rescheduled(draft, { cron: target.value }))}
        />
      )}
      <Zone draft={draft} problems={problems} onDraft={onDraft} />
      {every !== 'never' && (
        <p className="text-meta text-ink-2">
          A run waits for the delay of the view and 15 minutes more. Events that are recorded later
          come with the next run, marked as late.
        </p>
      )}
    </>
  );
}

function Timed({ when, onWhen }: { when: When; onWhen: (next: Partial<When>) => void }) {
  return (
    <div className="grid grid-cols-2 gap-3">
      {when.every === 'week' && (
        <Choose
          label="On"
          value={String(when.weekday)}
          choices={WEEKDAYS}
          onChange={({ target }) => onWhen({ weekday: Number(target.value) })}
        />
      )}
      {when.every === 'month' && (
        <Choose
          label="On"
          value={String(when.monthDay)}
          choices={MONTH_DAYS}
          onChange={({ target }) =>
            onWhen({ monthDay: target.value === 'last' ? 'last' : Number(target.value) })
          }
        />
      )}
      <TextField
        label="At"
        type="time"
        required
        value={when.at}
        onChange={({ target }) => onWhen({ at: target.value })}
      />
    </div>
  );
}

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((one) => one !== 'UTC')];

function Zone({ draft, problems, onDraft }: Fields) {
  const id = useId();
  const isScheduled = cronOfWhen(draft.when) !== null;
  return (
    <>
      <TextField
        label="Time zone"
        value={draft.zone}
        list={id}
        required
        autoComplete="off"
        help={
          isScheduled ? 'Of the schedule, the range and the file.' : 'Of the range and the file.'
        }
        problem={problems.of('time_zone')}
        onChange={({ target }) => onDraft({ ...draft, zone: target.value })}
      />
      <datalist id={id}>
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

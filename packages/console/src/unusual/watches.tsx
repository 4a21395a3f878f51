/** Whether views are watched: what that means before it begins, and how far it is. */
import type { Watch } from '@annals/sdk';
import { State } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { Choose } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { minuteMoment } from '@annals/viewer/words/format';
import {
  Download,
  type LucideIcon,
  MapPin,
  RotateCcwKey,
  Sparkle,
  Trash2,
  TrendingUp,
} from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Confirm, useDoing } from '../parts.tsx';

const LOOKS_FOR: readonly (readonly [LucideIcon, string, string])[] = [
  [Sparkle, 'First times', 'Giving, taking, deleting or exporting what they never did before.'],
  [MapPin, 'New networks', 'Coming from a network that they never came from.'],
  [TrendingUp, 'Bursts', 'Much more in an hour than is usual for them at that time.'],
  [Trash2, 'Many deletions', 'Deleting much more than is usual for them.'],
  [Download, 'Many exports', 'Exporting much more than is usual for them.'],
  [RotateCcwKey, 'Failures, then success', 'Failing many times in a row before it works.'],
];

const WATCHES_STAFF =
  'It watches what people do, day by day, and keeps their usual figures for eight weeks. In ' +
  'many countries the works council has a say in that.';

/** Before anything is watched. */
export function Introduction({
  watches,
  views,
}: {
  watches: readonly Watch[];
  views: readonly Watch[];
}) {
  if (watches.length === 0) return <State>None of your views can be watched.</State>;
  const [why] = watches.flatMap(({ reason }) => reason ?? []);
  return (
    <div className="flex flex-col gap-5 rounded-panel border border-line bg-raised p-5">
      <div className="flex max-w-2xl flex-col gap-1">
        <h2 className="text-sentence font-strong">Off</h2>
        <p>
          {WATCHES_STAFF} Turning it on is an event of the log; turned off, all it learned is gone.
        </p>
      </div>
      <dl className="grid grid-cols-3 gap-x-6 gap-y-4 @max-narrow/log:grid-cols-1">
        {LOOKS_FOR.map(([Icon, name, about]) => (
          <div key={name} className="grid grid-cols-[auto_1fr] content-start gap-x-2">
            <Icon className="icon mt-0.5 text-accent" aria-hidden="true" />
            <dt className="font-strong">{name}</dt>
            <dd className="col-start-2 text-ink-2">{about}</dd>
          </div>
        ))}
      </dl>
      {views.length > 0 ? (
        <div>
          <TurnOn views={views} label="Turn on" isFirst />
        </div>
      ) : (
        <p className="text-ink-2">{why}</p>
      )}
    </div>
  );
}

export function TurnOn({
  views,
  label,
  isFirst = false,
}: {
  views: readonly Watch[];
  label: string;
  isFirst?: boolean;
}) {
  const { client, tenantId, words } = useReader();
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const { run, note, isBusy } = useDoing();
  const view = views.find((one) => one.view === chosen) ?? views[0];
  if (view === undefined) return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const place = { tenant_id: tenantId, view: view.view };
    if (await run(() => client.unusual.turnOn(place))) setOpen(false);
  };
  return (
    <>
      <Button kind={isFirst ? 'primary' : 'plain'} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Dialog
        title="Watch what people do"
        closeLabel={words.close}
        open={isOpen}
        onOpenChange={setOpen}
      >
        <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
          <p>{WATCHES_STAFF}</p>
          <Choose
            label="Through the view"
            value={view.view}
            choices={views.map((one) => ({ value: one.view, label: one.label }))}
            help="Only what this view shows counts. It first learns from the last eight weeks."
            onChange={({ target }) => setChosen(target.value)}
          />
          {note}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>{words.cancel}</Button>
            <Button type="submit" kind="primary" disabled={isBusy}>
              Turn on
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

/** How far each watched view is. */
export function Watches({ watches }: { watches: readonly Watch[] }) {
  return (
    <ul className="flex flex-col rounded-panel border border-line bg-raised">
      {watches.map((watch) => (
        <li
          key={watch.view}
          className={
            'flex flex-wrap items-center gap-x-4 gap-y-1 border-line px-4 py-2 not-last:border-b'
          }
        >
          <span className="font-strong">{watch.label}</span>
          <span className="min-w-0 grow text-ink-2">
            <Far watch={watch} />
          </span>
          <TurnOff watch={watch} />
        </li>
      ))}
    </ul>
  );
}

function Far({ watch }: { watch: Watch }) {
  const reader = useReader();
  const { state, reason, looked_to: far, learning, notices } = watch;
  if (state === 'paused') return <>Paused. {reason}</>;
  if (learning !== null && far !== null) {
    const [from, to] = [Date.parse(learning.from), Date.parse(learning.to)];
    const done = Math.floor(((Date.parse(far) - from) / Math.max(1, to - from)) * 100);
    return (
      <span className="flex items-center gap-3">
        Learning what is usual, {done} %
        <span
          role="progressbar"
          aria-label="Learned"
          aria-valuenow={done}
          className="h-1.5 w-40 overflow-hidden rounded bg-line"
        >
          <span className="block h-full bg-accent" style={{ width: `${done}%` }} />
        </span>
      </span>
    );
  }
  return (
    <>
      Watched up to {far === null ? 'now' : minuteMoment(Date.parse(far), reader)}
      {notices.map(({ detail }) => (
        <span key={detail} className="block text-meta">
          {detail}
        </span>
      ))}
    </>
  );
}

function TurnOff({ watch: { view, label } }: { watch: Watch }) {
  const { client, tenantId } = useReader();
  return (
    <Confirm
      label="Turn off"
      title={`Stop watching ${label}`}
      kind="plain"
      onConfirm={() => client.unusual.turnOff({ tenant_id: tenantId, view })}
    >
      What it learned and found is forgotten. What was said of findings stays in the log.
    </Confirm>
  );
}

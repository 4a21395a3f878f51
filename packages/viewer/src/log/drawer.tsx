/** An event beside its list: the list stays usable, the focus comes and goes back to the row. */

import type { ReadEvent } from '@annals/contract/event';
import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight, MoreHorizontal, X } from 'lucide-react';
import { type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import { eventCurl, eventText } from '../event/as-text.ts';
import { EventBody, titleOf } from '../event/event.tsx';
import { Button, IconButton } from '../look/button.tsx';
import { classes } from '../look/classes.ts';
import { copyText } from '../look/copy.ts';
import { Menu, type MenuItem } from '../look/popup.tsx';
import { useReader } from '../reader.tsx';
import { number } from '../words/format.ts';
import { type Lens, placeOf } from './question.ts';
import { TroubleNote } from './states.tsx';
import { troubleOf } from './troubles.ts';

const WIDTH = { least: 400, usual: 480, most: 720 } as const;
const STEP = 20;

interface Props {
  readonly id: string;
  readonly lens: Lens;
  /** What the list has of it already. */
  readonly known: ReadEvent | undefined;
  /** Place among the rows, from 1; undefined if it is not among them. */
  readonly position: number | undefined;
  readonly total: string | undefined;
  readonly onStep: ((by: number) => void) | undefined;
  readonly onClose: () => void;
  readonly linkOf: (() => string | undefined) | undefined;
  readonly onSaid: (text: string) => void;
  /** What can be done is in a menu where there is little room. */
  readonly isNarrow: boolean;
}

/** The event of an id: of the list, or asked for. */
export function useEvent(id: string, lens: Lens, known: ReadEvent | undefined) {
  const reader = useReader();
  const { client, tenantId } = reader;
  return useQuery({
    queryKey: ['event', tenantId, lens, id],
    queryFn: ({ signal }) => client.events.get(id, placeOf(reader, lens), { signal }),
    ...(known ? { initialData: known, staleTime: Number.POSITIVE_INFINITY } : {}),
  });
}

export function Drawer(props: Props) {
  const { words } = useReader();
  const { id, lens, known, onClose } = props;
  const headingId = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const [width, setWidth] = useState<number>(WIDTH.usual);
  const { data: event, error } = useEvent(id, lens, known);
  useEffect(() => {
    if (event?.id === id) heading.current?.focus({ preventScroll: true });
  }, [event?.id, id]);
  return (
    <aside
      aria-labelledby={event ? headingId : undefined}
      aria-label={event ? undefined : words.event}
      style={{ '--drawer': `${width}px` } as React.CSSProperties}
      className={classes(
        'drawer-enter relative flex w-(--drawer) shrink-0 flex-col border-l',
        'border-line bg-raised @max-drawer/log:w-full @max-drawer/log:border-0',
      )}
      onKeyDown={(key) => {
        if (key.key !== 'Escape') return;
        key.stopPropagation();
        onClose();
      }}
      part="drawer"
    >
      <Edge width={width} onWidth={setWidth} />
      <DrawerBar {...props} event={event} />
      <div className="grow overflow-auto p-4">
        {error !== null && <TroubleNote trouble={troubleOf(error, words)} />}
        {event && (
          <EventBody
            event={event}
            lens={lens}
            headingId={headingId}
            headingRef={(element) => {
              heading.current = element;
            }}
          />
        )}
      </div>
    </aside>
  );
}

/** The edge by which it is made wider. */
function Edge({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const { words } = useReader();
  const bounded = (next: number) => onWidth(Math.min(WIDTH.most, Math.max(WIDTH.least, next)));
  const drag = (event: PointerEvent<HTMLHRElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const right = event.currentTarget.parentElement?.getBoundingClientRect().right ?? 0;
    bounded(right - event.clientX);
  };
  return (
    <hr
      aria-orientation="vertical"
      aria-label={words.event}
      aria-valuenow={width}
      aria-valuemin={WIDTH.least}
      aria-valuemax={WIDTH.most}
      tabIndex={0}
      className={classes(
        'absolute inset-y-0 -left-1 z-20 m-0 h-full w-2 cursor-col-resize',
        'border-0 hover:bg-accent-tint @max-drawer/log:hidden',
      )}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={(event) => {
        const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
        if (step !== undefined) bounded(width + step);
      }}
    />
  );
}

/** What can be done with the event: copied in three ways, and opened on a page of its own. */
function useActions({ id, lens, linkOf, onSaid }: Props, event: ReadEvent | undefined): MenuItem[] {
  const reader = useReader();
  const { words } = reader;
  const copy = (text: string, done?: string) => void copyText(text, words, done).then(onSaid);
  const link = linkOf?.();
  const curl = eventCurl(reader.apiUrl, id, placeOf(reader, lens));
  const place = { kind: 'event', id } as const;
  const hasPage = reader.hrefOf(place, lens.view) !== undefined;
  const asText = () => (event ? eventText(event, titleOf(event, reader), reader, link) : '');
  return [
    ...(link === undefined
      ? []
      : [{ label: words.link, onChoose: () => copy(link, words.linkCopied) }]),
    { label: words.copyText, onChoose: () => copy(asText()) },
    { label: words.curl, onChoose: () => copy(curl) },
    ...(hasPage ? [{ label: words.page, onChoose: () => reader.go(place, lens.view) }] : []),
  ];
}

function DrawerBar(props: Props & { event: ReadEvent | undefined }) {
  const { event, position, total, onStep, onClose, isNarrow } = props;
  const { words, locale } = useReader();
  const actions = useActions(props, event);
  return (
    <div className="flex items-center gap-1 border-b border-line px-2 py-1 print:hidden">
      {onStep && (
        <>
          <IconButton label={words.previousEvent} onClick={() => onStep(-1)}>
            <ChevronLeft className="icon" aria-hidden="true" />
          </IconButton>
          <IconButton label={words.nextEvent} onClick={() => onStep(1)}>
            <ChevronRight className="icon" aria-hidden="true" />
          </IconButton>
        </>
      )}
      {position !== undefined && total !== undefined && (
        <span className="px-1 text-meta text-ink-2">
          {words.eventOf(number(position, locale), total)}
        </span>
      )}
      <span className="grow" />
      {isNarrow ? (
        <Menu
          label={words.more}
          items={actions}
          trigger={
            <IconButton label={words.more}>
              <MoreHorizontal className="icon" aria-hidden="true" />
            </IconButton>
          }
        />
      ) : (
        actions.map(({ label, onChoose }) => (
          <Button key={label} kind="quiet" onClick={onChoose}>
            {label}
          </Button>
        ))
      )}
      <IconButton label={words.close} onClick={onClose}>
        <X className="icon" aria-hidden="true" />
      </IconButton>
    </div>
  );
}

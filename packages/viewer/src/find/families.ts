/**
 * What one request did stands together: the event of whoever asked, and under it what the product
 * did because of it. Pure; sees one page.
 */
import type { ReadEvent } from '@annals/contract/event';
import { idText, isPrimary } from '@annals/contract/values';

export interface Line {
  readonly event: ReadEvent;
  readonly isChild: boolean;
  /** Of a parent: how many of its children are folded away. */
  readonly folded: number;
}

/** More children than these are folded. */
export const FOLDED_ABOVE = 3;
/** What comes later is another affair, in ms. */
const FAMILY_MS = 5_000;

const tieOf = ({ context }: ReadEvent): string | undefined =>
  context?.request_id ?? context?.correlation_id;

const isOfProduct = ({ source, actor }: ReadEvent): boolean =>
  source?.initiator === 'system' || actor.type === 'system';

const targetKey = ({ type, id }: NonNullable<ReadEvent['targets']>[number]): string =>
  JSON.stringify([type, idText(id)]);

/** Whether an event is about what hangs on the record of another one. */
function isAboutPart(child: ReadEvent, parent: ReadEvent): boolean {
  const own = new Set((parent.targets ?? []).filter(isPrimary).map(targetKey));
  return (child.targets ?? []).some(
    (target) => target.role === 'parent' && own.has(targetKey(target)),
  );
}

const isChildOf = (child: ReadEvent, parent: ReadEvent): boolean =>
  Math.abs(Date.parse(child.occurred_at) - Date.parse(parent.occurred_at)) <= FAMILY_MS &&
  (isOfProduct(child) || isAboutPart(child, parent));

/** The first in time that a person or program asked for: what the others may come from. */
function parentOf(run: readonly ReadEvent[]): ReadEvent | undefined {
  const asked = run.filter((event) => !isOfProduct(event));
  return asked.reduce<ReadEvent | undefined>((first, event) => {
    if (first === undefined) return event;
    if (event.occurred_at < first.occurred_at) return event;
    return event.occurred_at === first.occurred_at && isAboutPart(first, event) ? event : first;
  }, undefined);
}

/** Events of one request, side by side in a list, as lines. */
function linesOfRun(run: readonly ReadEvent[], isOpen: (id: string) => boolean): Line[] {
  const single = (event: ReadEvent): Line => ({ event, isChild: false, folded: 0 });
  const parent = run.length > 1 ? parentOf(run) : undefined;
  if (parent === undefined) return run.map(single);
  const children = run.filter((event) => event !== parent && isChildOf(event, parent));
  const others = run.filter((event) => event !== parent && !children.includes(event));
  const isFolded = children.length > FOLDED_ABOVE && !isOpen(parent.id);
  const shown = isFolded ? [] : children;
  return [
    ...others.map(single),
    { event: parent, isChild: false, folded: isFolded ? children.length : 0 },
    ...shown.map((event): Line => ({ event, isChild: true, folded: 0 })),
  ];
}

/** The lines of a page; `isOpen` says of which parents the children are wanted. */
export function linesOf(events: readonly ReadEvent[], isOpen: (id: string) => boolean): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < events.length; ) {
    const first = events[at];
    if (first === undefined) break;
    const tie = tieOf(first);
    let end = at + 1;
    while (tie !== undefined && end < events.length && tieOf(events[end] ?? first) === tie) end++;
    lines.push(...linesOfRun(events.slice(at, end), isOpen));
    at = end;
  }
  return lines;
}

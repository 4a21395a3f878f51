/**
 * Entities of which events were changed: what is known of them from what stays, and which of their
 * names are gone with what is gone.
 */
import type { ReadEvent } from '@annals/contract/event';
import { isOwn } from '@annals/contract/view';
import type { EntityRow, FollowerStore, NameRow } from '../store/store.ts';
import { NEVER, NOT_YET, PARTY_ROLES } from '../store/store.ts';
import { NAMES_AGAIN_MS } from './derive.ts';
import { foldedName, type Involved, nameStarts, see, seeOwn } from './involved.ts';
import type { Remaining, Sighting, Walk } from './remaining.ts';

/** An entity's part in an event as it was, or as it is now. */
export interface Part {
  readonly part: Involved;
  readonly event: ReadEvent;
  readonly sequence: number;
  readonly occurredAt: number;
}

/** An entity, with its parts in changed events before and after. */
export interface Touched {
  readonly entity: number;
  readonly key: string;
  readonly before: readonly Part[];
  readonly after: readonly Part[];
}

export interface EntityChanges {
  readonly entities: EntityRow[];
  readonly goneEntities: number[];
  readonly goneNames: { entity: number; folded: string }[];
  readonly newNames: NameRow[];
}

const LAST = Number.MAX_SAFE_INTEGER;
const FIRST_PLACE = { occurredAt: NEVER, sequence: 0 };
const ACTING = PARTY_ROLES.actor | PARTY_ROLES.on_behalf_of;

type Latest = 'namedAt' | 'emailedAt' | 'actedAt' | 'touchedAt' | 'createdAt' | 'deletedAt';

const isDone = ({ part, event }: Pick<Part, 'part' | 'event'>, operation: string): boolean =>
  !isOwn(event) &&
  (part.role & PARTY_ROLES.primary) !== 0 &&
  (event.outcome?.result ?? 'success') === 'success' &&
  event.operation === operation;
/** Whether a part tells a time of its entity, as `see` takes it. */
const TELLS: Readonly<Record<Latest, (of: Pick<Part, 'part' | 'event'>) => boolean>> = {
  namedAt: ({ part }) => part.name !== '',
  emailedAt: ({ part }) => part.email !== '',
  actedAt: ({ part, event }) => !isOwn(event) && (part.role & ACTING) !== 0,
  touchedAt: ({ part, event }) => !isOwn(event) && (part.role & ~ACTING) !== 0,
  createdAt: (of) => isDone(of, 'create'),
  deletedAt: (of) => isDone(of, 'delete'),
};
const LATEST = ['namedAt', 'emailedAt', 'actedAt', 'touchedAt', 'createdAt', 'deletedAt'] as const;

const textsIn = ({ names, emails }: Involved): string[] => [...names, ...emails];

/** Whether its events lost nothing that is known of it. */
const isUntouched = ({ before, after }: Touched): boolean =>
  before.length === after.length &&
  before.every(({ part }, index) => {
    const other = after[index]?.part;
    return other && textsIn(part).join('\n') === textsIn(other).join('\n');
  });

/** An entity that is still in some event, while it is found out what is known of it. */
interface Open extends Touched {
  readonly row: EntityRow;
  /** Times that a changed event told, and that another one may tell now. */
  readonly lost: ReadonlySet<Latest>;
}

function opened(touched: Touched, stored: EntityRow): Open {
  const { before } = touched;
  const lost = new Set(
    LATEST.filter((time) =>
      before.some((one) => one.occurredAt === stored[time] && TELLS[time](one)),
    ),
  );
  const row = { ...stored };
  for (const { event } of before) {
    if (isOwn(event)) row.ownEvents--;
    else row.events--;
  }
  return { ...touched, row, lost };
}

/** What must be read to know an entity again. */
function walksOf({ row, before, lost, ...of }: Open, stored: EntityRow): Walk[] {
  const own = { entity: of.entity, key: of.key, changed: before.length };
  const walks: Walk[] = [];
  if (before.some(({ occurredAt }) => occurredAt === stored.firstSeen)) {
    row.firstSeen = NOT_YET;
    const seen = ({ occurredAt, event }: Sighting) => {
      if (isOwn(event)) return false;
      row.firstSeen = occurredAt;
      return true;
    };
    walks.push({ ...own, order: 'asc', after: FIRST_PLACE, see: seen });
  }
  for (const time of lost) {
    const after = { occurredAt: stored[time], sequence: LAST };
    row[time] = NEVER;
    if (time === 'namedAt') row.name = '';
    if (time === 'emailedAt') row.email = '';
    const seen = (sighting: Sighting) => {
      if (!TELLS[time](sighting)) return false;
      row[time] = sighting.occurredAt;
      if (time === 'namedAt') row.name = sighting.part.name;
      if (time === 'emailedAt') row.email = sighting.part.email;
      return true;
    };
    walks.push({ ...own, order: 'desc', after, see: seen });
  }
  return walks;
}

type WholeName = Awaited<ReturnType<FollowerStore['derived']['wholeNames']>>[number];

const textsOf = (parts: readonly Part[]): Set<string> =>
  new Set(parts.flatMap(({ part }) => textsIn(part)));

/** A name that was spelled so in changed events alone, and how it is elsewhere, if it is. */
interface LostName {
  readonly name: string;
  /** Empty: it is nowhere. */
  spelled: string;
}

/** Looks for names of changed events that no other has; what it does not find stays in `lost`. */
function nameWalks(open: Open, names: readonly WholeName[], lost: Set<LostName>): Walk[] {
  const { entity, key, row, before, after } = open;
  const changed = textsOf(before);
  const left = [row.name, row.email, row.id, ...textsOf(after)];
  const walks: Walk[] = [];
  for (const { name, lastSeen } of names) {
    if (!changed.has(name) || left.includes(name)) continue;
    const folded = foldedName(name);
    const isSame = (text: string) => text !== '' && foldedName(text) === folded;
    const found: LostName = { name, spelled: left.find(isSame) ?? '' };
    lost.add(found);
    // It is told again only some time after it was: so late it may have been seen.
    const latest = { occurredAt: lastSeen + NAMES_AGAIN_MS, sequence: LAST };
    const seen = ({ part }: Sighting) => {
      const texts = textsIn(part);
      found.spelled ||= texts.find(isSame) ?? '';
      return texts.includes(name) && lost.delete(found);
    };
    const own = { entity, key, changed: before.length };
    walks.push({ ...own, order: 'desc', after: latest, see: seen });
  }
  return walks;
}

/** Takes names away, with their beginnings, but for those that other names have too. */
function dropNames(
  { entity, row: { tenantNo } }: Open,
  lost: ReadonlySet<LostName>,
  names: readonly WholeName[],
  changes: EntityChanges,
): void {
  const spelled = new Map([...lost].map((one) => [one.name, one.spelled]));
  const left = new Map<string, NameRow>();
  for (const { name: stored, lastSeen } of names) {
    const name = spelled.get(stored) ?? stored;
    if (name === '') continue;
    for (const [index, folded] of nameStarts(name).entries()) {
      const isWhole = index === 0 ? 1 : 0;
      const known = left.get(folded);
      if (known && known.isWhole >= isWhole) continue;
      left.set(folded, { tenantNo, folded, entity, isWhole, name, lastSeen });
    }
  }
  for (const folded of new Set([...lost].flatMap(({ name }) => nameStarts(name)))) {
    changes.goneNames.push({ entity, folded });
    const other = left.get(folded);
    if (other) changes.newNames.push(other);
  }
}

/** What entities are, once their changed events are as they are now. */
export async function entityChanges(
  store: FollowerStore,
  tenantNo: number,
  touched: readonly Touched[],
  remaining: Remaining,
): Promise<EntityChanges> {
  const { derived } = store;
  const numbers = touched.map(({ entity }) => entity);
  const rows = await derived.entityRows(tenantNo, numbers);
  const stored = new Map(rows.map((row) => [row.entity, row]));
  const changes: EntityChanges = { entities: [], goneEntities: [], goneNames: [], newNames: [] };
  const open: Open[] = [];
  const walks: Walk[] = [];
  for (const one of touched) {
    const known = stored.get(one.entity);
    // New ones are added as those of new events are.
    if (known === undefined || isUntouched(one)) continue;
    const made = opened(one, known);
    if (made.row.events + made.row.ownEvents + made.after.length <= 0) {
      changes.goneEntities.push(one.entity);
      continue;
    }
    open.push(made);
    walks.push(...walksOf(made, known));
  }
  await remaining.walk(walks);
  for (const { row, after } of open) {
    for (const { part, event, occurredAt } of after) {
      if (isOwn(event)) seeOwn(row, part, occurredAt);
      else see(row, part, event, occurredAt);
    }
    changes.entities.push(row);
  }
  const names = Map.groupBy(
    await derived.wholeNames(
      tenantNo,
      open.map(({ entity }) => entity),
    ),
    ({ entity }) => entity,
  );
  const losses = new Map(open.map(({ entity }) => [entity, new Set<LostName>()]));
  const looks = open.flatMap((one) =>
    nameWalks(one, names.get(one.entity) ?? [], losses.get(one.entity) ?? new Set()),
  );
  await remaining.walk(looks);
  for (const one of open) {
    const lost = losses.get(one.entity);
    if (lost && lost.size > 0) dropNames(one, lost, names.get(one.entity) ?? [], changes);
  }
  return changes;
}

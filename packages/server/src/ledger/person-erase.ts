/**
 * Erasing a person from a log, in batches that are each stored with how far the erasure is: so it
 * may stop at any moment and go on, counts nothing twice and loses no count. Then the whole log is
 * read once more: nothing of the person may be left, and its tree must be what it was.
 */
import { randomBytes } from 'node:crypto';
import type { ErasedPlace, ErasureCertificate, PlaceCounts } from '@annals/contract/erasures';
import {
  type CompactRange,
  EMPTY_RANGE,
  extendRange,
  rangeFromBytes,
  rangeRoot,
} from '@annals/contract/tree';
import type { Change, Revised } from '../revision.ts';
import type { HeadRow, Store, WriteStep } from '../store/store.ts';
import type { Person, PersonIn } from './person.ts';
import {
  blocksOf,
  countPlaces,
  type Finding,
  finderOf,
  mentionsOf,
  NO_COUNTS,
  PathList,
} from './person-scan.ts';
import type { Note } from './revise.ts';
import type { Progress } from './verify.ts';

/** Events that are changed at once: it holds up recording for about 30 ms. */
const BATCH_CHANGES = 500;
const PSEUDONYM_LENGTH = 12;
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** How far an erasure is: nothing of the person. */
export interface Run {
  readonly pseudonym: string;
  readonly mentions: 'list' | 'erase';
  /** The log as it was before. */
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly counts: PlaceCounts;
  readonly sequences: { readonly first: number; readonly last: number } | null;
}

export interface Erasing {
  readonly store: Store;
  readonly tenantNo: number;
  readonly person: Person;
  revise(tenantNo: number, changes: readonly Change[], note: Note): Promise<Revised>;
  /** What stores how far it is, in the same transaction as a batch. */
  noted(run: Run): WriteStep;
  readonly progress: Progress;
}

/** A legal hold covers what was to be erased. */
export class HeldBack extends Error {
  constructor(events: number) {
    super(`A legal hold covers ${events} of the events. Release it, then resume the erasure.`);
  }
}

const rootText = (range: CompactRange): string => Buffer.from(rangeRoot(range)).toString('base64');

/** Twelve letters of 36: no two erasures get the same. Bytes beyond 252 would prefer some. */
function newPseudonym(): string {
  let letters = '';
  while (letters.length < PSEUDONYM_LENGTH) {
    for (const byte of randomBytes(PSEUDONYM_LENGTH)) {
      if (byte < 252 && letters.length < PSEUDONYM_LENGTH) letters += LETTERS[byte % 36];
    }
  }
  return `erased-${letters}`;
}

export const newRun = (head: HeadRow, origin: string, mentions: Run['mentions']): Run => ({
  pseudonym: newPseudonym(),
  mentions,
  origin,
  size: head.size,
  root: rootText(rangeFromBytes(head.size, head.range)),
  counts: NO_COUNTS,
  sequences: null,
});

/** What is taken of an event. */
function takenOf({ erased }: PersonIn, { mentions }: Run): Map<string, ErasedPlace> {
  return new Map([...erased].filter(([, place]) => mentions === 'erase' || place !== 'mentions'));
}

interface Planned {
  readonly change: Change;
  readonly places: ReadonlySet<ErasedPlace>;
}

function plannedOf({ row, here }: Finding, run: Run): Planned | undefined {
  const taken = takenOf(here, run);
  if (taken.size === 0) return undefined;
  const pseudonyms = new Map(here.ids.map((path) => [path, run.pseudonym] as const));
  const change = { sequence: row.sequence, take: [...taken.keys()], pseudonyms };
  return { change, places: new Set(taken.values()) };
}

/** The run once these of the planned events have been erased. */
function afterBatch(run: Run, planned: readonly Planned[], { erased }: Revised): Run {
  const done = new Set(erased);
  let { counts, sequences } = run;
  for (const { change, places } of planned) {
    const { sequence } = change;
    if (!done.has(sequence)) continue;
    counts = countPlaces(counts, places);
    sequences = {
      first: Math.min(sequences?.first ?? sequence, sequence),
      last: Math.max(sequences?.last ?? sequence, sequence),
    };
  }
  return { ...run, counts, sequences };
}

async function eraseBatch(erasing: Erasing, run: Run, planned: readonly Planned[]): Promise<Run> {
  const changes = planned.map(({ change }) => change);
  const note: Note = (done) => [erasing.noted(afterBatch(run, planned, done))];
  const done = await erasing.revise(erasing.tenantNo, changes, note);
  if (done.held.length > 0) throw new HeldBack(done.held.length);
  return afterBatch(run, planned, done);
}

async function sizeOf({ store, tenantNo }: Erasing): Promise<number> {
  return (await store.heads.byTenant(tenantNo))?.size ?? 0;
}

/** Erases until the log's end, which moves. Answers where that was. */
async function eraseAll(erasing: Erasing, begun: Run): Promise<{ run: Run; end: number }> {
  const { store, tenantNo, person, progress } = erasing;
  let [run, from, end] = [begun, 0, await sizeOf(erasing)];
  while (from < end) {
    const find = finderOf(person, await store.classPolicies.all());
    let planned: Planned[] = [];
    for await (const rows of blocksOf({ store, tenantNo, end, progress }, from)) {
      for (const row of rows) {
        const found = find(row);
        const plan = found && plannedOf(found, run);
        if (plan) planned.push(plan);
      }
      if (planned.length < BATCH_CHANGES) continue;
      run = await eraseBatch(erasing, run, planned);
      planned = [];
    }
    if (planned.length > 0) run = await eraseBatch(erasing, run, planned);
    [from, end] = [end, await sizeOf(erasing)];
  }
  return { run, end };
}

type Remaining = Pick<ErasureCertificate['remaining'], 'mentions' | 'clear'>;

/** Reads all once more. Throws if something of the person or another tree is there. */
async function check(
  erasing: Erasing,
  run: Run,
  end: number,
): Promise<{ remaining: Remaining; root: string }> {
  const { store, tenantNo, person, progress } = erasing;
  const [mentions, clear] = [new PathList(), new PathList()];
  const find = finderOf(person, await store.classPolicies.all());
  let range = EMPTY_RANGE;
  for await (const rows of blocksOf({ store, tenantNo, end, progress }, 0)) {
    const leaves = rows.filter(({ sequence }) => sequence < run.size);
    range = extendRange(
      range,
      leaves.map(({ leafHash }) => leafHash),
      () => undefined,
    );
    for (const row of rows) {
      const found = find(row);
      if (found === undefined) continue;
      if (plannedOf(found, run)) throw new Error(`event ${row.sequence} was not erased`);
      mentions.add(found, mentionsOf(found.here));
      clear.add(found, found.here.clear);
    }
  }
  const root = rootText(range);
  if (root !== run.root) throw new Error(`the tree of tenant ${tenantNo} is not what it was`);
  const { searches: searched } = person;
  const remaining = {
    mentions: { searched, ...mentions.listing },
    clear: { searched, ...clear.listing },
  };
  return { remaining, root };
}

export type Erased = Pick<
  ErasureCertificate,
  'pseudonym' | 'counts' | 'sequences' | 'log' | 'mentions'
> & { readonly remaining: Remaining };

/** Throws HeldBack and what `progress` and `Ledger.revise` throw; may then be called again. */
export async function erasePerson(erasing: Erasing, begun: Run): Promise<Erased> {
  const { run, end } = await eraseAll(erasing, begun);
  const { remaining, root } = await check(erasing, run, end);
  const { pseudonym, counts, sequences, origin, size, mentions } = run;
  const log = { origin, size, root_before: run.root, root_after: root };
  return { pseudonym, counts, sequences, log, mentions, remaining };
}

/** What persons did in some hours, held against what is usual of each of them. */
import { createHash } from 'node:crypto';
import type { FindingKind } from '@annals/contract/finding';
import { movedBy } from '../access/access.ts';
import type { FindingRow, HourRow, SeenRow, Store, WatchRow } from '../store/store.ts';
import type { Deeds, FailedRun, PersonHour } from './deeds.ts';
import {
  type Counts,
  isBurst,
  isKnown,
  isNewAction,
  isNewNetwork,
  MEASURES,
  type Measure,
  RULES,
  type Seen,
  type Usual,
  usualAt,
} from './rules.ts';

export const HOUR_MS = 3_600_000;
/** Findings of one hour: nobody reads more, and what lies behind is something else. */
const FOUND_MOST = 200;

const KINDS: Readonly<Record<Measure, FindingKind>> = {
  events: 'burst',
  deletes: 'deletes',
  exports: 'exports',
};

/** What is known of a person. */
class Known {
  readonly person: Seen | undefined;
  readonly actions: ReadonlyMap<string, Seen>;
  readonly networks: ReadonlyMap<string, Seen>;

  constructor(rows: readonly SeenRow[]) {
    const of = (kind: string) =>
      new Map(rows.flatMap((row) => (row.kind === kind ? [[row.value, row] as const] : [])));
    this.person = of('person').get('');
    this.actions = of('action');
    this.networks = of('network');
  }
}
const NOBODY = new Known([]);

export interface Judged {
  readonly found: readonly FindingRow[];
  /** Whether there were too many. */
  readonly isCut: boolean;
}

interface Asked {
  readonly store: Store;
  readonly watch: WatchRow;
  readonly timeZone: string;
  /** Nothing of before is shown any more. */
  readonly shownFrom: number;
  /** How many persons are watched. */
  readonly people: number;
  readonly seen: ReadonlyMap<string, readonly SeenRow[]>;
  /** Findings that may grow, or mute others. */
  readonly recent: readonly FindingRow[];
}

/** The same hour of the clock, in the weeks before. */
async function weeksBefore(hour: number, timeZone: string): Promise<number[]> {
  const weeks = Array.from({ length: RULES.weeks }, (_, week) => week + 1);
  return await Promise.all(
    weeks.map(async (week) => {
      const at = await movedBy(hour * HOUR_MS, 'before', `P${week * 7}D`, timeZone);
      return Math.floor(at / HOUR_MS);
    }),
  );
}

/** The same for the same finding, so that what is looked at twice is found once. */
function idOf({ tenant_no, view }: WatchRow, ...about: readonly unknown[]): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([tenant_no, view, ...about]))
    .digest('hex');
  // RFC 9562: version 8 is of one's own making.
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

type About = Pick<FindingRow, 'kind' | 'person' | 'value' | 'figure' | 'from_at' | 'to_at'> & {
  readonly usual?: Usual;
};

type New = Omit<About, 'usual'> & { readonly name: string | undefined };

const isOf = (one: FindingRow, kind: FindingKind, person: string, value: string): boolean =>
  one.kind === kind && one.person === person && one.value === value;

/** Judges the hours of some persons; reads what is usual only of those who did much. */
export class Judge {
  readonly #asked: Asked;
  readonly #known = new Map<string, Known>();
  readonly #found = new Map<string, FindingRow>();

  constructor(asked: Asked) {
    this.#asked = asked;
    for (const [person, rows] of asked.seen) this.#known.set(person, new Known(rows));
  }

  #knownOf(person: string): Known {
    return this.#known.get(person) ?? NOBODY;
  }

  /** What is new in any hour, also one that others have been looked at after. */
  async firsts(deeds: Deeds, since: number): Promise<void> {
    const done: New[] = [];
    for (const [person, hours] of deeds.persons) {
      const { person: was, actions, networks } = this.#knownOf(person);
      for (const { hour, name, ...here } of hours.values()) {
        const at = hour * HOUR_MS;
        if (at < since || !isKnown(was, at)) continue;
        const of = { person, name, from_at: at, to_at: at + HOUR_MS };
        for (const [value, { events: figure }] of here.actions) {
          if (!actions.has(value)) done.push({ kind: 'new_action', value, figure, ...of });
        }
        if (!isNewNetwork([...networks.values()], at)) continue;
        for (const [value, { events: figure }] of here.networks) {
          const about = { kind: 'new_network', value, figure, ...of } as const;
          if (!networks.has(value)) this.#add(about, name);
        }
      }
    }
    await this.#newActions(done);
  }

  async #newActions(done: readonly New[]): Promise<void> {
    if (done.length === 0) return;
    const { store, watch, people } = this.#asked;
    const actions = [...new Set(done.map(({ value }) => value))];
    const doers = await store.unusual.doers(watch, actions);
    for (const { name, ...about } of done) {
      if (isNewAction(doers.get(about.value) ?? 0, people)) this.#add(about, name);
    }
  }

  /** Much in an hour, which nothing was looked at after. */
  async bursts(deeds: Deeds): Promise<void> {
    const weekly = new Map<number, number[]>();
    for (const [person, hours] of deeds.persons) {
      for (const here of hours.values()) {
        const isMuch = MEASURES.some((one) => here.counts[one] >= RULES.measures[one].least);
        if (!isMuch || !isKnown(this.#knownOf(person).person, here.hour * HOUR_MS)) continue;
        const weeks = weekly.get(here.hour) ?? (await weeksBefore(here.hour, this.#asked.timeZone));
        weekly.set(here.hour, weeks);
        await this.#burst(person, here, weeks);
      }
    }
  }

  async #burst(person: string, { hour, counts, name }: PersonHour, weeks: number[]) {
    const { store, watch, shownFrom } = this.#asked;
    const all = await store.unusual.hours(watch, person);
    const before = all.filter(
      (row) => row.hour * HOUR_MS >= shownFrom && row.hour < hour && row.events > 0,
    );
    const present = before.map((row) => row.hour);
    // What lasts since hours is held against the time before it began.
    const countsOf = (measure: Measure): Counts => {
      const start = this.#running(KINDS[measure], person, '', hour * HOUR_MS)?.from_at ?? Infinity;
      const calm = before.filter((row) => row.hour * HOUR_MS < start);
      return new Map(calm.map((row: HourRow) => [row.hour, row[measure]]));
    };
    let told = 0;
    // What was deleted and taken first: it is no burst besides.
    for (const measure of ['deletes', 'exports', 'events'] as const) {
      const of = countsOf(measure);
      const usual = usualAt(of, present, weeks);
      if (usual === undefined) return;
      const figure = counts[measure];
      const judged = measure === 'events' ? figure - told : figure;
      if (!isBurst(measure, judged, { counts: of, usual, hour })) continue;
      told += figure;
      const [from_at, to_at] = [hour * HOUR_MS, (hour + 1) * HOUR_MS];
      this.#add({ kind: KINDS[measure], person, value: '', figure, from_at, to_at, usual }, name);
    }
  }

  failures(runs: Iterable<FailedRun>): void {
    for (const { person, action, from, to, count: figure, name } of runs) {
      const about = { kind: 'failures', person, value: action, figure } as const;
      this.#add({ ...about, from_at: from, to_at: to + 1 }, name);
    }
  }

  /** The finding that lasts until this moment. */
  #running(kind: FindingKind, person: string, value: string, at: number): FindingRow | undefined {
    return this.#asked.recent.find(
      (one) => isOf(one, kind, person, value) && one.to_at === at && one.state !== 'expected',
    );
  }

  #add({ usual, ...about }: About, name: string | undefined): void {
    const { watch, recent } = this.#asked;
    const { kind, person, value, from_at } = about;
    const isMuted = recent.some(
      (one) => isOf(one, kind, person, value) && (one.muted_until ?? 0) > from_at,
    );
    if (isMuted) return;
    const grows = this.#running(kind, person, value, from_at);
    const figures = {
      usual_median: usual?.median ?? null,
      usual_high: usual?.high ?? null,
    };
    const row: FindingRow = {
      ...{ tenant_no: watch.tenant_no, view: watch.view, lens: watch.lens, ...about, ...figures },
      finding_id: idOf(watch, kind, person, value, from_at),
      ...{ name: name ?? null, state: 'new', note: null, judged_by: null, judged_at: null },
      ...{ muted_until: null, found_at: Date.now() },
    };
    const found = grows && usual ? grown(grows, row) : row;
    this.#found.set(found.finding_id, found);
  }

  get judged(): Judged {
    const found = [...this.#found.values()];
    return { found: found.slice(0, FOUND_MOST), isCut: found.length > FOUND_MOST };
  }
}

/** What lasts longer than an hour is one finding. */
const grown = (was: FindingRow, more: FindingRow): FindingRow => ({
  ...was,
  name: more.name ?? was.name,
  to_at: more.to_at,
  figure: was.figure + more.figure,
  usual_median: (was.usual_median ?? 0) + (more.usual_median ?? 0),
  usual_high: (was.usual_high ?? 0) + (more.usual_high ?? 0),
});

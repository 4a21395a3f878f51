/**
 * The workload: the same events for the same seed, each made from its index alone, so that any
 * part can be made anywhere. Owns what "a typical event" means in the bench. Numbers in
 * `WORKLOAD` are promises that `bench.test.ts` keeps: changing one breaks comparison with older
 * results.
 */
import type { EventInput } from '@annals/contract/event';

const DAY_MS = 86_400_000;
export const WORKLOAD = {
  tenants: 10,
  /** The share of the tenant of rank r is 1 / r^zipf of the sum: the largest has 37 %. */
  zipf: 1.1,
  actorsEach: 1_000,
  actions: 60,
  /** 50,000 records in all. */
  recordsEach: 5_000,
  /** In the past, so that no clock refuses the events. */
  startMs: Date.UTC(2025, 6, 1),
  spanMs: 90 * DAY_MS,
  bytes: 760,
  rareWord: 'zanzibarite',
  /** The rare word is in one event of so many. */
  rareEvery: 10_000,
  commonWord: 'quarterly',
  commonShare: 0.02,
  changesShare: 0.3,
} as const;

const NOUNS = 'document project task member invoice report webhook folder comment key plan export';
const VERBS = ['created', 'viewed', 'updated', 'deleted', 'shared'] as const;
const OPERATIONS = {
  created: 'create',
  viewed: 'read',
  updated: 'update',
  deleted: 'delete',
} as const;
/** How often each verb is chosen, cumulated. */
const VERB_SHARES = [0.18, 0.66, 0.9, 0.94, 1] as const;
const APPLICATIONS = ['web', 'api', 'mobile', 'admin'] as const;
const FIRST = 'Amara Jonas Priya Lena Mateusz Ngozi Aylin Chiara Yusuf Ananya Kenji Isabela'.split(
  ' ',
);
const LAST = 'Okonkwo Lindqvist Iyer Wolff Nowak Eze Demir Rossi Haddad Rao Sato Ferreira'.split(
  ' ',
);
const SYLLABLES = 'ka lo mi ren tas vo du pel nor shi gra tel bo fin sar ule'.split(' ');
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605',
  'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
] as const;
const WORDS_LEAST = 5;
const WORDS_MOST = 12;
const WORDS_KNOWN = 600;

export interface Workload {
  /** The event of this index, at this time. */
  event(index: number, atMs: number): EventInput;
  tenantOf(index: number): string;
}
export const LARGEST_TENANT = 'tenant-1';
export const TENANTS = Array.from({ length: WORKLOAD.tenants }, (_, rank) => `tenant-${rank + 1}`);

/** mulberry32, seeded by two numbers that are mixed first: neighbours must not resemble. */
const chance = (seed: number, index: number): (() => number) => {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  state = Math.imul(state ^ (state >>> 16), 0x7feb352d);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
const hex = (next: () => number): string =>
  Math.floor(next() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
const below = (next: () => number, count: number): number => Math.floor(next() * count);
const pick = <T>(next: () => number, list: readonly T[]): T => {
  const found = list[below(next, list.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
};

const zipfShares = (): number[] => {
  const weights = Array.from(
    { length: WORKLOAD.tenants },
    (_, rank) => (rank + 1) ** -WORKLOAD.zipf,
  );
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight / whole;
    return sum;
  });
};

/** Words of two to four syllables; none is the rare or the common one. */
const vocabulary = (seed: number): string[] => {
  const next = chance(seed, -7);
  return Array.from({ length: WORDS_KNOWN }, () =>
    Array.from({ length: 2 + below(next, 3) }, () => pick(next, SYLLABLES)).join(''),
  );
};

/** The id's form of RFC 9562, version 7: time first, then the index, so none comes twice. */
export const uuidOf = (index: number, atMs: number): string => {
  const time = atMs.toString(16).padStart(12, '0');
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  const noise = mixed.toString(16).padStart(8, '0');
  const tail = index.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${noise.slice(0, 3)}-8${noise.slice(3, 6)}-${tail}`;
};

/** The time of event `index` of `count`, which lie evenly over the span. */
export const timeOf = (index: number, count: number): number =>
  WORKLOAD.startMs + Math.floor((index / count) * WORKLOAD.spanMs);

const changesOf = (
  next: () => number,
  words: readonly string[],
): NonNullable<EventInput['changes']> => [
  { path: '/status', before: pick(next, words), after: pick(next, words) },
];

const metadataOf = (
  next: () => number,
  index: number,
  words: readonly string[],
): NonNullable<EventInput['metadata']> => {
  const note = Array.from({ length: WORDS_LEAST + below(next, WORDS_MOST - WORDS_LEAST) }, () =>
    pick(next, words),
  );
  if (next() < WORKLOAD.commonShare) note.splice(below(next, note.length), 0, WORKLOAD.commonWord);
  if (index % WORKLOAD.rareEvery === 4_321) note.push(WORKLOAD.rareWord);
  return { note: note.join(' '), took_ms: below(next, 2_000) };
};

const actorOf = (next: () => number, tenant: number): EventInput['actor'] => {
  const number = below(next, WORKLOAD.actorsEach);
  const [first, last] = [FIRST[number % FIRST.length], LAST[(number >> 4) % LAST.length]];
  return {
    type: 'user',
    id: `usr_${tenant + 1}_${number}`,
    name: `${first} ${last}`,
    email: `${first}.${last}.${number}@tenant-${tenant + 1}.example`.toLowerCase(),
  };
};

export const createWorkload = (seed: number): Workload => {
  const shares = zipfShares();
  const words = vocabulary(seed);
  const nouns = NOUNS.split(' ');
  /** Always the first number drawn, so that `tenantOf` needs no event. */
  const tenantBy = (next: () => number): number => {
    const drawn = next();
    return shares.findIndex((share) => drawn < share);
  };
  return {
    tenantOf: (index) => `tenant-${tenantBy(chance(seed, index)) + 1}`,
    event(index, atMs) {
      const next = chance(seed, index);
      const tenant = tenantBy(next);
      const record = below(next, WORKLOAD.recordsEach);
      // A record is of one type: else each would be as many records as there are types.
      const noun = nouns[record % nouns.length] ?? '';
      const drawn = next();
      const verb = VERBS[VERB_SHARES.findIndex((share) => drawn < share)] ?? 'viewed';
      const failed = next() < 0.04;
      return {
        id: uuidOf(index, atMs),
        // Second, at a place that does not move: the load generator writes over both.
        occurred_at: new Date(atMs).toISOString(),
        tenant_id: `tenant-${tenant + 1}`,
        event_type: noun,
        action: `${noun}.${verb}`,
        operation: verb === 'shared' ? 'grant' : OPERATIONS[verb],
        actor: actorOf(next, tenant),
        targets: [
          {
            type: noun,
            id: `rec_${tenant + 1}_${record}`,
            name: `${words[record % WORDS_KNOWN]} ${record}`,
          },
        ],
        ...(next() < WORKLOAD.changesShare ? { changes: changesOf(next, words) } : {}),
        outcome: failed ? { result: 'failure', code: 'not_allowed' } : { result: 'success' },
        source: { initiator: 'user', application: pick(next, APPLICATIONS) },
        context: {
          ip: `10.${tenant}.${below(next, 250)}.${below(next, 250)}`,
          user_agent: pick(next, AGENTS),
          request_id: `req_${hex(next)}${hex(next)}`,
          session_id: `ses_${hex(next)}${hex(next)}`,
        },
        metadata: metadataOf(next, index, words),
      };
    },
  };
};

/** Where id and time stand in an event of this workload as JSON, in bytes. */
const ID_AT = '{"id":"'.length;
const TIME_AT = ID_AT + 36 + '","occurred_at":"'.length;

/** Several events as one NDJSON body that can be used again under new ids and times. */
export class Body {
  readonly bytes: Buffer;
  readonly events: number;
  readonly #starts: readonly number[];

  constructor(events: readonly EventInput[]) {
    const lines = events.map((event) => Buffer.from(`${JSON.stringify(event)}\n`));
    let start = 0;
    this.#starts = lines.map((line) => {
      start += line.length;
      return start - line.length;
    });
    this.bytes = Buffer.concat(lines);
    this.events = events.length;
  }

  /** Makes these the events `first`, `first + 1`, …, each `stepMs` later than the one before. */
  stamp(first: number, stepMs: number): void {
    for (const [offset, start] of this.#starts.entries()) {
      const index = first + offset;
      const atMs = WORKLOAD.startMs + Math.floor(index * stepMs);
      this.bytes.write(uuidOf(index, atMs), start + ID_AT, 'latin1');
      this.bytes.write(new Date(atMs).toISOString(), start + TIME_AT, 'latin1');
    }
  }
}

/**
 * What is out of a person's own ordinary, in words: the kinds of findings, and the neutral sentence
 * of each, made of figures. Pure; without a schema, so that pages can load it.
 */

export const FINDING_KINDS = [
  ...['new_action', 'new_network', 'burst', 'deletes', 'exports', 'failures'],
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export const FINDING_STATES = ['new', 'expected', 'needs_a_look'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** How long the same is not found again, once it was expected. */
export const MUTES = ['P1D', 'P7D', 'P30D', 'P90D', 'always'] as const;
export type Mute = (typeof MUTES)[number];

export const UNUSUAL_LIMITS = { note: 1_000 } as const;

export interface Told {
  readonly kind: FindingKind;
  readonly person: { readonly id: string; readonly name?: string };
  /** Of an action: what it is called. */
  readonly activity: string | null;
  /** Of a network: `203.0.113.0/24`. */
  readonly value: string | null;
  readonly figure: number;
  readonly usual: { readonly median: number; readonly high: number } | null;
  /** RFC 3339; the end exclusive. */
  readonly from: string;
  readonly to: string;
}

interface Words {
  /** `n` things between two times. */
  readonly between: (from: string, to: string) => string;
  readonly usually: (low: string, high: string) => string;
  readonly none: string;
  readonly new_action: (name: string, what: string, when: string) => string;
  readonly new_network: (name: string, network: string) => string;
  readonly burst: (name: string, n: string, when: string) => string;
  readonly deletes: (name: string, n: string, when: string, isOne: boolean) => string;
  readonly exports: (name: string, n: string, when: string) => string;
  readonly failures: (name: string, n: string, what: string, minutes: string) => string;
}

const ENGLISH: Words = {
  between: (from, to) => `between ${from} and ${to}`,
  usually: (low, high) =>
    low === high ? `; usually ${low} at this time.` : `; usually ${low} to ${high} at this time.`,
  none: '; usually none at this time.',
  new_action: (name, what, when) => `${name} did this for the first time, ${when}: ${what}.`,
  new_network: (name, network) => `${name} came from the network ${network} for the first time.`,
  burst: (name, n, when) => `${name} did ${n} things ${when}`,
  deletes: (name, n, when, isOne) => `${name} deleted ${n} ${isOne ? 'record' : 'records'} ${when}`,
  exports: (name, n, when) => `${name} exported ${n} times ${when}`,
  failures: (name, n, what, minutes) =>
    `${name} failed ${n} times within ${minutes} and then succeeded: ${what}.`,
};
const GERMAN: Words = {
  between: (from, to) => `zwischen ${from} und ${to}`,
  usually: (low, high) =>
    low === high ? `; um diese Zeit sonst ${low}.` : `; um diese Zeit sonst ${low} bis ${high}.`,
  none: '; um diese Zeit sonst nichts.',
  new_action: (name, what, when) => `${name} hat dies ${when} zum ersten Mal getan: ${what}.`,
  new_network: (name, network) => `${name} kam zum ersten Mal aus dem Netz ${network}.`,
  burst: (name, n, when) => `${name} hat ${when} ${n} Dinge getan`,
  deletes: (name, n, when, isOne) =>
    `${name} hat ${when} ${n} ${isOne ? 'Datensatz' : 'Datensätze'} gelöscht`,
  exports: (name, n, when) => `${name} hat ${when} ${n}-mal exportiert`,
  failures: (name, n, what, minutes) =>
    `${name} ist innerhalb von ${minutes} ${n}-mal gescheitert und dann durchgekommen: ${what}.`,
};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What is usual reaches as far below the middle as above it. */
export const lowOf = ({ median, high }: NonNullable<Told['usual']>): number =>
  Math.max(0, 2 * median - high);

/** The sentence in the language nearest to a locale, with times of a zone. */
export function findingSentence(told: Told, locale: string, timeZone: string): string {
  const isGerman = locale.split('-')[0] === 'de';
  const words = isGerman ? GERMAN : ENGLISH;
  const language = isGerman ? 'de' : 'en';
  const number = (n: number) => n.toLocaleString(language);
  const { kind, person, value, figure, usual } = told;
  const name = person.name ?? person.id;
  const what = told.activity ?? value ?? '';
  const [from, to] = [Date.parse(told.from), Date.parse(told.to)];
  const clock = new Intl.DateTimeFormat(language, {
    ...{ timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...(to - from > DAY_MS ? { day: 'numeric', month: 'short' } : {}),
  });
  const when = words.between(clock.format(from), clock.format(to));
  const usually =
    usual === null
      ? '.'
      : usual.high === 0
        ? words.none
        : words.usually(number(lowOf(usual)), number(usual.high));
  const minutes = new Intl.NumberFormat(language, {
    ...{ style: 'unit', unit: 'minute', unitDisplay: 'long' },
  }).format(Math.max(1, Math.ceil((to - from) / MINUTE_MS)));
  switch (kind) {
    case 'new_action':
      return words.new_action(name, what, when);
    case 'new_network':
      return words.new_network(name, what);
    case 'burst':
      return words.burst(name, number(figure), when) + usually;
    case 'deletes':
      return words.deletes(name, number(figure), when, figure === 1) + usually;
    case 'exports':
      return words.exports(name, number(figure), when) + usually;
    case 'failures':
      return words.failures(name, number(figure), what, minutes);
  }
}

/**
 * The tables of the screens: colours, keys, icons. Everything on screen takes them from here, and
 * `screens.test.ts` holds them to what was promised: contrast, one meaning a colour, one key an
 * action.
 */

/** Lightness, chroma and hue in OKLCH. */
export type Oklch = readonly [number, number, number];
export interface Token {
  readonly light: Oklch;
  readonly dark: Oklch;
  /** What it is read on: a token of this table. */
  readonly on?: TokenName;
  /** Least contrast with what it is read on (WCAG 2.2), light and dark. */
  readonly contrast?: readonly [number, number];
}

const TOKEN_NAMES = [
  ...['paper', 'raised', 'line', 'control', 'ink', 'ink-2', 'ink-3'],
  ...['accent', 'accent-tint', 'failure', 'failure-tint', 'denied', 'denied-tint'],
  ...['added', 'added-tint', 'removed', 'removed-tint'],
  ...['bar-success', 'bar-failure', 'bar-denied', 'bar-unknown'],
] as const;
export type TokenName = (typeof TOKEN_NAMES)[number];

/** Ink on paper. Only what is not as usual has a colour, so that red says something. */
export const TOKENS: Readonly<Record<TokenName, Token>> = {
  paper: { light: [0.985, 0.004, 95], dark: [0.185, 0.008, 265] },
  raised: { light: [1, 0, 0], dark: [0.225, 0.01, 265] },
  line: { light: [0.895, 0.006, 95], dark: [0.32, 0.012, 265] },
  control: {
    light: [0.62, 0.012, 95],
    dark: [0.56, 0.015, 265],
    on: 'paper',
    contrast: [3.5, 4.0],
  },
  ink: { light: [0.23, 0.015, 265], dark: [0.935, 0.006, 95], on: 'paper', contrast: [16, 15] },
  'ink-2': {
    light: [0.42, 0.015, 265],
    dark: [0.79, 0.008, 95],
    on: 'paper',
    contrast: [8.1, 9.6],
  },
  'ink-3': {
    light: [0.51, 0.014, 265],
    dark: [0.69, 0.01, 265],
    on: 'paper',
    contrast: [5.5, 6.7],
  },
  accent: { light: [0.47, 0.125, 262], dark: [0.76, 0.11, 262], on: 'paper', contrast: [6.6, 8.6] },
  'accent-tint': { light: [0.945, 0.022, 262], dark: [0.3, 0.05, 262] },
  failure: { light: [0.5, 0.17, 27], dark: [0.74, 0.14, 25], on: 'paper', contrast: [6.3, 7.6] },
  'failure-tint': { light: [0.955, 0.022, 27], dark: [0.29, 0.055, 25] },
  denied: { light: [0.5, 0.105, 65], dark: [0.8, 0.12, 75], on: 'paper', contrast: [5.9, 9.8] },
  'denied-tint': { light: [0.955, 0.035, 65], dark: [0.3, 0.045, 75] },
  added: {
    light: [0.45, 0.09, 160],
    dark: [0.8, 0.1, 160],
    on: 'added-tint',
    contrast: [6.2, 7.8],
  },
  'added-tint': { light: [0.945, 0.035, 160], dark: [0.29, 0.045, 160] },
  removed: {
    light: [0.47, 0.15, 20],
    dark: [0.76, 0.12, 20],
    on: 'removed-tint',
    contrast: [6.3, 6.4],
  },
  'removed-tint': { light: [0.95, 0.025, 20], dark: [0.29, 0.05, 20] },
  'bar-success': {
    light: [0.62, 0.04, 262],
    dark: [0.52, 0.035, 262],
    on: 'paper',
    contrast: [3, 3],
  },
  'bar-failure': { light: [0.55, 0.19, 27], dark: [0.66, 0.18, 25], on: 'paper', contrast: [3, 3] },
  'bar-denied': { light: [0.6, 0.12, 65], dark: [0.76, 0.13, 75], on: 'paper', contrast: [3, 3] },
  'bar-unknown': {
    light: [0.63, 0.006, 95],
    dark: [0.53, 0.008, 265],
    on: 'paper',
    contrast: [3, 3],
  },
};

export const OUTCOME_LOOK = {
  success: { icon: 'check', word: 'Success' },
  failure: { icon: 'x', word: 'Failure' },
  denied: { icon: 'ban', word: 'Denied' },
  unknown: { icon: 'circle-help', word: 'Unknown' },
} as const;

export const INITIATOR_LOOK = {
  user: { icon: 'user', word: 'User' },
  system: { icon: 'cog', word: 'System' },
  api: { icon: 'code', word: 'API' },
  import: { icon: 'import', word: 'Import' },
} as const;

export const ACTOR_LOOK = {
  user: { icon: 'user', word: 'User' },
  service_account: { icon: 'bot', word: 'Service account' },
  api_key: { icon: 'key-round', word: 'API key' },
  agent: { icon: 'sparkles', word: 'Agent' },
  system: { icon: 'cog', word: 'System' },
  anonymous: { icon: 'circle-dashed', word: 'Anonymous' },
  support: { icon: 'life-buoy', word: 'Support' },
} as const;

/** What a key does: on the log page, and behind `g` anywhere. */
export const KEYS = {
  query: '/',
  time: 't',
  down: 'j',
  up: 'k',
  open: 'Enter',
  close: 'Escape',
  previousEvent: '[',
  nextEvent: ']',
  export: 'e',
  live: 'l',
  link: 'c',
  rowMenu: '.',
  go: 'g',
  keys: '?',
} as const;
export type KeyAction = keyof typeof KEYS;
/** What follows `g`. */
export const GO_KEYS = { log: 'l', people: 'p', records: 'r', settings: 's' } as const;

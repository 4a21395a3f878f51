/**
 * Who reads, and where: what every part of the log is given by the page around it. The console
 * and `<annals-log>` each make one.
 */
import type { Catalog } from '@annals/contract/catalog';
import type { Client } from '@annals/sdk';
import { createContext, use } from 'react';
import type { Words } from './words/words.ts';

export type CatalogView = Catalog['views'][number];
export type Density = 'dense' | 'comfortable';

/** A page that something on screen leads to. */
export type Place =
  | { readonly kind: 'event'; readonly id: string }
  | { readonly kind: 'actor' | 'record'; readonly type: string; readonly id: string };

export interface Reader {
  readonly client: Client;
  readonly tenantId: string;
  readonly catalog: Catalog;
  /** Whose eyes are borrowed: a role that whoever may read everything looks as. */
  readonly asRole?: string | undefined;
  readonly words: Words;
  /** Of texts, numbers and times, as in `de-CH`. */
  readonly locale: string;
  /** IANA zone of all times. */
  readonly zone: string;
  readonly setZone: (zone: string) => void;
  readonly density: Density;
  readonly setDensity: (density: Density) => void;
  /** Address of a page, if there is one to link to; `view` where it is not that of the page. */
  readonly hrefOf: (place: Place, view?: string) => string | undefined;
  readonly go: (place: Place, view?: string) => void;
  /** What is kept in this browser is kept under this name; undefined: nothing is. */
  readonly storageName: string | undefined;
  /** Leads to where somebody signs in and back; undefined: the page around does it by itself. */
  readonly signIn: (() => void) | undefined;
  /** The address of the API, as `curl` takes it. */
  readonly apiUrl: string;
  /** Whether keys of one letter do something (WCAG 2.1.4: there must be an off-switch). */
  readonly hasKeys: boolean;
}

const ReaderContext = createContext<Reader | null>(null);
export const ReaderProvider = ReaderContext.Provider;

/** Throws outside of a `ReaderProvider`. */
export function useReader(): Reader {
  const reader = use(ReaderContext);
  if (reader === null) throw new Error('this part of the log stands outside of a ReaderProvider');
  return reader;
}

const labelsOf = new WeakMap<Catalog, Readonly<Record<string, string>>>();
/** What the product calls its kinds of records, by type. */
export function resourceLabels(catalog: Catalog): Readonly<Record<string, string>> {
  const known = labelsOf.get(catalog);
  if (known) return known;
  const made = Object.fromEntries(catalog.resource_types.map(({ type, label }) => [type, label]));
  labelsOf.set(catalog, made);
  return made;
}

export type Wording = Pick<Reader, 'words' | 'catalog'>;

/** Kinds of people, or of records, each with its word, in the order of the catalog. */
export const typeWords = (
  kind: 'actor' | 'record',
  { words, catalog }: Wording,
): (readonly [type: string, word: string])[] =>
  kind === 'actor'
    ? Object.entries(words.actorTypes)
    : catalog.resource_types.map(({ type, label }) => [type, label]);

/** The word for one of them; a type that nobody has named stands for itself. */
export function typeWord(kind: 'actor' | 'record', type: string, about: Wording): string {
  const known: Readonly<Record<string, string>> =
    kind === 'actor' ? about.words.actorTypes : resourceLabels(about.catalog);
  return (Object.hasOwn(known, type) ? known[type] : undefined) ?? type;
}

/** The dry run of an erasure: what a log holds of a person, and under which names. */
import {
  type Alias,
  ERASURE_LIMITS,
  type ErasureFound,
  type ErasureSubject,
  type PlaceCounts,
} from '@annals/contract/erasures';
import type { ReadEvent } from '@annals/contract/event';
import { Fault } from '../fault.ts';
import { anyCovers } from '../revision.ts';
import type { TenantRow } from '../store/store.ts';
import { AliasSearch, type Proposal } from './aliases.ts';
import { matchesOf, Person } from './person.ts';
import { findElsewhere } from './person-elsewhere.ts';
import {
  blocksOf,
  countPlaces,
  finderOf,
  mentionsOf,
  NO_COUNTS,
  PathList,
  type Scan,
} from './person-scan.ts';

export interface PersonAsked {
  readonly tenant: TenantRow;
  readonly subject: ErasureSubject;
  /** Names that are known beforehand. */
  readonly aliases: readonly Alias[];
  /** Whether texts are searched for mentions. */
  readonly searches: boolean;
}
type Found = Omit<ErasureFound, 'token' | 'files'>;

/** Collects what one reading of the log finds. */
class Sums {
  counts: PlaceCounts = NO_COUNTS;
  held = 0;
  readonly #ofTerm: number[];
  readonly mentions = new PathList();
  readonly clear = new PathList();

  constructor(terms: number) {
    this.#ofTerm = Array.from({ length: terms }, () => 0);
  }

  term(number: number): number {
    return this.#ofTerm[number] ?? 0;
  }

  addTerms(terms: ReadonlySet<number>): void {
    for (const number of terms) this.#ofTerm[number] = this.term(number) + 1;
  }
}

async function read(
  scan: Scan,
  person: Person,
  aliases: AliasSearch,
  terms: number,
): Promise<Sums> {
  const { store, tenantNo } = scan;
  const sums = new Sums(terms);
  const covers = anyCovers(await store.holds.covering(tenantNo));
  const find = finderOf(person, await store.classPolicies.all(), (event) => aliases.note(event));
  for await (const rows of blocksOf(scan, 0)) {
    for (const row of rows) {
      const found = find(row);
      if (found === undefined) continue;
      const { erased, clear, terms: here } = found.here;
      sums.counts = countPlaces(sums.counts, new Set(erased.values()));
      sums.addTerms(here);
      sums.mentions.add(found, mentionsOf(found.here));
      sums.clear.add(found, clear);
      // What a query asks for is in a stored event as it is in one that is read.
      if (erased.size > 0 && covers(found.event as ReadEvent)) sums.held++;
    }
    if (aliases.found.length > ERASURE_LIMITS.aliases) {
      throw new Fault(
        'erasure_not_confirmed',
        `More than ${ERASURE_LIMITS.aliases} names belong to this id: it is not one person's.`,
      );
    }
  }
  return sums;
}

const aliasOf = (
  { kind, type, value, of }: Proposal,
  events: number,
): ErasureFound['aliases'][number] => ({
  kind,
  ...(type === undefined ? {} : { type }),
  value,
  events,
  ...(of === undefined ? {} : { of }),
  matches: matchesOf(value),
});

/**
 * Reads the log until no more names are found: names that come to light late may have been used
 * early. Throws what `progress` throws, and Fault if there are too many names.
 */
export async function searchPerson(scan: Scan, asked: PersonAsked): Promise<Found> {
  const { subject, searches, tenant } = asked;
  const aliases = new AliasSearch(subject, asked.aliases);
  for (;;) {
    const known = aliases.found;
    const person = new Person(subject, known, { searches });
    const sums = await read(scan, person, aliases, known.length + 1);
    if (aliases.found.length > known.length) continue;
    return {
      size: scan.end,
      counts: sums.counts,
      held: sums.held,
      // The subject's own id is term 0.
      aliases: known.map((proposal, index) => aliasOf(proposal, sums.term(index + 1))),
      mentions: { searched: searches, ...sums.mentions.listing },
      clear: { searched: searches, ...sums.clear.listing },
      elsewhere: await findElsewhere(scan.store, tenant, person),
    };
  }
}

/** The person by the names that are known. */
export const personOf = ({
  subject,
  aliases,
  searches,
}: Pick<PersonAsked, 'subject' | 'aliases' | 'searches'>): Person =>
  new Person(subject, aliases, { searches });

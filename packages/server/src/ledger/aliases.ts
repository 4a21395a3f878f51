/**
 * Under which names a person may be in a log: e-mails and names that events give to the person's
 * ids, and other ids that have one of these e-mails. They are proposed; people confirm them.
 */
import type { Alias, ErasureSubject } from '@annals/contract/erasures';
import type { StoredEvent } from '@annals/contract/event';
import type { Named } from '@annals/contract/match';
import { fold } from '@annals/contract/words';
import { typedId } from './person.ts';

export interface Proposal extends Alias {
  /** Whose it is, if not the subject's own: `TYPE:ID`. */
  readonly of?: string;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const aliasKey = ({ kind, type, value }: Alias, subject: ErasureSubject): string =>
  kind === 'id' ? `id\n${typedId(type ?? subject.type, value)}` : `${kind}\n${fold(value)}`;

export class AliasSearch {
  readonly #subject: ErasureSubject;
  /** What is known of the subject for sure: ids by type, e-mails folded. */
  readonly #ownIds = new Set<string>();
  readonly #ownEmails = new Set<string>();
  /** Ids that may be the subject's, as `TYPE:ID`. */
  readonly #others = new Map<string, string>();
  readonly #found = new Map<string, Proposal>();

  constructor(subject: ErasureSubject, given: readonly Alias[]) {
    this.#subject = subject;
    this.#ownIds.add(typedId(subject.type, subject.id));
    for (const alias of given) {
      this.#propose(alias);
      const { kind, type = subject.type, value } = alias;
      if (kind === 'id') this.#ownIds.add(typedId(type, value));
      if (kind === 'email') this.#ownEmails.add(fold(value));
    }
  }

  /** In the order in which they were found. */
  get found(): readonly Proposal[] {
    return [...this.#found.values()];
  }

  note({ actor, on_behalf_of = [], targets = [] }: StoredEvent): void {
    for (const entity of [actor, ...on_behalf_of, ...targets]) this.#entity(entity);
  }

  #propose(proposal: Proposal): void {
    const key = aliasKey(proposal, this.#subject);
    const isSubject = key === aliasKey({ kind: 'id', value: this.#subject.id }, this.#subject);
    if (proposal.value !== '' && !isSubject && !this.#found.has(key)) {
      this.#found.set(key, proposal);
    }
  }

  #entity({ type, id, name, email }: Named): void {
    const [ownId, ownEmail] = [textOf(id), textOf(email)];
    const typed = typedId(type, ownId);
    const isOwn = ownId !== '' && this.#ownIds.has(typed);
    if (isOwn && ownEmail !== '') this.#ownEmails.add(fold(ownEmail));
    const hasEmail = [ownEmail, ownId].some(
      (text) => text !== '' && this.#ownEmails.has(fold(text)),
    );
    if (!isOwn && hasEmail && ownId !== '' && !this.#others.has(typed)) {
      this.#others.set(typed, `${type}:${ownId}`);
      const ofType = type === this.#subject.type ? {} : { type };
      this.#propose({ kind: 'id', ...ofType, value: ownId });
    }
    const other = this.#others.get(typed);
    if (!isOwn && other === undefined && !(hasEmail && ownId === '')) return;
    const whose = isOwn || other === undefined ? {} : { of: other };
    this.#propose({ kind: 'email', value: ownEmail, ...whose });
    this.#propose({ kind: 'name', value: textOf(name), ...whose });
  }
}

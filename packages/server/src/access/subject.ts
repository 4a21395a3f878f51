/** Whose log a bound view is, as a request names it: `TYPE:ID`. */
import type { Subject } from '@annals/contract/view';
import { Fault } from '../fault.ts';

const invalid = (detail: string): Fault =>
  new Fault('invalid_query', `subject ${detail}.`, { errors: [{ path: 'subject', detail }] });

/** A colon in the type itself is written as `%3A`. */
function typeOf(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Throws Fault `subject_required`, and `invalid_query` for what is none or has no use here. */
export function subjectOf(
  text: string | undefined,
  binding: 'none' | 'actor' | 'record',
): Subject | undefined {
  if (binding === 'none') {
    if (text === undefined) return undefined;
    throw invalid('is only for views that are the log of one actor or record');
  }
  const form = `${binding === 'actor' ? 'user' : 'document'}:ID`;
  if (text === undefined) {
    const detail = `This view is the log of one ${binding}: name it by subject, as in ${form}.`;
    throw new Fault('subject_required', detail);
  }
  const colon = text.indexOf(':');
  const type = colon < 1 ? undefined : typeOf(text.slice(0, colon));
  const id = text.slice(colon + 1);
  if (type === undefined || id === '') throw invalid(`must be TYPE:ID, for example ${form}`);
  return { kind: binding, type, id };
}

/** What a request is about: a principal that is bound to one actor or record names no other. */
export function boundSubject(
  { subject }: { readonly subject: string | null },
  asked: string | undefined,
): string | undefined {
  if (subject === null) return asked;
  if (asked === undefined || asked === subject) return subject;
  throw new Fault('forbidden', 'This session is bound to one actor or record, and not to this.');
}

/** What values are called, in the reader's words. */
import { activityOf } from '@annals/contract/values';
import { typeWord, type Wording } from '../reader.tsx';
import type { Words } from '../words/words.ts';

/** Words for values that every log has, by field. */
const knownWords = (field: string, words: Words): Readonly<Record<string, string>> =>
  ({
    outcome: words.outcomes,
    initiator: words.initiators,
    operation: words.operations,
    'actor.type': words.actorTypes,
    severity: words.severities,
  })[field] ?? {};

/** What a value is called: its label, what the catalog calls it, or the word for it. */
export function valueWord(
  field: string,
  { value, label }: { readonly value: string; readonly label?: string | undefined },
  about: Wording,
): string {
  const { words, catalog } = about;
  if (label !== undefined) return label;
  if (field === 'action') return activityOf(value);
  const known = knownWords(field, words);
  if (Object.hasOwn(known, value)) return known[value] ?? value;
  if (field === 'event_type') {
    return catalog.event_types.find((one) => one.event_type === value)?.label ?? value;
  }
  const application = catalog.applications.find((one) => one.application === value);
  if (field === 'application') return application?.label ?? value;
  return field === 'target.type' ? typeWord('record', value, about) : value;
}

/** What a view shows, and what it is called. */
import { createHash } from 'node:crypto';
import { type Compiled, textIn } from '@annals/contract/compile';
import type { ViewDefinition } from '@annals/contract/definition';
import type { View } from '@annals/contract/view';

interface Shown {
  readonly view: View;
  readonly rules: ViewDefinition | undefined;
  readonly compiled: Compiled | undefined;
}

/** The same as long as the view shows the same, apart from the words for it. */
export function digestOfView({ view }: Pick<Shown, 'view'>): string {
  const { vocabulary: _, ...shown } = view;
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64');
}

export const labelOf = ({ rules, compiled, view }: Shown, locale: string | undefined): string =>
  rules && compiled ? textIn(rules.label, locale ?? '', compiled) : view.name;

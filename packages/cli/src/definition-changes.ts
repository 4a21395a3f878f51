/** What a definition would change, as people read it: what readers gain and lose, and the rest. */
import type { DefinitionDiff } from '@annals/contract/routes';
import { clean } from './safe.ts';
import { count, type Style, type Terminal } from './terminal.ts';

type Change = DefinitionDiff['changes'][number];
type Effect = Change['effect'];

const GROUPS: readonly { effect: Effect; title: string; mark: string; style: Style }[] = [
  { effect: 'gain', title: 'Readers gain', mark: '+', style: 'green' },
  { effect: 'loss', title: 'Readers lose', mark: '-', style: 'red' },
  { effect: 'other', title: 'Other changes', mark: '·', style: 'dim' },
];
/** The server counts no further. */
const EVENTS_COUNTED = 100_000;

const detailOf = ({ detail, events }: Change): string => {
  if (events === undefined) return detail;
  const leave = events === 1 ? 'event leaves' : 'events leave';
  const least = events >= EVENTS_COUNTED ? 'At least ' : '';
  return `${detail} ${least}${count(events)} ${leave} it.`;
};

/** Lines for standard output, grouped; what nobody reads less or more by comes last. */
export const changeLines = (changes: readonly Change[], terminal: Terminal): string[] =>
  GROUPS.flatMap(({ effect, title, mark, style }) => {
    const own = changes.filter((change) => change.effect === effect);
    if (own.length === 0) return [];
    return [
      terminal.paint('bold', `${title} (${own.length})`),
      ...own.map((change) => `  ${terminal.paint(style, mark)} ${clean(detailOf(change))}`),
      '',
    ];
  }).slice(0, -1);

/**
 * Why somebody sees an event, or does not: the rules of each view of a role in the order in which
 * they are asked, and the values that the view leaves out.
 */
import type { ReadEvent } from '@annals/contract/event';
import { matcherOf } from '@annals/contract/match';
import { periodWords } from '@annals/contract/period';
import { pointerTo } from '@annals/contract/pointer';
import { printQuery } from '@annals/contract/query';
import type { Explanation } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { isOwn, projectorOf } from '@annals/contract/view';
import type { RoleSight } from '../access/access.ts';

type ViewExplanation = Explanation['views'][number];
type Rule = ViewExplanation['rules'][number];

/** Pointers of values that are in the one and not in the other, the outermost ones. */
function missingIn(shown: unknown, whole: unknown, path: readonly string[] = []): string[] {
  if (shown === undefined) return whole === undefined ? [] : [pointerTo(...path)];
  if (typeof whole !== 'object' || whole === null) return [];
  if (typeof shown !== 'object' || shown === null) return [pointerTo(...path)];
  const visible = new Map(Object.entries(shown));
  return Object.entries(whole).flatMap(([name, inner]) =>
    missingIn(visible.get(name), inner, [...path, name]),
  );
}

const LIMIT_WORDS = {
  enabled: 'audit logs are enabled here',
  floor: 'the view’s log begins',
  reach: 'the view reaches',
} as const;

function timeRules({ sight: { limits } }: RoleSight, occurredAt: number): Rule[] {
  const rules: Rule[] = [];
  const { by, from, to, delay, reach } = limits;
  if (by !== undefined) {
    const far = by === 'reach' && reach !== undefined ? ` ${periodWords(reach)} back` : '';
    const [then, start] = [formatInstant(occurredAt), formatInstant(from)];
    const detail = `It happened ${then}; ${LIMIT_WORDS[by]}${far}, since ${start}.`;
    rules.push({ rule: by, passes: occurredAt >= from, detail });
  }
  if (delay !== undefined) {
    const late = `Events appear ${periodWords(delay)} after they happen`;
    const detail = `${late}: up to ${formatInstant(to)}.`;
    rules.push({ rule: 'delay', passes: occurredAt < to, detail });
  }
  return rules;
}

function rowRules({ sight: { view, rules } }: RoleSight, event: ReadEvent): Rule[] {
  const found: Rule[] = [];
  if (isOwn(event)) {
    const detail = `The view has ${view.hasOwn ? '' : 'none '}of the log’s own events.`;
    found.push({ rule: 'own', passes: view.hasOwn, detail });
  }
  if (view.rows.length > 0) {
    const detail = `The view’s events are those of ${printQuery(view.rows)}.`;
    found.push({ rule: 'rows', passes: matcherOf(view.rows)(event), detail });
  }
  const binding = rules?.binding ?? 'none';
  if (binding === 'none') return found;
  const { subject } = view;
  const isIn =
    subject !== undefined && projectorOf({ ...view, rows: [], hasOwn: true })(event) !== undefined;
  const detail = subject
    ? `The view is bound to one ${binding}: ${subject.type} ${subject.id}.`
    : `The view is the log of one ${binding}, and none was named.`;
  const passes = subject ? isIn : binding === 'actor' || (event.targets ?? []).length > 0;
  return [...found, { rule: 'subject', passes, detail }];
}

/** One view of a role, for an event that the log has. */
export function explainView(
  role: RoleSight,
  event: ReadEvent,
  occurredAt: number,
): ViewExplanation {
  const { name, sight, refused } = role;
  const gate: Rule[] =
    sight.rules?.operators === true
      ? []
      : [
          {
            rule: 'gate',
            passes: refused === undefined,
            detail: refused?.detail ?? 'The tenant may read its log.',
          },
        ];
  const rules = [...gate, ...timeRules(role, occurredAt), ...rowRules(role, event)];
  const shown = projectorOf(sight.view)(event);
  const hidden = shown ? missingIn(shown, event) : [];
  if (hidden.length > 0) {
    const detail = `The view leaves out ${hidden.length} of the event’s values.`;
    rules.push({ rule: 'parts', passes: true, detail });
  }
  return { view: name, visible: rules.every(({ passes }) => passes), rules, hidden };
}

/** The icons of `screens.ts`, 16 px, always beside the word that they stand for. */
import {
  Ban,
  Bot,
  Check,
  CircleDashed,
  CircleQuestionMark,
  Code,
  Cog,
  Import,
  KeyRound,
  LifeBuoy,
  type LucideIcon,
  Sparkles,
  User,
  X,
} from 'lucide-react';
import { ACTOR_LOOK, INITIATOR_LOOK, OUTCOME_LOOK } from '../screens.ts';

const ICONS: Readonly<Record<string, LucideIcon>> = {
  ban: Ban,
  bot: Bot,
  check: Check,
  'circle-dashed': CircleDashed,
  'circle-help': CircleQuestionMark,
  code: Code,
  cog: Cog,
  import: Import,
  'key-round': KeyRound,
  'life-buoy': LifeBuoy,
  sparkles: Sparkles,
  user: User,
  x: X,
};

const LOOKS: Readonly<Record<string, Readonly<Record<string, { readonly icon: string }>>>> = {
  outcome: OUTCOME_LOOK,
  initiator: INITIATOR_LOOK,
  actor: ACTOR_LOOK,
};

/** Nothing for a value that has no icon. Hidden from screen readers: the word says it. */
export function ValueIcon({ of, value }: { of: 'outcome' | 'initiator' | 'actor'; value: string }) {
  const known = LOOKS[of] ?? {};
  const icon = Object.hasOwn(known, value) ? known[value]?.icon : undefined;
  const Icon = icon === undefined ? undefined : ICONS[icon];
  return Icon === undefined ? null : <Icon className="icon" aria-hidden="true" />;
}

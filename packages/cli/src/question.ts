/**
 * Which events a command is about: the flags that say so, and what the API takes for them. Owns
 * their names and help, so that a flag means the same with every command.
 */
import type { Args } from './command.ts';

/** Whose events. */
export const SCOPE_FLAGS = {
  tenant: { type: 'string', value: 'ID', help: 'whose events; required' },
  view: { type: 'string', value: 'NAME', help: 'the view; default the first of the key’s roles' },
  subject: { type: 'string', value: 'TYPE:ID', help: 'whose log a bound view shows' },
  locale: { type: 'string', value: 'TAG', help: 'language of the catalog’s texts, as in de' },
} as const;

/** Whose, and which of them. */
export const TAIL_FLAGS = {
  ...SCOPE_FLAGS,
  query: {
    type: 'string',
    short: 'q',
    takesMinus: true,
    value: 'QUERY',
    help: 'which events: actor:ada -outcome:success; see the guide',
  },
} as const;

export const QUESTION_FLAGS = {
  ...TAIL_FLAGS,
  from: {
    type: 'string',
    value: 'TIME',
    help: 'from this time on: RFC 3339, or now-7d (s m h d w)',
  },
  to: { type: 'string', value: 'TIME', help: 'before this time' },
} as const;

export const LIST_FLAGS = {
  ...QUESTION_FLAGS,
  order: { type: 'string', value: 'WORD', help: 'desc: newest first (default); asc: oldest first' },
} as const;

export const scopeQuery = (args: Args) => {
  const view = args.text('view');
  const subject = args.text('subject');
  const locale = args.text('locale');
  return {
    tenant_id: args.required('tenant'),
    ...(view === undefined ? {} : { view }),
    ...(subject === undefined ? {} : { subject }),
    ...(locale === undefined ? {} : { locale }),
  };
};

export const tailQuery = (args: Args) => {
  const q = args.text('query');
  return { ...scopeQuery(args), ...(q === undefined ? {} : { q }) };
};

export const questionQuery = (args: Args) => {
  const from = args.text('from');
  const to = args.text('to');
  return {
    ...tailQuery(args),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
};

export const listQuery = (args: Args) => {
  const order = args.choice('order', ['desc', 'asc']);
  return { ...questionQuery(args), ...(order === undefined ? {} : { order }) };
};

/** The pages of the reference, each made from the contract or from the server's settings. */
import { Definition } from '@annals/contract/definition';
import { ERRORS } from '@annals/contract/errors';
import { EventInput, LIMITS, ReadEvent } from '@annals/contract/event';
import { Problem, Rejection } from '@annals/contract/problem';
import { ROUTES, type Route } from '@annals/contract/routes';
import { SLOTS } from '@annals/contract/sentences';
import type { TSchema } from 'typebox';
import { SETTINGS } from '../../packages/server/src/config.ts';
import { erasablePaths, type Field, fieldsOf, formOf } from './shape.ts';
import { code, table } from './table.ts';

export interface Page {
  readonly name: string;
  readonly text: string;
}

const MADE = '<!-- Made by `npm run docs`. Change the source, not this file. -->';

/** One paragraph. */
const prose = (...lines: readonly string[]): string => lines.join(' ');

const page = (name: string, title: string, parts: readonly string[]): Page => ({
  name,
  text: `${[`# ${title}`, MADE, ...parts].join('\n\n')}\n`,
});

const needed = (isRequired: boolean): string => (isRequired ? 'yes' : '');
/** `present` heads the column that says which fields are in every object. */
const fieldTable = (fields: readonly Field[], present: 'required' | 'always'): string =>
  table(
    ['field', present, 'form', 'meaning'],
    fields.map(({ path, isRequired, form, meaning }) => [
      code(path),
      needed(isRequired),
      form,
      meaning,
    ]),
  );

/** Limits that are not of one field; those stand beside their field. */
const WHOLE_LIMITS = {
  eventBytes: 'bytes of one event, as JSON in UTF-8',
  leafBytes: 'bytes of its leaf: a little more than the event, since digests stand in it',
  bodyBytes: 'bytes of a request’s body, decompressed',
  requestEvents: 'events of one request',
  depth: 'levels of nesting; the event itself is the first',
  futureMs: 'ms that `occurred_at` may lie ahead of the server’s clock',
} as const satisfies Partial<Record<keyof typeof LIMITS, string>>;

function eventPage(): Page {
  const sent = new Set(fieldsOf(EventInput).map(({ path }) => path));
  const added = fieldsOf(ReadEvent).filter(
    ({ path, isRequired }) => !sent.has(path) || (isRequired && !path.includes('.')),
  );
  const limits = Object.entries(WHOLE_LIMITS).map(([name, words]) => [
    LIMITS[name as keyof typeof WHOLE_LIMITS].toLocaleString('en-US'),
    words,
  ]);
  return page('event.md', 'The event', [
    prose(
      'Field names are the same on the wire, in the SDK and in files. `[]` stands for each',
      'entry of a list. Fields that are not listed are refused by name. How to use them:',
      '[recording](../guide/recording.md).',
    ),
    '## Fields',
    prose(
      'As a client sends them. What is required inside an optional field is so if that field is',
      'sent.',
    ),
    fieldTable(fieldsOf(EventInput), 'required'),
    '## Limits',
    'Of an event and of a request. Lengths are characters, counted in Unicode code points.',
    table(['limit', 'of'], limits),
    '## What a reader gets',
    prose(
      'The same fields as were sent, completed by the server. Times are UTC with milliseconds.',
      'These are in every event, or come from the server:',
    ),
    fieldTable(added, 'always'),
    '## Values that can be erased',
    prose(
      'At these places, and in `changes[].before` and `changes[].after`, an object `{"_erased":',
      '"…"}` may stand instead of the value. It holds the digest that stays in the leaf. This',
      'version has no command that erases, but readers should know the form.',
    ),
    erasablePaths(ReadEvent)
      .map((path) => `- ${code(path)}`)
      .join('\n'),
  ]);
}

function errorsPage(): Page {
  const codes = Object.entries(ERRORS).map(([name, { status, title, retryable }]) => [
    code(name),
    String(status),
    title,
    retryable ? 'yes' : '',
  ]);
  return page('errors.md', 'Errors', [
    '## Codes',
    'Every error has a code of this table. Programs decide by `code`; `detail` is for people.',
    table(['code', 'status', 'meaning', 'send again later'], codes),
    prose(
      'A code that is about one event stands in `rejected[]` of a recording, and the status is',
      'then that of the whole request: 201 if any event was stored, else 400. “Send again',
      'later” means that the same request may succeed then. `Retry-After` says when, in',
      'seconds.',
    ),
    '## A problem',
    'The body of every error, as RFC 9457 asks: `application/problem+json`.',
    fieldTable(fieldsOf(Problem), 'always'),
    '## A rejection',
    'Why one event of a recording was refused.',
    fieldTable(fieldsOf(Rejection), 'always'),
  ]);
}

function settingsPage(): Page {
  const rows = Object.values(SETTINGS).map(({ name, fallback, form, meaning }) => [
    code(name),
    fallback === undefined || String(fallback) === '' ? 'none' : code(String(fallback)),
    form.words,
    meaning,
  ]);
  return page('settings.md', 'Settings', [
    prose(
      'Environment variables of the server. It runs without any. An empty variable counts as',
      'absent. A value that does not have its form ends the start with a sentence that says so.',
    ),
    table(['name', 'default', 'form', 'meaning'], rows),
    prose(
      '`ANNALS_CONFIG` names a JSON file with one object whose keys are the names above. The',
      'environment overrides it. A name that is not in the table ends the start.',
    ),
    'The command line reads `ANNALS_URL` (default `http://127.0.0.1:4600`) and `ANNALS_KEY`.',
  ]);
}

const anchorOf = ({ method, path }: Route): string =>
  `${method} ${path}`
    .toLowerCase()
    .replace(/[^a-z0-9_ -]/g, '')
    .replaceAll(' ', '-');

const WHO = {
  open: 'anybody',
  known: 'whoever is authenticated',
  person: 'people who are signed in',
} as const;

function scopeWords({ scope, manage, who = 'open' }: Route): string {
  if (scope === null) return WHO[who];
  if (manage === undefined) return code(scope);
  const scopes = scope === 'manage' ? code(scope) : `${code(scope)} or ${code('manage')}`;
  return `${scopes}, or a role: ${code(manage)}`;
}

function parameterRows({ params, query, headers }: Route): string[][] {
  const places = [
    ['path', params],
    ['query', query],
    ['header', headers],
  ] as const;
  return places.flatMap(([place, schema]) =>
    schema === undefined
      ? []
      : fieldsOf(schema).map(({ path, isRequired, form, meaning }) => [
          code(path),
          place,
          needed(isRequired || place === 'path'),
          form,
          meaning,
        ]),
  );
}

/** A body or an answer: its form, and its fields if it has some that are not told elsewhere. */
function schemaParts(head: string, schema: TSchema, present: 'required' | 'always'): string[] {
  const fields = fieldsOf(schema);
  const form = formOf(schema);
  const isTold = form.startsWith('[');
  const hasFields = fields.length > 0 && !isTold;
  return [
    `${head}${hasFields ? ':' : `: ${form}.`}`,
    ...(hasFields ? [fieldTable(fields, present)] : []),
  ];
}

const types = (names: readonly string[] | undefined): string =>
  (names ?? ['application/json']).map(code).join(', ');

function routeParts(name: string, route: Route): string[] {
  const { method, path, summary, accepts, produces, body, answers } = route;
  const parameters = parameterRows(route);
  return [
    `## ${method} ${path}`,
    `${summary}. Scope: ${scopeWords(route)}. Operation: ${code(name)}.`,
    ...(parameters.length === 0
      ? []
      : [table(['parameter', 'in', 'required', 'form', 'meaning'], parameters)]),
    ...(body === undefined ? [] : schemaParts(`**Body**, ${types(accepts)}`, body, 'required')),
    ...Object.entries(answers).flatMap(([status, schema]) =>
      schemaParts(`**${status}**, ${types(produces)}`, schema, 'always'),
    ),
  ];
}

function apiPage(): Page {
  const routes = Object.entries<Route>(ROUTES);
  const rows = routes.map(([, route]) => [
    `[${code(`${route.method} ${route.path}`)}](#${anchorOf(route)})`,
    scopeWords(route),
    route.summary,
  ]);
  return page('api.md', 'The API', [
    prose(
      'HTTP with JSON. Each request bears an API key, `Authorization: Bearer ann_…`, or the cookie',
      'of [somebody who is signed in](../guide/people.md). What a key',
      'may do is its scopes; or it has roles, reads what [their views](../guide/views.md) show and',
      'manages what they name. It may be bound to one project and one tenant. Errors are',
      '[problems](errors.md). Each answer has an `x-request-id`, which stands in the server’s',
      'log.',
    ),
    prose(
      'A running server describes itself in OpenAPI 3.1 at `/openapi.json`, readable at',
      '`/docs`. `/healthz`, `/readyz` and `/metrics` need no key: see',
      '[operating](../guide/operating.md).',
    ),
    table(['route', 'scope', 'what it does'], rows),
    ...routes.flatMap(([name, route]) => routeParts(name, route)),
  ]);
}

function definitionPage(): Page {
  return page('definition.md', 'The definition of a project', [
    prose(
      'One file, YAML or JSON: vocabulary, who sees what, rules. `annals project check FILE` tells',
      'what is wrong with it. An editor completes it with',
      '`$schema: definition.schema.json`, [this file](definition.schema.json).',
    ),
    prose('`.*` stands for each name, `[]` for each entry of a list.'),
    fieldTable(fieldsOf(Definition), 'required'),
    '## Sentences',
    prose(
      'A sentence is a text with slots in braces. Of an action’s sentences the first one counts',
      'whose slots the reader may all see.',
    ),
    table(
      ['slot', 'what fills it'],
      Object.entries(SLOTS).map(([slot, words]) => [code(`{${slot}}`), words]),
    ),
  ]);
}

const definitionSchema = (): Page => ({
  name: 'definition.schema.json',
  text: `${JSON.stringify(Definition, undefined, 2)}\n`,
});

/** All pages, by name of file. */
export const pages = (): Page[] => [
  apiPage(),
  definitionPage(),
  definitionSchema(),
  eventPage(),
  errorsPage(),
  settingsPage(),
];

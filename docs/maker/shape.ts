/**
 * A schema of the contract in words: one row a field, nested ones by their path. What has a page
 * or a section of its own is linked there instead of told again.
 */

import { DEFINITION_WORDS } from '@annals/contract/definition';
import { Erased, EventInput, PATTERN_WORDS, ReadEvent } from '@annals/contract/event';
import { Problem, Rejection } from '@annals/contract/problem';
import { ProjectName, RecordResult } from '@annals/contract/routes';
import type { TSchema } from 'typebox';
import { code } from './table.ts';

/** The parts of JSON Schema that the contract uses. */
interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly TSchema[];
  readonly properties?: Readonly<Record<string, TSchema>>;
  /** Of a record: the form of each of its members. */
  readonly patternProperties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly items?: TSchema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

export interface Field {
  /** `actor.id`, `targets[].id`. */
  readonly path: string;
  readonly isRequired: boolean;
  readonly form: string;
  readonly meaning: string;
}

/** What is told elsewhere. */
const TOLD = new Map<TSchema, string>([
  [EventInput, '[event](event.md#fields)'],
  [ReadEvent, '[event](event.md#what-a-reader-gets)'],
  [Problem, '[problem](errors.md#a-problem)'],
  [Rejection, '[rejection](errors.md#a-rejection)'],
  [Problem.properties.code, '[code](errors.md#codes)'],
]);
/** What is told just before. */
const REPEATED = new Map<TSchema, string>([[RecordResult, 'the same as with 201']]);
const PATTERNS = new Map(
  Object.entries({ ...PATTERN_WORDS, ...DEFINITION_WORDS }).map(([pattern, words]) => [
    pattern,
    words.replace(/^must be /, '').replace(/^must not hold /, 'no '),
  ]),
);

/** A schema of TypeBox is the JSON Schema that it stands for. */
const shapeOf = (schema: TSchema): Shape => schema;
const number = (value: number): string => value.toLocaleString('en-US');

function bounds(least: number | undefined, most: number | undefined, unit: string): string[] {
  if (most === undefined) return least === undefined || least === 0 ? [] : [`≥ ${number(least)}`];
  const low = least === undefined || least === 0 ? '≤ ' : `${number(least)} to `;
  return [`${low}${number(most)}${unit}`];
}

function textForm(schema: TSchema): string {
  const { minLength, maxLength, pattern } = shapeOf(schema);
  const form = pattern === undefined ? undefined : PATTERNS.get(pattern);
  const fixed = schema === ProjectName || form?.endsWith('UUID') === true;
  const length = fixed ? [] : bounds(minLength, maxLength, ' characters');
  return ['text', ...length, ...(form === undefined ? [] : [form])].join(', ');
}

function listForm({ items, minItems, maxItems }: Shape): string {
  const length = bounds(minItems, maxItems, '');
  const what = items === undefined ? 'values' : formOf(items);
  return ['list', ...length].join(', ').concat(` of: ${what}`);
}

function choiceForm(choices: readonly TSchema[]): string {
  const isNullable = choices.some((choice) => shapeOf(choice).type === 'null');
  const others = choices.filter((choice) => shapeOf(choice).type !== 'null' && choice !== Erased);
  const forms = others.map((choice) => REPEATED.get(choice) ?? formOf(choice));
  return [...forms, ...(isNullable ? ['null'] : [])].join(', or ');
}

/** What a value of the schema may be, in some words. */
export function formOf(schema: TSchema): string {
  const told = TOLD.get(schema);
  if (told !== undefined) return told;
  const shape = shapeOf(schema);
  if (shape.enum) return shape.enum.map((value) => code(String(value))).join(', ');
  if (shape.const !== undefined) return code(String(shape.const));
  if (shape.anyOf) return choiceForm(shape.anyOf);
  switch (shape.type) {
    case 'string':
      return textForm(schema);
    case 'integer':
      return ['whole number', ...bounds(shape.minimum, shape.maximum, '')].join(', ');
    case 'array':
      return listForm(shape);
    case 'object':
      return ['object', ...bounds(undefined, shape.maxProperties, ' keys')].join(', ');
    case undefined:
      return 'any JSON';
    default:
      return shape.type;
  }
}

/** Inside a list or a choice, what has fields of its own, with the mark that its paths bear. */
function inside(schema: TSchema): readonly { schema: TSchema; mark: string }[] {
  const { items, anyOf, properties, patternProperties = {} } = shapeOf(schema);
  if (TOLD.has(schema) || schema === Erased) return [];
  if (properties) return [{ schema, mark: '' }];
  if (items) return inside(items).map((inner) => ({ ...inner, mark: `[]${inner.mark}` }));
  const members = Object.values(patternProperties).flatMap(inside);
  if (members.length > 0) return members.map((inner) => ({ ...inner, mark: `.*${inner.mark}` }));
  return (anyOf ?? []).flatMap(inside);
}

function meaningOf({ description = '', default: fallback }: Shape): string {
  const words = fallback === undefined ? [] : [`Default ${code(String(fallback))}.`];
  return [...(description === '' ? [] : [description]), ...words].join(' ');
}

/** Fields of an object, each followed by those inside it. */
export function fieldsOf(schema: TSchema, prefix = ''): Field[] {
  const { properties = {}, required = [] } = shapeOf(schema);
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const field: Field = {
      path,
      isRequired: required.includes(name),
      form: formOf(property),
      meaning: meaningOf(shapeOf(property)),
    };
    const inner = inside(property).flatMap((each) => fieldsOf(each.schema, `${path}${each.mark}.`));
    return [field, ...inner];
  });
}

/** Paths at which an erased value's marker may stand. */
export function erasablePaths(schema: TSchema, prefix = ''): string[] {
  const { properties = {} } = shapeOf(schema);
  return Object.entries(properties).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const own = shapeOf(property).anyOf?.includes(Erased) ? [path] : [];
    const inner = inside(property).flatMap((each) =>
      erasablePaths(each.schema, `${path}${each.mark}.`),
    );
    return [...own, ...inner];
  });
}

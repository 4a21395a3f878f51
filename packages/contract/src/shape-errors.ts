/** What is wrong with the form of a value, in words: the field and the limit, never the value. */

import { DEFINITION_WORDS } from './definition.ts';
import { PATTERN_WORDS } from './event.ts';
import { nameOfPart, pointerPart } from './pointer.ts';
import type { FieldError } from './problem.ts';

/** An error as TypeBox reports it. */
export interface ShapeError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** A name that a client chose is shown no longer than this. */
const SHOWN_NAME_LENGTH = 64;

/** Keywords whose error only repeats those of each member. */
const SUMMARIES = ['additionalProperties', 'propertyNames'];

const param = (error: ShapeError, name: string): unknown =>
  Object.entries(error.params).find(([key]) => key === name)?.[1];

const names = (value: unknown): string[] =>
  Array.isArray(value) ? value.map((name) => String(name).slice(0, SHOWN_NAME_LENGTH)) : [];

function wordsOf(error: ShapeError): FieldError {
  const path = error.instancePath;
  switch (error.keyword) {
    // One a field that is not known; the error of all of them together comes after, if it fits.
    case 'boolean': {
      const name = nameOfPart(path.slice(path.lastIndexOf('/') + 1));
      return { path, detail: `There is no field "${name.slice(0, SHOWN_NAME_LENGTH)}" here.` };
    }
    case 'required': {
      const [name = ''] = names(param(error, 'requiredProperties'));
      return { path: `${path}/${pointerPart(name)}`, detail: 'This field is required.' };
    }
    case 'enum': {
      const allowed = names(param(error, 'allowedValues')).join(', ');
      return { path, detail: `This field must be one of: ${allowed}.` };
    }
    case 'pattern': {
      const pattern = String(param(error, 'pattern'));
      const words = PATTERN_WORDS[pattern] ?? DEFINITION_WORDS[pattern];
      return { path, detail: `This field ${words ?? error.message}.` };
    }
    default:
      return { path, detail: `This field ${error.message}.` };
  }
}

/** The errors worth telling, in order; empty if there are none. */
export const describeShapeErrors = (errors: readonly ShapeError[]): FieldError[] =>
  errors.filter(({ keyword }) => !SUMMARIES.includes(keyword)).map(wordsOf);

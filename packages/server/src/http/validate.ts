/** Shape checks of a request's parts against the contract, compiled once a route. */
import { IsObject, type TSchema } from 'typebox';
import { Compile } from 'typebox/schema';

const INTEGER = /^-?\d{1,15}$/;

const isInteger = (schema: TSchema | undefined): boolean =>
  schema !== undefined && 'type' in schema && schema.type === 'integer';

/** Parameters arrive as text; one that must be a whole number becomes it, if it is one. */
function converted(schema: TSchema, value: unknown): unknown {
  if (!IsObject(schema) || typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, text]) => {
    const isNumber = isInteger(schema.properties[name]) && INTEGER.test(String(text));
    return [name, isNumber && typeof text === 'string' ? Number(text) : text];
  });
  return Object.fromEntries(fields);
}

/** U+0000 is in no name, and a database may refuse the question that holds it. */
function nulError(value: unknown) {
  const found = Object.entries(value ?? {}).find(([, text]) => String(text).includes('\0'));
  if (found === undefined) return undefined;
  const message = 'must not hold U+0000';
  return [{ keyword: 'nul', instancePath: `/${found[0]}`, schemaPath: '', params: {}, message }];
}

export function validator(schema: TSchema, part: string | undefined) {
  // When it is first asked: most routes are not, and each compiled schema takes memory.
  let compiled: ReturnType<typeof Compile> | undefined;
  return (given: unknown) => {
    compiled ??= Compile(schema);
    const shape = compiled;
    const value = part === 'body' ? given : converted(schema, given);
    if (!shape.Check(value)) return { error: shape.Errors(value)[1] };
    const error = part === 'body' ? undefined : nulError(value);
    return error ? { error } : { value };
  };
}

/** The OpenAPI 3.1 document, made from the routes. */
import { Problem } from './problem.ts';
import { ROUTES, type Route } from './routes.ts';

type Json = Record<string, unknown>;

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const content = (types: readonly string[], schema: unknown): Json =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

function parameters({ params, query, headers }: Route): Json[] {
  const places = [
    { place: 'path', schema: params },
    { place: 'query', schema: query },
    { place: 'header', schema: headers },
  ] as const;
  return places.flatMap(({ place, schema }) => {
    const required = new Set(schema?.required ?? []);
    return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
      name,
      in: place,
      required: place === 'path' || required.has(name),
      schema: property,
      ...('description' in property ? { description: property.description } : {}),
    }));
  });
}

function answers(route: Route): Json {
  const produces = route.produces ?? ['application/json'];
  const own = Object.entries(route.answers).map(([status, schema]) => [
    status,
    { description: Number(status) < 300 ? 'Done' : 'Refused', content: content(produces, schema) },
  ]);
  const problem = {
    description: 'A problem: see the table of errors',
    content: content(['application/problem+json'], ref('Problem')),
  };
  return { ...Object.fromEntries(own), default: problem };
}

/** A key, or the cookie of somebody who is signed in. */
function securityOf({ who }: Route): Json[] {
  if (who === 'open') return [];
  return who === 'person' ? [{ session: [] }] : [{ key: [] }, { session: [] }];
}

function operation(name: string, route: Route): Json {
  const body = route.body && {
    required: true,
    content: content(route.accepts ?? ['application/json'], route.body),
  };
  const given = parameters(route);
  return {
    operationId: name,
    summary: route.summary,
    ...(route.scope === null
      ? {}
      : { description: `Needs a key with the scope \`${route.scope}\`.` }),
    tags: [route.path.split('/')[2] ?? 'other'],
    security: securityOf(route),
    ...(given.length > 0 ? { parameters: given } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: answers(route),
  };
}

/** A JSON document, OpenAPI 3.1.0. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operation(name, route),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Annals',
      version,
      summary: 'The audit log that a product gives to its customers',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key' },
        session: {
          ...{ type: 'apiKey', in: 'cookie', name: '__Host-annals.session_token' },
          description: 'Somebody who is signed in',
        },
      },
    },
  };
}

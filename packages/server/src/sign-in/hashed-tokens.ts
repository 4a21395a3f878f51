/**
 * Between better-auth and the database: the token of a session is stored as its hash, so that
 * whoever reads the database cannot use one.
 */
import type { DBAdapter, Where } from 'better-auth/adapters';
import { digestOf } from '../access/access.ts';

const SESSION = 'session';
const hashOf = (token: string): string => digestOf(token).toString('hex');

/** Where a token is asked for, its hash is looked up. */
const hashed = (where: readonly Where[]): Where[] =>
  where.map((one) => {
    if (one.field !== 'token') return one;
    const { value } = one;
    if (Array.isArray(value)) return { ...one, value: value.map((token) => hashOf(String(token))) };
    return { ...one, value: hashOf(String(value)) };
  });

const whereOf = <Q extends { readonly model: string; readonly where?: Where[] | undefined }>(
  query: Q,
): Q => (query.model === SESSION && query.where ? { ...query, where: hashed(query.where) } : query);

/** The row with the token that it was found by, which is all that better-auth may see of it. */
function withToken<T>(row: T, model: string, token: unknown): T {
  return model === SESSION && row !== null && typeof token === 'string' ? { ...row, token } : row;
}

/** The same adapter for everything else. */
export function withHashedTokens(inner: DBAdapter): DBAdapter {
  const outer: DBAdapter = {
    ...inner,
    async create(query) {
      const token: unknown = query.model === SESSION ? query.data['token'] : undefined;
      if (typeof token !== 'string') return await inner.create(query);
      const data = { ...query.data, token: hashOf(token) };
      return withToken(await inner.create({ ...query, data }), SESSION, token);
    },
    async findOne(query) {
      const found = await inner.findOne(whereOf(query));
      const token = query.where.find(({ field }) => field === 'token')?.value;
      return withToken(found, query.model, token) as never;
    },
    findMany: (query) => inner.findMany(whereOf(query)),
    count: (query) => inner.count(whereOf(query)),
    async update(query) {
      const updated = await inner.update(whereOf(query));
      const token = query.where.find(({ field }) => field === 'token')?.value;
      return withToken(updated, query.model, token) as never;
    },
    updateMany: (query) => inner.updateMany(whereOf(query)),
    delete: (query) => inner.delete(whereOf(query)),
    deleteMany: (query) => inner.deleteMany(whereOf(query)),
    consumeOne: (query) => inner.consumeOne(whereOf(query)),
    incrementOne: (query) => inner.incrementOne(whereOf(query)),
    // Each write stands for itself: this database has no transactions that are held open.
    transaction: (work) => work(outer),
  };
  return outer;
}

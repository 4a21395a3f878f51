/** Erasing somebody as a client does: a dry run, then what it has shown, confirmed. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Alias, Erasure, ErasureFound, ErasureSubject } from '@annals/contract/erasures';
import type { TestApp } from './harness.ts';

const LOOK_MS = 10;
const LOOKS = 4_000;
const WORKING: readonly Erasure['state'][] = ['searching', 'running'];

export const LEGAL_BASIS = 'GDPR Art. 17(1)(b)';

export async function post(app: TestApp, body: unknown): Promise<Erasure> {
  const { status, json, text } = await app.admin<Erasure>('POST', '/v1/erasures', body);
  assert.equal(status, 202, text);
  return json;
}

export async function getErasure(app: TestApp, erasureId: string): Promise<Erasure> {
  const { status, json, text } = await app.admin<Erasure>('GET', `/v1/erasures/${erasureId}`);
  assert.equal(status, 200, text);
  return json;
}

/** The erasure as it is when nobody works on it any more. */
export async function ended(app: TestApp, { erasure_id }: Erasure): Promise<Erasure> {
  for (let look = 0; look < LOOKS; look++) {
    const erasure = await getErasure(app, erasure_id);
    if (!WORKING.includes(erasure.state)) return erasure;
    await sleep(LOOK_MS);
  }
  return assert.fail('the erasure does not end');
}

export interface Whom {
  readonly tenant: string;
  readonly subject: ErasureSubject;
  /** Known beforehand. */
  readonly aliases?: readonly Alias[];
  readonly searches?: boolean;
}

export async function dryRun(
  app: TestApp,
  { tenant, subject, aliases = [], searches = true }: Whom,
): Promise<Erasure & { found: ErasureFound }> {
  const begun = await post(app, {
    ...{ tenant_id: tenant, subject, legal_basis: LEGAL_BASIS, aliases },
    search_mentions: searches,
  });
  const { found, ...erasure } = await ended(app, begun);
  assert.equal(erasure.state, 'found', erasure.error ?? '');
  assert.ok(found);
  return { ...erasure, found };
}

const aliasOf = ({ kind, type, value }: Alias): Alias => ({
  kind,
  ...(type === undefined ? {} : { type }),
  value,
});

/** Confirms all aliases, or those that are chosen. */
export async function confirm(
  app: TestApp,
  { tenant, subject }: Whom,
  { found }: { readonly found: ErasureFound },
  mentions: 'list' | 'erase',
  isChosen: (alias: Alias) => boolean = () => true,
): Promise<Erasure> {
  return await post(app, {
    ...{ tenant_id: tenant, subject, dry_run: false, token: found.token, mentions },
    aliases: found.aliases.map(aliasOf).filter(isChosen),
  });
}

/** Dry run and erasure; answers how it ended. */
export async function erase(
  app: TestApp,
  whom: Whom,
  mentions: 'list' | 'erase' = 'erase',
): Promise<Erasure> {
  const shown = await dryRun(app, whom);
  return await ended(app, await confirm(app, whom, shown, mentions));
}

/** A route chosen while the index was another one leads nowhere, however whole the new one is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from '@annals/contract/query';
import { END_OF_TIME_MS } from '@annals/contract/time';
import { ALL } from '@annals/contract/view';
import { onBothDatabases, sampleEvents } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';
import { Lenses } from './lenses.ts';
import type { Plan } from './plan.ts';
import { IndexRenewed, orByTime, Reader, type Reading } from './read.ts';

const OPEN = { from: 0, to: END_OF_TIME_MS, order: 'desc' } as const;
const BARE = { ...OPEN, hints: [], wantsAllNames: false, notices: [] };

onBothDatabases('a route', (open) => {
  test('is not relied on once the index was made anew', async (t) => {
    const app = await open();
    await app.record('routes', sampleEvents(20));
    await caughtUp(app, 'routes');
    const [row] = await app.sql("SELECT tenant_no FROM tenant WHERE tenant_id = 'routes'");
    const tenantNo = Number(row?.['tenant_no']);
    const { store, search } = app.app;
    const lenses = new Lenses();
    t.after(() => lenses.close());
    const reader = new Reader(store, lenses);
    const read = async (reading: Reading) => {
      let count = 0;
      for await (const { found } of reader.steps(reading)) count += found.length;
      return count;
    };
    for (const q of ['actor:*', 'actor:user*', 'outcome:success', 'nobody']) {
      const query = parseQuery(q);
      const lens = { tenantId: 'routes', view: ALL, query };
      const plan: Plan = { ...BARE, ...lens, tenantNo };
      const route = await reader.route(plan, 'all');
      const wanted = await read({ plan, route, after: undefined });
      await search.rebuild(tenantNo, () => undefined);
      const again = { plan, route, after: undefined };
      if (route.generation === undefined) assert.equal(await read(again), wanted, q);
      else await assert.rejects(() => read(again), IndexRenewed, q);
      const answer = await orByTime(route, (chosen) => read({ ...again, route: chosen }));
      assert.equal(answer, wanted, q);
    }
    const words = { tenantId: 'routes', view: ALL, query: parseQuery('outcome:success') };
    const plan: Plan = { ...BARE, ...words, tenantNo };
    assert.notEqual((await reader.route(plan, 'all')).generation, undefined);
  });
});

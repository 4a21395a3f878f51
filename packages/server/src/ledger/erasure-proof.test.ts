/**
 * After an erasure nothing of the person is anywhere: in no table, no answer, no file of the
 * folder. And nothing else is lost: leaves and tree are what they were, others' values are there.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import { isErased } from '@annals/contract/values';
import fc from 'fast-check';
import { answersOf, eventsOf, holdsTo, rebuilt } from '../../test/answers.ts';
import { confirm, dryRun, ended, erase, LEGAL_BASIS, post, type Whom } from '../../test/erasing.ts';
import { onBothDatabases, sampleEvent, type TestApp, verifyTenant } from '../../test/harness.ts';
import { caughtUp } from '../../test/indexed.ts';
import { worldEvent } from '../../test/worlds.ts';

/** Texts that are nowhere else, also in parts: of ids, names, e-mails, and of what she did. */
const SECRETS = [
  ...['qxanaid', 'qxformer', 'Zwetlana', 'Quillfeather', 'zwetka', 'qxmail', 'qxsecond'],
  ...['203.0.113.77', 'Qxbrowser', 'Qxville', 'qxsession', 'qxbefore', 'qxafter'],
];
const SUBJECT = { type: 'user', id: 'qxanaid_1' };
const WHOM: Whom = { tenant: 'proof', subject: SUBJECT };
const ana = {
  ...{ type: 'user' as const, id: SUBJECT.id, name: 'Zwetlana Quillfeather' },
  email: 'qxmail@a.example',
};
const context = {
  ...{ ip: '203.0.113.77', user_agent: 'Qxbrowser/1.0', location: 'Qxville' },
  session_id: 'qxsession-1',
};
const bo = { type: 'user' as const, id: 'usr_bo', name: 'Bo Li', email: 'bo@a.example' };
const plain = { actor: bo, targets: [], metadata: {}, changes: [], labels: {} };

const eventsOfPerson = (): EventInput[] => [
  sampleEvent({ ...plain, actor: ana, context }),
  sampleEvent({
    ...plain,
    actor: { ...ana, name: 'zwetka', email: 'qxsecond@a.example' },
    context,
  }),
  sampleEvent({ ...plain, on_behalf_of: [bo, ana] }),
  sampleEvent({
    ...{ ...plain, targets: [ana] },
    changes: [{ path: '/city', before: 'qxbefore', after: { deep: ['qxafter'] } }],
  }),
  sampleEvent({
    ...plain,
    targets: [
      { type: 'document', id: 'd1' },
      { ...ana, role: 'related' },
    ],
  }),
  sampleEvent({
    ...{ ...plain, context },
    actor: { type: 'user', id: 'qxformer_1', name: 'Quillfeather', email: 'qxmail@a.example' },
  }),
  sampleEvent({ ...plain, metadata: { note: 'see ZWETLANA QUILLFEATHER', deep: [[SUBJECT.id]] } }),
  sampleEvent({ ...plain, metadata: { original: '{"u":"Zwetlana\\u0020Quillfeather"}' } }),
  sampleEvent({
    ...plain,
    labels: { 'qxmail@a.example': 'yes' },
    reason: { text: 'zwetka asked' },
  }),
  sampleEvent({ ...plain, outcome: { result: 'denied', reason: 'no right for qxformer_1' } }),
  sampleEvent({ ...plain, changes: [{ path: '/owner', before: SUBJECT.id, after: 'nobody' }] }),
  sampleEvent({ ...plain, context: { user_agent: 'Mail (qxsecond@a.example)' } }),
];

/** Whole names: who has looked for these is recorded with what was asked. */
const NAMES = [
  ...[SUBJECT.id, 'qxformer_1', 'Zwetlana Quillfeather', 'zwetka', 'Quillfeather'],
  ...['qxmail@a.example', 'qxsecond@a.example'],
];

/** Searches and suggestions, so that whatever remembers a question remembers these. */
async function lookFor(app: TestApp, tenant: string, texts: readonly string[]): Promise<string> {
  const told: string[] = [];
  const scope = `tenant_id=${tenant}&view=log`;
  for (const text of texts) {
    const q = encodeURIComponent(`("${text}" or party:"${text}")`);
    for (const path of [
      ...[`events?${scope}&q=${q}`, `events/count?${scope}&q=${q}`],
      `events/download?${scope}&format=csv&q=${q}`,
      ...['actors', 'records'].map((list) => `${list}?${scope}&search=${text.slice(0, 4)}`),
      ...['actor', 'party', 'target'].map(
        (field) => `events/suggest?${scope}&field=${field}&prefix=${text.slice(0, 3)}`,
      ),
    ]) {
      const { status, text: answer } = await app.admin('GET', `/v1/${path}`);
      assert.equal(status, 200, `${path}: ${answer}`);
      told.push(answer);
    }
  }
  for (const path of [
    ...[`events?${scope}&limit=500`, `events/download?${scope}&format=ndjson`],
    ...[`events/download?${scope}&format=csv`, `events/facets?${scope}&fields=actor&limit=100`],
    ...[`actors?${scope}&limit=500`, `records?${scope}&limit=500`, `erasures?tenant_id=${tenant}`],
    ...['rejects', 'keys'],
  ]) {
    const { status, text } = await app.admin('GET', `/v1/${path}`);
    assert.equal(status, 200, `${path}: ${text}`);
    told.push(text);
  }
  return told.join('\n');
}

/** Bytes of rows as text: documents are bytes. */
const asText = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value);

async function tablesOf(app: TestApp): Promise<string[]> {
  const rows =
    app.dialect === 'sqlite'
      ? await app.sql("SELECT name FROM sqlite_master WHERE type = 'table'")
      : await app.sql("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
  return rows.map(({ name }) => String(name));
}

/** Every value of every table, as text. */
async function everyTable(app: TestApp): Promise<string> {
  const texts: string[] = [];
  for (const table of await tablesOf(app)) {
    for (const row of await app.sql(`SELECT * FROM "${table}"`)) {
      texts.push(...Object.values(row).map(asText));
    }
  }
  return texts.join('\n');
}

const hidden = (text: string): string[] => {
  const folded = text.toLowerCase();
  return SECRETS.filter((secret) => folded.includes(secret.toLowerCase()));
};

/** Files that hold a secret in UTF-8 or UTF-16, however it is spelled. */
function filesWith(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      const texts = [bytes.toString('latin1'), bytes.toString('utf16le')];
      // Shifted by one byte, since a text may begin anywhere.
      texts.push(bytes.subarray(1).toString('utf16le'));
      return [...new Set(texts.flatMap(hidden))].map((secret) => `${entry.name}: ${secret}`);
    });
}

/** Words of the index file, whose pages hold only how each differs from the one before. */
function indexedWords(folder: string): string {
  const index = new DatabaseSync(join(folder, 'annals-index.db'), { readOnly: true });
  index.exec('CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, event_text, row)');
  const words = index.prepare('SELECT term FROM temp.words').all();
  index.close();
  return words.map(({ term }) => String(term)).join('\n');
}

const leavesOf = async (app: TestApp) =>
  (await app.sql('SELECT tenant_no, sequence, leaf_hash FROM event ORDER BY 1, 2')).map(
    ({ tenant_no, sequence, leaf_hash }) => `${tenant_no} ${sequence} ${asText(leaf_hash)}`,
  );

onBothDatabases('after an erasure', (open) => {
  test('no table, no answer and no file holds anything of the person', async () => {
    const app = await open({});
    const { dataDir } = app.config;
    const others = Array.from({ length: 200 }, () => sampleEvent());
    await app.record('proof', [...others.slice(0, 100), ...eventsOfPerson()]);
    await caughtUp(app, 'proof');
    await app.record('proof', [...eventsOfPerson(), ...others.slice(100).map(again)]);
    await caughtUp(app, 'proof');
    const bad = { ...sampleEvent(), tenant_id: 'proof', [SUBJECT.id]: 1 };
    assert.equal((await app.admin('POST', '/v1/events', [bad])).status, 400);
    assert.deepEqual(hidden(await lookFor(app, 'proof', NAMES)), SECRETS, 'they are found before');
    assert.ok(hidden(await everyTable(app)).length === SECRETS.length);
    if (app.dialect === 'sqlite') assert.ok(filesWith(dataDir).length >= SECRETS.length);
    const leaves = await leavesOf(app);
    const questions = { view: 'all', q: 'action:annals.log.*' };
    const asked = (await eventsOf(app, 'proof', questions)).filter(({ metadata }) =>
      NAMES.some((name) => JSON.stringify(metadata).includes(name)),
    ).length;
    assert.ok(asked >= NAMES.length, 'who looked for them is in the log');
    // One that is given up, and one with what is known beforehand.
    await post(app, { tenant_id: 'proof', subject: SUBJECT, legal_basis: LEGAL_BASIS });
    const shown = await dryRun(app, {
      ...WHOM,
      aliases: [
        { kind: 'name', value: 'Quillfeather' },
        { kind: 'name', value: 'Zwetlana' },
      ],
    });
    const done = await ended(app, await confirm(app, WHOM, shown, 'erase'));
    assert.equal(done.state, 'completed', done.error ?? '');
    const { counts, remaining } = done.certificate ?? assert.fail();
    assert.deepEqual(counts, {
      ...{ events: 24 + asked, actor: 6, on_behalf_of: 2, target: 4, context: 6, changes: 2 },
      mentions: 12 + asked,
    });
    assert.deepEqual([remaining.mentions.events, remaining.clear.events], [0, 0]);

    assert.deepEqual(hidden(await everyTable(app)), []);
    if (app.dialect === 'sqlite') {
      assert.deepEqual(filesWith(dataDir), []);
      assert.deepEqual(hidden(indexedWords(dataDir)), []);
    }
    assert.deepEqual((await leavesOf(app)).slice(0, leaves.length), leaves);
    assert.equal((await verifyTenant(app, 'proof')).ok, true);
    assert.deepEqual(hidden(app.logLines.join('\n')), []);
    await app.restart();
    assert.deepEqual(hidden(await everyTable(app)), []);
    if (app.dialect === 'sqlite') assert.deepEqual(filesWith(dataDir), []);
    const all = [...SECRETS, ...NAMES];
    assert.deepEqual(hidden(await lookFor(app, 'proof', all)), []);
    await rebuilt(app, 'proof');
    await caughtUp(app, 'proof');
    assert.deepEqual(hidden(await lookFor(app, 'proof', all)), []);
    const kept = await eventsOf(app, 'proof', { q: 'folder-1' });
    assert.equal(kept.length, 200, 'the others are there');
  });

  for (const seed of [1, 2, 3]) {
    test(`any events, any person: the answers are those of what is left (${seed})`, async () => {
      const app = await open();
      const tenant = `world-${seed}`;
      const events = fc.sample(worldEvent(Date.now() - 400), { seed, numRuns: 300 });
      const apart = events.map((event, index) => ({
        ...event,
        occurred_at: new Date(Date.parse(event.occurred_at) + index).toISOString(),
      }));
      await app.record(tenant, apart);
      await caughtUp(app, tenant);
      const before = await bySequence(app, tenant);
      const subject = { type: 'user', id: ['u_1', 'dana@acme.example', 'ünï-1'][seed - 1] ?? '' };
      const whom = { tenant, subject };
      const done = await erase(app, whom, seed === 2 ? 'list' : 'erase');
      assert.equal(done.state, 'completed', done.error ?? '');
      const after = await bySequence(app, tenant);
      checkErased(before, after);
      await holdsTo(app, tenant, await eventsOf(app, tenant), { seed, runs: 40 });
      const answers = await answersOf(app, tenant);
      await rebuilt(app, tenant);
      await caughtUp(app, tenant);
      assert.deepEqual(await answersOf(app, tenant), answers);
      const q = `(actor:"${subject.id}" or on_behalf_of:"${subject.id}")`;
      const left = await eventsOf(app, tenant, { q });
      const isOwn = ({ actor, on_behalf_of = [] }: ReadEvent) =>
        [actor, ...on_behalf_of].some(({ type, id }) => type === subject.type && id === subject.id);
      assert.deepEqual(left.filter(isOwn), []);
      const again = await dryRun(app, whom);
      const { actor, on_behalf_of, target, context: of, changes } = again.found.counts;
      assert.deepEqual([actor, on_behalf_of, target, of, changes], [0, 0, 0, 0, 0]);
    });
  }
});

const again = (event: EventInput): EventInput => ({ ...event, action: 'again' });

async function bySequence(app: TestApp, tenant: string): Promise<ReadEvent[]> {
  const events = await eventsOf(app, tenant, { view: 'log' });
  return events.toSorted((one, other) => (one.sequence ?? 0) - (other.sequence ?? 0));
}

/** Every value is as it was, or is erased; the leaves are as they were. */
function checkErased(before: readonly ReadEvent[], after: readonly ReadEvent[]): void {
  let erased = 0;
  const check = (was: unknown, is: unknown, path: string) => {
    if (isErased(is)) {
      erased++;
      return;
    }
    if (typeof was !== 'object' || was === null || typeof is !== 'object' || is === null) {
      assert.deepEqual(is, was, path);
      return;
    }
    const [one, other] = [Object.entries(was), new Map(Object.entries(is))];
    assert.equal(one.length, other.size, path);
    for (const [name, value] of one) check(value, other.get(name), `${path}/${name}`);
  };
  assert.equal(after.length, before.length);
  for (const [index, event] of before.entries()) check(event, after[index], `/${index}`);
  assert.ok(erased > 0, 'something was erased');
}

/**
 * Samples of the other products through the real way: imported into a real server, they agree by
 * action, actor and outcome with a count over the raw files that knows nothing of the importers,
 * what is left out is what that count cannot place in time, and a second import stores nothing.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ReadEvent } from '@annals/contract/event';
import { SECRET_REMOVED } from '@annals/contract/secrets';
import { isErased } from '@annals/contract/values';
import { createClient } from '@annals/sdk';
import { onBothDatabases } from '../../../server/test/harness.ts';
import { testTerminal } from '../../test/terminal.ts';
import { type ImportOptions, importFiles } from './import.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const DATASETS = resolve(ROOT, process.env['ANNALS_DATASETS'] ?? '../shared/datasets');
const ABSENT = `no samples in ${DATASETS}: set ANNALS_DATASETS to run this`;

/** A raw record, as loose as it is. */
type Raw = { readonly [name: string]: Raw | undefined } & { readonly length?: number };
interface Product {
  readonly from: ImportOptions['from'];
  readonly file: string;
  /** What the raw record says; no time or no action: it must be unmapped. */
  time(record: Raw): unknown;
  action(record: Raw): unknown;
  /** Nothing: nobody is named. */
  actor(record: Raw): unknown;
  outcome(record: Raw): string;
}

const payloadOf = (record: Raw): Raw => record['protoPayload'] ?? record['protopayload'] ?? {};
const OKTA_OUTCOMES = new Map([
  ['SUCCESS', 'success'],
  ['FAILURE', 'failure'],
  ['DENY', 'denied'],
]);
/** A method of one word has its service before it. */
const gcpAction = (record: Raw): string | undefined => {
  const { methodName, serviceName } = payloadOf(record);
  if (methodName === undefined) return undefined;
  const service = String(serviceName ?? '').replace('.googleapis.com', '');
  const isOneWord = !String(methodName).includes('.') && service !== '';
  return isOneWord ? `${service}.${methodName}` : String(methodName);
};
const gcpOutcome = (record: Raw): string => {
  const { status, authorizationInfo } = payloadOf(record);
  if (Number(status?.['code'] ?? 0) === 7) return 'denied';
  if (Number(status?.['code'] ?? 0) > 0) return 'failure';
  const granted = JSON.stringify(authorizationInfo ?? []);
  const isRefused = /"granted":false/.test(granted) && !/"granted":true/.test(granted);
  return isRefused ? 'denied' : 'success';
};

const PRODUCTS: readonly Product[] = [
  {
    from: 'github',
    file: 'GitHub.Audit.ndjson',
    time: (record) => record['@timestamp'] ?? record['at_sign_timestamp'] ?? record['created_at'],
    action: (record) => record['action'],
    actor: (record) => record['actor_id'] ?? record['actor'],
    outcome: (record) => (String(record['conclusion']) === 'failure' ? 'failure' : 'success'),
  },
  {
    from: 'okta',
    file: 'Okta.SystemLog.ndjson',
    time: (record) => record['published'],
    action: (record) => record['actor'] && (record['eventType'] ?? record['eventtype']),
    actor: (record) => record['actor']?.['id'],
    outcome: (record) => OKTA_OUTCOMES.get(String(record['outcome']?.['result'])) ?? 'unknown',
  },
  {
    from: 'gcp',
    file: 'GCP.AuditLog.ndjson',
    time: (record) =>
      record['timestamp'] ?? record['receiveTimestamp'] ?? record['receivetimestamp'],
    action: gcpAction,
    actor: (record) => {
      const info = payloadOf(record)['authenticationInfo'];
      return info?.['principalEmail'] ?? info?.['principalSubject'];
    },
    outcome: gcpOutcome,
  },
];

const pathOf = ({ file }: Product): string => join(DATASETS, 'panther', file);
const rawRecords = (product: Product): Raw[] =>
  readFileSync(pathOf(product), 'utf8')
    .trim()
    .split('\n')
    .map((line): Raw => JSON.parse(line).log);

const DRY = {
  client: undefined,
  terminal: testTerminal(),
  tenantId: 'acme',
  pick: 'log',
  statePath: undefined,
  project: undefined,
  url: '',
  signal: new AbortController().signal,
} as const;

const isTime = (value: unknown): boolean =>
  typeof value === 'number' || /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\D|$)/.test(String(value));

const counts = (values: readonly string[]): [string, number][] =>
  [...Map.groupBy(values, (value) => value)]
    .map(([value, all]): [string, number] => [value, all.length])
    .sort(([left], [right]) => (left < right ? -1 : 1));

/** Records of one product that stand in another one's file, as its makers' counterexamples. */
const STRAYS: Readonly<Record<string, number>> = {
  'github in Atlassian.Audit.ndjson': 2,
  'gcp in Amazon.EKS.Audit.ndjson': 2,
};

/** Counted in real-samples.test.ts. */
const COUNTED_ELSEWHERE: ReadonlyArray<Pick<Product, 'from' | 'file'>> = [
  { from: 'k8s', file: 'Amazon.EKS.Audit.ndjson' },
  { from: 'auth0', file: 'Auth0.Events.ndjson' },
  { from: 'slack', file: 'Slack.AuditLogs.ndjson' },
];

test('no record of another product is taken for one of these', async (t) => {
  if (!existsSync(DATASETS)) return t.skip(ABSENT);
  const folder = join(DATASETS, 'panther');
  const found: Record<string, number> = {};
  for (const { from, file } of [...PRODUCTS, ...COUNTED_ELSEWHERE]) {
    for (const other of readdirSync(folder).filter((name) => name !== file)) {
      const report = await importFiles({ ...DRY, from, files: [join(folder, other)] });
      if (report.mapped > 0) found[`${from} in ${other}`] = report.mapped;
    }
  }
  assert.deepEqual(found, STRAYS);
});

onBothDatabases('samples of other products', (open) => {
  const run = async (product: Product) => {
    const { url, adminKey } = await open();
    const folder = await mkdtemp(join(tmpdir(), 'annals-import-test-'));
    try {
      return await importFiles({
        client: createClient({ url, key: adminKey }),
        terminal: testTerminal(),
        files: [pathOf(product)],
        from: product.from,
        tenantId: product.from,
        pick: 'log',
        statePath: join(folder, 'state.json'),
        project: undefined,
        url,
        signal: new AbortController().signal,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const eventsOf = async (tenantId: string): Promise<ReadEvent[]> => {
    const { url, adminKey } = await open();
    const client = createClient({ url, key: adminKey });
    const events: ReadEvent[] = [];
    for await (const event of client.events.all({ tenant_id: tenantId })) events.push(event);
    return events;
  };

  for (const product of PRODUCTS) {
    test(`${product.from}: the events agree with the file, and are stored once`, async (t) => {
      if (!existsSync(pathOf(product))) return t.skip(ABSENT);
      const records = rawRecords(product);
      const good = records.filter((each) => product.action(each) && isTime(product.time(each)));
      const different = [...new Map(good.map((each) => [JSON.stringify(each), each])).values()];
      const report = await run(product);
      assert.equal(report.rejected, 0, JSON.stringify(report));
      assert.equal(report.read, records.length);
      assert.equal(report.unmapped, records.length - good.length, JSON.stringify(report));
      assert.equal(report.accepted, different.length);
      assert.equal(report.duplicates, good.length - different.length);

      const events = await eventsOf(product.from);
      assert.deepEqual(
        counts(events.map(({ action }) => action)),
        counts(different.map((each) => String(product.action(each)))),
      );
      const nobody = 'nobody';
      assert.deepEqual(
        counts(events.map(({ actor }) => String(actor.id ?? nobody))),
        counts(different.map((each) => String(product.actor(each) || nobody))),
      );
      assert.deepEqual(
        counts(events.map(({ outcome }) => outcome?.result ?? 'none')),
        counts(different.map((each) => product.outcome(each))),
      );

      const again = await run(product);
      assert.equal(again.accepted, 0);
      assert.equal(again.duplicates, report.mapped);
      assert.equal((await eventsOf(product.from)).length, different.length);
    });

    test(`${product.from}: each event holds its record as it was read`, async (t) => {
      if (!existsSync(pathOf(product))) return t.skip(ABSENT);
      const texts = new Set(rawRecords(product).map((each) => JSON.stringify(each)));
      for (const { metadata } of await eventsOf(product.from)) {
        assert(metadata !== undefined && !isErased(metadata));
        const original: unknown = JSON.parse(String(metadata['original']));
        // What the server knows as a secret is taken out of it, as of every event.
        if (!JSON.stringify(original).includes(SECRET_REMOVED))
          assert(texts.has(JSON.stringify(original)));
      }
    });
  }
});

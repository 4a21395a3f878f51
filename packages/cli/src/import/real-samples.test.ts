/**
 * Real records of other products through the real way: each sample is imported into a real
 * server, agrees with a count over the raw file, and is stored once however often it is imported.
 * Many of these records have been shortened to what one test needs. So each sample is also taken
 * with a time given to the records that have lost theirs: then their other fields are seen too.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ReadEvent } from '@annals/contract/event';
import { createClient } from '@annals/sdk';
import { onBothDatabases } from '../../../server/test/harness.ts';
import { testTerminal } from '../../test/terminal.ts';
import { type ImportOptions, importFiles } from './import.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const DATASETS = resolve(ROOT, process.env['ANNALS_DATASETS'] ?? '../shared/datasets');
const ABSENT = `no samples in ${DATASETS}: set ANNALS_DATASETS to run this`;

type Json = Record<string, unknown>;
/** The value at a path like `user.username`; undefined where there is none. */
const at = (record: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Json | undefined)?.[name], record);
const has = (record: unknown, path: string): boolean => Boolean(at(record, path));

interface Counted {
  readonly action: unknown;
  readonly actor: unknown;
  readonly outcome: unknown;
}
interface Sample {
  readonly from: ImportOptions['from'];
  readonly file: string;
  /** The record with a time, if it has none. */
  readonly timed?: (log: Json) => Json;
  /** What is to be counted; undefined for a record that is no event. */
  counted(log: Json): Counted | undefined;
}

const outcomeOfCode = (code: number): string => {
  if (code === 401 || code === 403) return 'denied';
  if (code >= 400) return 'failure';
  return code > 0 ? 'success' : 'unknown';
};

const NOW = '2026-01-02T03:04:05Z';

const kubernetes: Sample = {
  from: 'k8s',
  file: 'panther/Amazon.EKS.Audit.ndjson',
  timed: (log) => {
    const inner = at(log, 'properties.log');
    if (typeof inner !== 'string') return { requestReceivedTimestamp: NOW, ...log };
    const audit = { requestReceivedTimestamp: NOW, ...JSON.parse(inner) };
    return { ...log, properties: { log: JSON.stringify(audit) } };
  },
  counted: (log) => {
    const inner = at(log, 'properties.log');
    const audit: unknown = typeof inner === 'string' ? JSON.parse(inner) : log;
    const needed = ['kind', 'verb', 'user.username', 'requestReceivedTimestamp'];
    if (!needed.every((path) => has(audit, path))) return undefined;
    const isShell = at(audit, 'objectRef.subresource') === 'exec';
    if (at(audit, 'stage') === 'ResponseStarted' && !isShell) return undefined;
    const names = ['objectRef.resource', 'objectRef.subresource', 'verb'].map((path) =>
      at(audit, path),
    );
    return {
      action: [names[0] || 'url', ...names.slice(1).filter(Boolean)].join('.'),
      actor: at(audit, 'user.username'),
      outcome: outcomeOfCode(Number(at(audit, 'responseStatus.code'))),
    };
  },
};

/** By type, as far as the samples have them; counted by hand from Auth0's documentation. */
const AUTH0_ACTIONS: Readonly<Record<string, string>> = {
  s: 'user.login',
  f: 'user.login',
  fcoa: 'user.login',
  limit_wc: 'user.login',
  pwd_leak: 'user.login',
  ss: 'user.signup',
  signup_pwd_leak: 'user.signup',
  sdu: 'user.delete',
  gd_send_pn: 'user.mfa.challenge',
  gd_enrollment_complete: 'user.mfa.enroll',
  ferrt: 'token.exchange',
  feoobft: 'token.exchange',
  admin_update_launch: 'platform.update',
};

const auth0: Omit<Sample, 'file'> = {
  from: 'auth0',
  counted: (log) => {
    const data = log['data'];
    const type = String(at(data, 'type'));
    const isCall = type === 'sapi';
    const caller = at(data, 'details.request.auth.user.user_id');
    // A name that is only tried out is no id.
    const someone = (type === 'sdu' ? undefined : at(data, 'user_id')) || undefined;
    const isDoor = AUTH0_ACTIONS[type]?.startsWith('user.') && type !== 'sdu';
    const nobody = isDoor ? undefined : at(data, 'client_id') || 'auth0';
    const status = Number(at(data, 'details.response.statusCode'));
    const said = /limit|leak/.test(type) ? 'denied' : type.startsWith('f') ? 'failure' : 'success';
    return {
      action: AUTH0_ACTIONS[type] ?? managementAction(data),
      actor: (isCall ? caller : undefined) ?? someone ?? nobody,
      outcome: isCall ? outcomeOfCode(status) : said,
    };
  },
};
const managementAction = (data: unknown): string => {
  const path = String(at(data, 'details.request.path')).replace(/^(\/api)?\/v2\//, '');
  // Ids of the samples have a prefix; a trigger's name and one broken path are no part of it.
  const words = path.replace('post-login/', '').replace('more/', '').split('/');
  const kept = words.filter((word) => !/_|\d/.test(word));
  const known = path.startsWith('users/') ? kept.filter((word) => word !== 'auth01111') : kept;
  return ['management', ...known, at(data, 'details.request.method')].join('.');
};

const slack: Sample = {
  from: 'slack',
  file: 'panther/Slack.AuditLogs.ndjson',
  timed: (log) => ({ date_create: Date.parse(NOW) / 1_000, ...log }),
  counted: (log) => {
    if (!has(log, 'date_create')) return undefined;
    return { action: log['action'], actor: at(log, 'actor.user.id'), outcome: 'success' };
  },
};

const SAMPLES: readonly Sample[] = [
  kubernetes,
  { ...auth0, file: 'panther/Auth0.Events.ndjson' },
  { ...auth0, file: 'datadog-extras/auth0.ndjson' },
  slack,
];

const counts = (values: readonly unknown[]): [string, number][] =>
  [...Map.groupBy(values.map(String), (value) => value)]
    .map(([value, all]): [string, number] => [value, all.length])
    .sort(([left], [right]) => (left < right ? -1 : 1));

/** The records of the file; the same text twice is one event. */
const recordsOf = (file: string): { all: Json[]; different: Json[] } => {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const all = lines.map((line): Json => JSON.parse(line).log);
  const texts = new Map(all.map((record) => [JSON.stringify(record), record]));
  return { all, different: [...texts.values()] };
};

onBothDatabases('real samples', (open) => {
  const importOnce = async (from: Sample['from'], file: string, tenantId: string) => {
    const { url, adminKey } = await open();
    return await importFiles({
      client: createClient({ url, key: adminKey }),
      terminal: testTerminal(),
      files: [file],
      from,
      tenantId,
      pick: 'log',
      statePath: `${file}.state`,
      project: undefined,
      url,
      signal: new AbortController().signal,
    });
  };
  const eventsOf = async (tenantId: string): Promise<ReadEvent[]> => {
    const { url, adminKey } = await open();
    const client = createClient({ url, key: adminKey });
    const events: ReadEvent[] = [];
    for await (const event of client.events.all({ tenant_id: tenantId })) events.push(event);
    return events;
  };

  for (const { from, file, timed, counted } of SAMPLES) {
    const path = join(DATASETS, file);
    for (const way of timed === undefined ? ['as they are'] : ['as they are', 'with a time']) {
      test(`${file} ${way}: agrees with the file, and is stored once`, async (t) => {
        if (!existsSync(path)) return t.skip(ABSENT);
        const folder = await mkdtemp(join(tmpdir(), 'annals-import-test-'));
        const tenantId = `${file} ${way}`;
        try {
          const copy = join(folder, 'sample.ndjson');
          const logs = recordsOf(path).all.map((log) =>
            way === 'as they are' ? log : (timed?.(log) ?? log),
          );
          await writeFile(copy, logs.map((log) => JSON.stringify({ log })).join('\n'));
          const { different } = recordsOf(copy);
          const expected = different.flatMap((log) => counted(log) ?? []);
          const report = await importOnce(from, copy, tenantId);
          assert.equal(report.rejected, 0, JSON.stringify(report));
          assert.equal(report.read, logs.length);
          assert.equal(report.mapped + report.unmapped, logs.length);
          assert.equal(report.unmapped, logs.filter((log) => !counted(log)).length);
          assert.equal(report.accepted, expected.length);
          const events = await eventsOf(tenantId);
          for (const [field, value] of Object.entries<(event: ReadEvent) => unknown>({
            action: (event) => event.action,
            actor: (event) => event.actor.id,
            outcome: (event) => event.outcome?.result,
          })) {
            const raw = expected.map((each) => at(each, field));
            assert.deepEqual(counts(events.map(value)), counts(raw), field);
          }
          const again = await importOnce(from, copy, tenantId);
          assert.deepEqual([again.accepted, again.duplicates], [0, report.mapped]);
        } finally {
          await rm(folder, { recursive: true });
        }
      });
    }
  }
});

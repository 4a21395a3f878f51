import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTree } from './disk.ts';
import { PLANTS } from './test/plants.ts';
import { print, RULES, tidy } from './tidy.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

describe('the house is tidy', () => {
  test('no file breaks a rule', async () => {
    const files = await readTree(ROOT);
    // This test must not pass because it looked elsewhere.
    assert(files.some(({ path }) => path === 'tidy/tidy.test.ts'));
    assert(files.some(({ path }) => path === 'packages/contract/package.json'));
    const findings = tidy(files);
    assert.ok(findings.length === 0, `${findings.length} findings\n${print(findings)}`);
  });
});

describe('each rule finds its planted fault, and not the clean counterpart', () => {
  for (const { rule, what, fault, found, clean } of PLANTS) {
    test(`${rule}: ${what}`, () => {
      assert.deepEqual(places(rule, fault), found);
      assert.deepEqual(places(rule, clean), []);
    });
  }

  test('there is a plant for each rule, and a rule for each plant', () => {
    const planted = new Set(PLANTS.map(({ rule }) => rule));
    assert.deepEqual([...planted].sort(), Object.keys(RULES).sort());
  });
});

test('a finding is printed with place, rule and reason', () => {
  const findings = tidy([{ path: 'bench/bench.ts', text: 'try {} catch {}' }]);
  assert.equal(
    print(findings),
    'bench/bench.ts:1  empty catch: an error is caught and nothing follows',
  );
});

function places(rule: string, texts: Readonly<Record<string, string>>): string[] {
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
  return tidy(files)
    .filter((finding) => finding.rule === rule)
    .map(({ path, line }) => `${path}:${line}`);
}

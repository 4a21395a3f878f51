import assert from 'node:assert/strict';
import { test } from 'node:test';
import { giveAlone, readArgs } from './command.ts';

const flags = {
  enable: { type: 'string', alone: 'now', help: '' },
  plan: { type: 'string', help: '' },
} as const;

test('a flag that may stand alone takes the word behind it, unless that is a flag', () => {
  const rows: [string, string | undefined, string[]][] = [
    ['--enable', 'now', []],
    ['acme --enable --plan x', 'now', ['acme']],
    ['acme --enable 2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', ['acme']],
    ['acme --enable=2026-01-01T00:00:00Z --plan x', '2026-01-01T00:00:00Z', ['acme']],
    ['acme --plan x', undefined, ['acme']],
  ];
  for (const [line, enable, positionals] of rows) {
    const args = readArgs(line.split(' '), flags);
    assert.deepEqual([args.text('enable'), args.positionals], [enable, positionals], line);
    assert.equal(args.given('enable'), enable !== undefined);
  }
  assert.deepEqual(giveAlone(['--plan', '--other'], flags), ['--plan', '--other']);
});

/** Exports for tests: asked for, and waited for. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Export } from '@annals/contract/exports';
import type { TestApp } from './harness.ts';

/** How an export is once it is over. */
export async function ended(app: TestApp, asked: Export, project = 'default'): Promise<Export> {
  const { export_id, tenant_id } = asked;
  const path = `/v1/exports/${export_id}?project=${project}&tenant_id=${tenant_id}`;
  for (;;) {
    const { json, status, text } = await app.admin<Export>('GET', path);
    assert.equal(status, 200, text);
    if (json.state !== 'waiting' && json.state !== 'running') return json;
    await sleep(10);
  }
}

/** The same of one that must have a file then. */
export async function exported(app: TestApp, asked: Export, project?: string): Promise<Export> {
  const made = await ended(app, asked, project);
  assert.equal(made.state, 'completed', JSON.stringify(made));
  return made;
}

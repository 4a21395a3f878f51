/** Runs an importer on a record as it would stand in a file, and checks the event. */
import assert from 'node:assert/strict';
import { EventInput } from '@annals/contract/event';
import { Value } from 'typebox/value';
import type { Importer, Mapped } from '../src/import/importer.ts';

const run = (importer: Importer, record: unknown): Mapped => {
  const text = JSON.stringify(record);
  return importer.map(JSON.parse(text), text);
};

/** The event of a record that must be one. */
export const mappedBy = (importer: Importer, record: unknown): EventInput => {
  const result = run(importer, record);
  assert('event' in result, JSON.stringify(result));
  assert.deepEqual([...Value.Errors(EventInput, result.event)], []);
  return result.event;
};

/** Why a record is no event. */
export const unmappedBy = (importer: Importer, record: unknown): string => {
  const result = run(importer, record);
  assert('unmapped' in result, JSON.stringify(result));
  return result.unmapped;
};

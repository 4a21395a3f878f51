/** A template while it is written: what was saved is asked again, and errors find fields. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AnnalsError, type Report } from '@annals/sdk';
import type { CatalogView } from '@annals/viewer/reader.tsx';
import fc from 'fast-check';
import { askedOf, draftOf, newDraft, ofView, problemsOf, rescheduled } from './draft.ts';

const VIEW: CatalogView = {
  ...{ view: 'audits', label: 'Audits', binding: 'none', filters: [], columns: [], live: false },
  ...{ formats: ['csv', 'json'], capabilities: ['read', 'export', 'schedule'] },
} as const;
const READER = { tenantId: 'acme', locale: 'en' };

const REPORT: Report = {
  ...{ report_id: '1', tenant_id: 'acme', title: 'Weekly', owner: { type: 'user' } },
  ...{ view: 'audits', view_label: 'Audits', subject: null, q: null, order: 'asc' },
  ...{ format: 'csv', flavor: 'exact', columns: 'all', compression: 'gzip', locale: 'en' },
  ...{ time_zone: 'Europe/Berlin', range: 'last_week', schedule: null, state: 'active' },
  recipients: [{ recipient_id: '2', type: 'email', to: 'a@b.example', attach: true }],
  ...{ reason: null, next_runs: [], last_run: null, created_at: '', changed_at: '' },
};
const when = fc.oneof(
  fc.constant(null),
  fc.constantFrom('*/90 1 * * *', '0 6 * * 1-5', '0 6 1 1 *'),
  fc
    .tuple(fc.nat(59), fc.nat(23), fc.constantFrom('* * *', '* * 0', '* * 6', 'L * *', '28 * *'))
    .map(([minute, hour, days]) => `${minute} ${hour} ${days}`),
);

describe('a template', () => {
  test('that was saved is asked again as it was', () => {
    const saved = fc.record({ schedule: when, q: fc.constantFrom(null, 'outcome:denied') });
    fc.assert(
      fc.property(saved, ({ schedule, q }) => {
        const report = { ...REPORT, schedule, q };
        assert.deepEqual(askedOf(draftOf(report, VIEW), READER), {
          ...{ title: 'Weekly', tenant_id: 'acme', view: 'audits', locale: 'en' },
          ...{ range: 'last_week', time_zone: 'Europe/Berlin', order: 'asc' },
          ...{ format: 'csv', flavor: 'exact', columns: 'all', compression: 'gzip' },
          ...(q === null ? {} : { q }),
          ...(schedule === null ? {} : { schedule }),
          recipients: [{ type: 'email', to: 'a@b.example', attach: true }],
        });
      }),
    );
  });

  test('proposes the range of its schedule until somebody chooses one', () => {
    const begun = newDraft(VIEW, 'Mars/Olympus');
    assert.equal(begun.zone, 'UTC');
    const weekly = rescheduled(begun, { every: 'week' });
    assert.equal(weekly.range, 'last_week');
    assert.equal(rescheduled(weekly, { every: 'never' }).range, 'last_week');
    const chosen = { ...weekly, isRangeChosen: true };
    assert.equal(rescheduled(chosen, { every: 'month' }).range, 'last_week');
  });

  test('is not asked before its time is filled in, and has a kind of file of its view', () => {
    const begun = newDraft(VIEW, 'UTC');
    assert.equal(askedOf(rescheduled(begun, { at: '' }), READER), undefined);
    assert.equal(askedOf(rescheduled(begun, { every: 'cron' }), READER), undefined);
    assert.equal(askedOf(rescheduled(begun, { at: '07:05' }), READER)?.schedule, '5 7 * * *');
    const json = { ...VIEW, formats: ['json' as const] };
    assert.equal(ofView(begun, json).file.format, 'json');
    assert.equal(ofView(ofView(begun, json), VIEW).file.format, 'json');
  });

  test('has errors at the fields that they are about', () => {
    const of = (error: Partial<ConstructorParameters<typeof AnnalsError>[0]>) =>
      problemsOf(new AnnalsError({ code: 'invalid_body', detail: 'No', ...error }));
    const errors = [{ path: '/recipients/1/to', detail: 'must be short' }];
    assert.equal(of({ errors }).of('recipients/1/to'), 'Must be short.');
    assert.equal(of({ errors }).rest, undefined);
    assert.equal(of({ code: 'window_too_long', detail: 'Too long.' }).of('range'), 'Too long.');
    const elsewhere = of({ errors: [{ path: '/order', detail: 'x' }] });
    assert.ok(elsewhere.rest instanceof AnnalsError);
  });
});

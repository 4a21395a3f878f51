/** What a template is, in full, and what was sent of it. */
import type { Delivery, Report } from '@annals/sdk';
import { useReader } from '@annals/viewer/reader.tsx';
import { number, weekdayMoment } from '@annals/viewer/words/format';
import { useQuery } from '@tanstack/react-query';
import { Answered, Moment } from '../parts.tsx';

export const RECIPIENT_WORDS: Readonly<Record<Delivery['recipient']['type'], string>> = {
  email: 'E-mail',
  webhook: 'Webhook',
  s3: 'Bucket',
};
const KIND_WORDS: Readonly<Record<Delivery['kind'], string>> = {
  file: 'File',
  failure: 'Notice that it failed',
  test: 'Test',
};
/** While something waits to be sent, in ms. */
const LOOK_MS = 5_000;

export function TemplateDetails({ report }: { report: Report }) {
  const { q, next_runs: runs, recipients } = report;
  return (
    <div className="flex flex-col gap-3 text-meta">
      <dl
        className={'grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 [&_dd]:break-words [&_dt]:text-ink-2'}
      >
        <dt>Query</dt>
        <dd className={q === null ? '' : 'font-mono'}>{q ?? 'None, or not for you to see'}</dd>
        <dt>Next runs</dt>
        <dd>
          {runs.length === 0 ? (
            'None'
          ) : (
            <ul className="flex flex-wrap gap-x-4">
              {runs.map((iso) => (
                <li key={iso}>
                  <Moment iso={iso} as={weekdayMoment} />
                </li>
              ))}
            </ul>
          )}
        </dd>
        <dt>Sent to</dt>
        <dd>
          {recipients.length === 0 ? (
            'Nobody: its files wait in Export history'
          ) : (
            <ul>
              {recipients.map((one) => (
                <li key={one.recipient_id}>
                  <AddresseeName of={one} />
                  {one.attach && ', small files attached'}
                </li>
              ))}
            </ul>
          )}
        </dd>
      </dl>
      <Deliveries report={report} />
    </div>
  );
}

export function AddresseeName({ of: { type, to } }: { of: Delivery['recipient'] }) {
  return (
    <span className="break-all">
      <span className="text-ink-2">{RECIPIENT_WORDS[type]}</span> {to}
    </span>
  );
}

function Deliveries({ report }: { report: Report }) {
  const { client, tenantId } = useReader();
  const query = useQuery({
    queryKey: ['reports', tenantId, report.report_id, 'deliveries'],
    queryFn: ({ signal }) => client.reports.deliveries(report, { signal }),
    refetchInterval: ({ state: { data } }) =>
      data?.some(({ state }) => state === 'waiting') ? LOOK_MS : false,
  });
  return (
    <Answered query={query}>
      {(deliveries) => deliveries.length > 0 && <DeliveryList deliveries={deliveries} />}
    </Answered>
  );
}

function DeliveryList({ deliveries }: { deliveries: readonly Delivery[] }) {
  return (
    <section aria-label="What was sent" className="flex flex-col gap-1">
      <h3 className="font-strong text-ink-2">What was sent</h3>
      <ul className="max-h-64 divide-y divide-line overflow-y-auto border-y border-line">
        {deliveries.map((delivery) => (
          <li
            key={delivery.delivery_id}
            className={
              'grid grid-cols-[8rem_10rem_minmax(0,1fr)_minmax(0,1fr)] gap-x-4 py-1 ' +
              '@max-narrow/log:grid-cols-[auto_1fr] @max-narrow/log:[&>:nth-child(n+3)]:col-span-2'
            }
          >
            <Moment iso={delivery.created_at} />
            <span>{KIND_WORDS[delivery.kind]}</span>
            <AddresseeName of={delivery.recipient} />
            <DeliveryState delivery={delivery} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function DeliveryState({ delivery }: { delivery: Delivery }) {
  const { locale } = useReader();
  const { state, reason, attempts, next_at: next } = delivery;
  const tries = attempts > 1 ? ` after ${number(attempts, locale)} tries` : '';
  if (state === 'sent') return <span>Sent{tries}</span>;
  const why = reason !== null && <span className="block text-ink-2">{reason}</span>;
  if (state === 'failed') {
    return (
      <span>
        <span className="text-failure">
          <span aria-hidden="true">✕ </span>Failed{tries}
        </span>
        {why}
      </span>
    );
  }
  return (
    <span>
      Waiting{tries}
      {next !== null && attempts > 0 && (
        <>
          , next try <Moment iso={next} />
        </>
      )}
      {why}
    </span>
  );
}

/** What can be done with a template: run in sight, the rarer ones in a menu. */
import type { Delivery, Report } from '@annals/sdk';
import { Button, IconButton } from '@annals/viewer/look/button.tsx';
import { Dialog, Menu } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { Answered, ConfirmDialog, type useDoing } from '../parts.tsx';
import { tenantPath } from '../paths.ts';
import { AddresseeName, DeliveryState } from './template-details.tsx';
import { viewsFor } from './views.ts';

const TENANT = '/signed-in/p/$project/$tenant' as const;

export function TemplateActions({
  report,
  run,
  isBusy,
}: {
  report: Report;
  run: ReturnType<typeof useDoing>['run'];
  isBusy: boolean;
}) {
  const { client, catalog, asRole } = useReader();
  const place = useParams({ from: TENANT });
  const navigate = useNavigate();
  const [open, setOpen] = useState<'test' | 'remove'>();
  if (asRole !== undefined) return null;
  const { title, recipients, state, report_id: id } = report;
  const edit = () => void navigate({ to: tenantPath(place, `reports/templates/${id}`) });
  const canEdit = viewsFor('schedule', catalog.views).some(({ view }) => view === report.view);
  const close = () => setOpen(undefined);
  const made = (
    <>
      Its file is being made, and is found in{' '}
      <Link to={tenantPath(place, 'reports')} className="text-accent hover:underline">
        Export history
      </Link>
      .
    </>
  );
  const items = [
    ...(canEdit ? [{ label: 'Edit', onChoose: edit }] : []),
    state === 'active'
      ? { label: 'Pause', onChoose: () => void run(() => client.reports.pause(report)) }
      : { label: 'Resume', onChoose: () => void run(() => client.reports.resume(report)) },
    ...(recipients.length > 0 ? [{ label: 'Test delivery', onChoose: () => setOpen('test') }] : []),
    { label: 'Remove…', onChoose: () => setOpen('remove') },
  ];
  return (
    <div className="flex justify-end gap-1">
      <Button
        disabled={isBusy}
        aria-label={`Run now: ${title}`}
        onClick={() => void run(() => client.reports.run(report), made)}
      >
        Run now
      </Button>
      <Menu
        label={title}
        items={items}
        trigger={
          <IconButton label={`More for ${title}`}>
            <Ellipsis className="icon" aria-hidden="true" />
          </IconButton>
        }
      />
      <TestDialog report={report} open={open === 'test'} onClose={close} />
      <ConfirmDialog
        label="Remove"
        title={`Remove ${title}`}
        open={open === 'remove'}
        onOpenChange={(isOpen) => !isOpen && close()}
        onConfirm={() => client.reports.remove(report)}
      >
        It runs no more. Its files and their history stay.
      </ConfirmDialog>
    </div>
  );
}

function TestDialog({
  report,
  open,
  onClose,
}: {
  report: Report;
  open: boolean;
  onClose: () => void;
}) {
  return (
    <Dialog
      title={`Test delivery of ${report.title}`}
      closeLabel="Close"
      open={open}
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Tested report={report} onClose={onClose} />
    </Dialog>
  );
}

function Tested({ report, onClose }: { report: Report; onClose: () => void }) {
  const { client, tenantId } = useReader();
  const queries = useQueryClient();
  const [began] = useState(() => Date.now());
  const query = useQuery({
    queryKey: ['report-test', report.report_id, began],
    queryFn: async () => {
      const sent = await client.reports.test(report);
      await queries.invalidateQueries({ queryKey: ['reports', tenantId] });
      return sent;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink-2">Each recipient is sent a message without a file, once.</p>
      {query.isPending && <p role="status">Sending…</p>}
      <Answered query={query}>{(deliveries) => <Outcomes deliveries={deliveries} />}</Answered>
      <div className="flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </div>
  );
}

function Outcomes({ deliveries }: { deliveries: readonly Delivery[] }) {
  return (
    <ul className="divide-y divide-line" aria-label="What became of it" role="status">
      {deliveries.map((delivery) => (
        <li key={delivery.delivery_id} className="flex flex-col py-1.5">
          <AddresseeName of={delivery.recipient} />
          <DeliveryState delivery={delivery} />
        </li>
      ))}
    </ul>
  );
}

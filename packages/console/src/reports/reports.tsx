/**
 * Reports of a tenant's log: the history of its files, and the templates that files are made by.
 * Owns which of both is in sight, as the address says, and what may be begun.
 */
import { Button } from '@annals/viewer/look/button.tsx';
import { Tabs } from '@annals/viewer/look/tabs.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { PlainPage } from '../parts.tsx';
import { useTenantTitle } from '../title.ts';
import { History } from './history.tsx';
import { NewReport } from './new-report.tsx';
import { NewTemplateButton, Templates } from './templates.tsx';
import { viewsFor } from './views.ts';

export { TemplatePage } from './template-page.tsx';

export function Reports() {
  const { catalog } = useReader();
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const [isNew, setNew] = useState(false);
  useTenantTitle('Reports');
  const show = (name: string) =>
    void navigate({ to: '.', search: name === 'history' ? {} : { tab: name } });
  const may = (capability: 'export' | 'schedule') =>
    catalog.views.some(({ capabilities }) => capabilities.includes(capability));
  const tabs = [
    ...(may('export') ? [{ value: 'history', label: 'Export history', panel: <History /> }] : []),
    ...(may('schedule') ? [{ value: 'templates', label: 'Templates', panel: <Templates /> }] : []),
  ];
  return (
    <PlainPage
      title="Reports"
      intro="Every file that left this log, and the templates that files are made by."
      action={
        <>
          {viewsFor('export', catalog.views).length > 0 && (
            <Button kind="primary" onClick={() => setNew(true)}>
              New report
            </Button>
          )}
          <NewTemplateButton />
        </>
      }
    >
      <NewReport open={isNew} onOpenChange={setNew} onMade={() => show('history')} />
      {tabs.length === 1 ? (
        tabs[0]?.panel
      ) : (
        <Tabs label="Reports" tabs={tabs} value={tab ?? 'history'} onChange={show} />
      )}
    </PlainPage>
  );
}

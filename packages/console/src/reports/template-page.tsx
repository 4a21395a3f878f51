/**
 * A template as it is written, on a page of its own, beside what it would make. Promises: what the
 * server refuses is said at the field that it is about; secrets of new webhooks are shown once.
 */
import type { Report } from '@annals/sdk';
import { isZone } from '@annals/viewer/find/zone';
import { FormChoices } from '@annals/viewer/log/export-dialog.tsx';
import { State } from '@annals/viewer/log/states.tsx';
import { useSettled } from '@annals/viewer/log/use-settled';
import { Button } from '@annals/viewer/look/button.tsx';
import { type CatalogView, useReader } from '@annals/viewer/reader.tsx';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Answered, PlainPage, Section, ShownOnce, wordsOf } from '../parts.tsx';
import { tenantPath } from '../paths.ts';
import { useMe } from '../session.tsx';
import { useTenantTitle } from '../title.ts';
import { askedOf, type Draft, draftOf, newDraft, previewOf, problemsOf } from './draft.ts';
import { Preview } from './preview.tsx';
import { AddresseeFields } from './recipients.tsx';
import { QuestionFields, WhenFields } from './template-fields.tsx';
import { viewsFor } from './views.ts';

const HERE = '/signed-in/p/$project/$tenant/reports/templates/$template' as const;
/** How long the form rests before it is asked what it would make, in ms. */
const REST_MS = 500;

/** Leads back to the list. */
function useList(): () => void {
  const place = useParams({ from: HERE });
  const navigate = useNavigate();
  return () => void navigate({ to: tenantPath(place, 'reports'), search: { tab: 'templates' } });
}

export function TemplatePage() {
  const { template } = useParams({ from: HERE });
  const isNew = template === 'new';
  const { catalog, asRole } = useReader();
  const title = isNew ? 'New template' : 'Edit template';
  useTenantTitle(title);
  const views = asRole === undefined ? viewsFor('schedule', catalog.views) : [];
  const [first] = views;
  return (
    <PlainPage
      title={title}
      intro="The same question, asked again and again: each run makes a file."
      isWide
    >
      {first === undefined ? (
        <State>None of your views can be used for templates.</State>
      ) : isNew ? (
        <New views={views} view={first} />
      ) : (
        <Saved id={template} views={views} />
      )}
    </PlainPage>
  );
}

function New({ views, view }: { views: readonly CatalogView[]; view: CatalogView }) {
  const { zone } = useReader();
  const [begun] = useState(() => newDraft(view, zone));
  return <Editor views={views} begun={begun} />;
}

function Saved({ id, views }: { id: string; views: readonly CatalogView[] }) {
  const { client, tenantId } = useReader();
  const query = useQuery({
    queryKey: ['reports', tenantId, id],
    queryFn: ({ signal }) => client.reports.get({ report_id: id, tenant_id: tenantId }, { signal }),
    // A form that begins with what was saved before would undo what was saved since.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Answered query={query}>
      {(report) => {
        const view = views.find((one) => one.view === report.view && report.subject === null);
        if (view === undefined)
          return <State>This template can be changed by programs only.</State>;
        return <Editor views={views} begun={draftOf(report, view)} report={report} />;
      }}
    </Answered>
  );
}

interface EditorProps {
  readonly views: readonly CatalogView[];
  readonly begun: Draft;
  /** The one that is changed. */
  readonly report?: Report;
}

function useSaving(report: Report | undefined) {
  const reader = useReader();
  const queries = useQueryClient();
  const { reports } = reader.client;
  return useMutation({
    mutationFn: async (draft: Draft) => {
      const asked = askedOf(draft, reader);
      if (asked === undefined) return undefined;
      if (report === undefined) return await reports.create(asked);
      const { tenant_id: _, ...change } = asked;
      return await reports.put(report, change);
    },
    onSuccess: () => queries.invalidateQueries(),
  });
}

function usePreview(draft: Draft) {
  const reader = useReader();
  const settled = useSettled(draft, REST_MS);
  const asked = previewOf(settled, reader);
  return useQuery({
    queryKey: ['report-preview', reader.tenantId, asked],
    queryFn: ({ signal }) =>
      asked === undefined ? null : reader.client.reports.preview(asked, { signal }),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
  });
}

function Editor({ views, begun, report }: EditorProps) {
  const [draft, setDraft] = useState(begun);
  const saving = useSaving(report);
  const preview = usePreview(draft);
  const list = useList();
  const change = (next: Partial<Draft>) => setDraft({ ...draft, ...next });
  // Once something is changed, what was refused is not what stands there.
  const refused = saving.variables === draft ? saving.error : null;
  const problems = problemsOf(refused ?? preview.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(draft, {
      onSuccess: (saved) => saved && secretsOf(saved).length === 0 && list(),
    });
  };
  if (saving.data && secretsOf(saving.data).length > 0) {
    return <Secrets report={saving.data} onDone={list} />;
  }
  return (
    <div
      className={
        'grid grid-cols-[27rem_minmax(0,1fr)] items-start gap-8 @max-drawer/log:grid-cols-1'
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-6">
        <Section title="What">
          <QuestionFields {...{ draft, views, problems }} onDraft={setDraft} report={report} />
        </Section>
        <Section title="When">
          <WhenFields {...{ draft, problems }} onDraft={setDraft} />
        </Section>
        <Section title="File">
          <FormChoices
            view={draft.view}
            choices={draft.file}
            onChange={(next) => change({ file: { ...draft.file, ...next } })}
          />
        </Section>
        <Section title="Recipients">
          <AddresseeFields
            recipients={draft.recipients}
            problems={problems}
            onChange={(recipients) => change({ recipients })}
          />
        </Section>
        <SaveNotes report={report} problem={refused && problems.rest} />
        <div className="flex justify-end gap-2">
          <Button onClick={list}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={saving.isPending}>
            {report === undefined ? 'Save template' : 'Save'}
          </Button>
        </div>
      </form>
      <Preview query={preview} zone={isZone(draft.zone) ? draft.zone : 'UTC'} />
    </div>
  );
}

/** What saving means, and why it was refused if no field says so. */
function SaveNotes({ report, problem }: { report: Report | undefined; problem: unknown }) {
  const { words } = useReader();
  const { id } = useMe();
  const changesOwner = report !== undefined && report.owner.id !== id;
  return (
    <div className="flex flex-col gap-1 text-meta text-ink-2">
      <p>{words.sharing}</p>
      {changesOwner && <p>Once you save it, it is yours and runs with your rights.</p>}
      {Boolean(problem) && (
        <p role="alert" className="text-body text-failure">
          {wordsOf(problem)}
        </p>
      )}
    </div>
  );
}

const secretsOf = ({ recipients }: Report) =>
  recipients.flatMap(({ to, secret }) => (secret === undefined ? [] : [{ to, secret }]));

function Secrets({ report, onDone }: { report: Report; onDone: () => void }) {
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      <p role="status">{report.title} is saved.</p>
      {secretsOf(report).map(({ to, secret }) => (
        <ShownOnce
          key={to}
          label={`Signing secret of ${to}`}
          value={secret}
          help="Shown this once. The receiver checks with it that a message is from here."
        />
      ))}
      <Button kind="primary" className="self-start" onClick={onDone}>
        Put away
      </Button>
    </div>
  );
}

/** What was refused lately: why, and in which shape it was sent. Shows no value: none is kept. */
import type { Reject } from '@annals/contract/routes';
import { JsonTree } from '@annals/viewer/event/json-tree.tsx';
import { State } from '@annals/viewer/log/states.tsx';
import { Check } from '@annals/viewer/look/field.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Answered, Moment, PlainPage, Table } from '../parts.tsx';

/** As many as one answer has. */
const SHOWN_MOST = 500;

export function Rejects() {
  const { client } = useReader();
  const { project, tenant } = useParams({ from: '/signed-in/p/$project/$tenant' });
  const query = useQuery({
    queryKey: ['rejects', project],
    queryFn: ({ signal }) => client.rejects.list({ limit: SHOWN_MOST }, { signal }),
  });
  const [isOnlyHere, setOnlyHere] = useState(false);
  return (
    <PlainPage
      title="Rejects"
      intro={
        'What was refused in the last 7 days, the latest first. Only the shape is kept: keys, ' +
        'types and lengths. No value of what was sent is kept anywhere.'
      }
    >
      <Check
        label={`Only of the tenant ${tenant}`}
        checked={isOnlyHere}
        onChange={({ target }) => setOnlyHere(target.checked)}
      />
      <Answered query={query}>
        {(rejects) => (
          <RejectTable
            rejects={rejects.filter(({ tenant_id: id }) => !isOnlyHere || id === tenant)}
            isCut={rejects.length >= SHOWN_MOST}
          />
        )}
      </Answered>
    </PlainPage>
  );
}

const HEAD = ['When', 'Tenant', 'Code', 'Path', 'What is wrong', 'What was sent'];

function RejectTable({ rejects, isCut }: { rejects: readonly Reject[]; isCut: boolean }) {
  const cut = isCut && (
    <p className="text-ink-2">Only the newest {SHOWN_MOST} of the project are looked at here.</p>
  );
  if (rejects.length === 0) {
    return (
      <>
        <State>Nothing was refused in the last 7 days.</State>
        {cut}
      </>
    );
  }
  return (
    <>
      <Table head={HEAD}>
        {rejects.map(({ rejected_at: at, tenant_id: tenant, code, path, detail, shape }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a reject has no id; two may be alike.
          <tr key={`${at} ${index}`}>
            <td>
              <Moment iso={at} />
            </td>
            <td>{tenant ?? <span className="text-ink-3">None named</span>}</td>
            <td className="font-mono text-meta">{code}</td>
            <td className="font-mono text-meta">{path === '' ? '—' : path}</td>
            <td>{detail}</td>
            <td>
              <Shape shape={shape} />
            </td>
          </tr>
        ))}
      </Table>
      {cut}
    </>
  );
}

/** Drawn when it is opened: there may be hundreds of them. */
function Shape({ shape }: { shape: unknown }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer whitespace-nowrap">Shape</summary>
      {isOpen && <JsonTree value={shape} />}
    </details>
  );
}

/**
 * Legal holds of a tenant: what each keeps from being removed and erased, why, and since when.
 * Owns placing and releasing them, and the fields that name a person or record.
 */
import { parseQuery, QueryError } from '@annals/contract/query';
import type { Hold, HoldCovers } from '@annals/contract/routes';
import { PlaceLink } from '@annals/viewer/event/facts.tsx';
import { State } from '@annals/viewer/log/states.tsx';
import { Button } from '@annals/viewer/look/button.tsx';
import { Radios, TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { Answered, Moment, PlainPage, Section, Table, useDoing } from '../parts.tsx';

/** Of a reason. */
const REASON_MOST = 1_000;

export function Holds() {
  const { client } = useReader();
  const { project, tenant } = useParams({ from: '/signed-in/p/$project/$tenant' });
  const query = useQuery({
    queryKey: ['holds', project, tenant],
    queryFn: ({ signal }) => client.holds.list(tenant, { signal }),
  });
  return (
    <PlainPage
      title="Legal holds"
      intro={
        'What a hold covers is neither removed by retention nor erased, until the hold is ' +
        'released. The log records placing and releasing; holds are told to nobody else.'
      }
    >
      <Answered query={query}>{(holds) => <HoldLists holds={holds} />}</Answered>
      <NewHold tenantId={tenant} />
    </PlainPage>
  );
}

function HoldLists({ holds }: { holds: readonly Hold[] }) {
  const inForce = holds.filter((hold) => hold.released_at === null);
  const released = holds.filter((hold) => hold.released_at !== null);
  return (
    <>
      <Section title="In force">
        {inForce.length === 0 ? (
          <State>No hold is in force: retention and erasures reach every event.</State>
        ) : (
          <Table head={['Covers', 'Reason', 'Since', 'By', '']}>
            {inForce.map((hold) => (
              <tr key={hold.hold_id}>
                <HoldCells hold={hold} />
                <td className="text-right">
                  <Release hold={hold} />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Section>
      {released.length > 0 && (
        <Section title="Released">
          <Table head={['Covered', 'Reason', 'Since', 'By', 'Released']}>
            {released.map((hold) => (
              <tr key={hold.hold_id}>
                <HoldCells hold={hold} />
                <td>
                  <Moment iso={hold.released_at} /> by{' '}
                  <span className="font-mono text-meta">{hold.released_by}</span>
                  <span className="block">{hold.release_reason}</span>
                </td>
              </tr>
            ))}
          </Table>
        </Section>
      )}
    </>
  );
}

function HoldCells({ hold }: { hold: Hold }) {
  return (
    <>
      <td>
        <Covers covers={hold.covers} />
      </td>
      <td>{hold.reason}</td>
      <td>
        <Moment iso={hold.placed_at} />
      </td>
      <td className="font-mono text-meta">{hold.placed_by}</td>
    </>
  );
}

function Covers({ covers }: { covers: HoldCovers }) {
  if (covers.kind === 'tenant') return 'The whole log';
  if (covers.kind === 'query') {
    return (
      <>
        Every event of the query <code className="font-mono">{covers.q}</code>
      </>
    );
  }
  const { kind, type, id } = covers;
  return (
    <>
      {kind === 'actor' ? 'What was done by or for ' : 'What was done to '}
      <PlaceLink place={{ kind, type, id }}>{`${type}:${id}`}</PlaceLink>
    </>
  );
}

/** Who or what, as events name it. */
export interface Named {
  readonly type: string;
  readonly id: string;
}

/** The type is proposed, not prescribed: events may have others than the definition. */
export function NamedFields({
  value,
  onChange,
  types,
}: {
  value: Named;
  onChange: (value: Named) => void;
  types: readonly (readonly [type: string, label: string])[];
}) {
  const listId = useId();
  return (
    <div className="flex flex-wrap gap-3">
      <div className="w-48">
        <TextField
          label="Type"
          list={listId}
          required
          value={value.type}
          onChange={({ target }) => onChange({ ...value, type: target.value })}
        />
        <datalist id={listId}>
          {types.map(([type, label]) => (
            <option key={type} value={type}>
              {label}
            </option>
          ))}
        </datalist>
      </div>
      <div className="min-w-48 grow">
        <TextField
          label="Id"
          required
          className="font-mono"
          autoComplete="off"
          spellCheck={false}
          value={value.id}
          onChange={({ target }) => onChange({ ...value, id: target.value })}
        />
      </div>
    </div>
  );
}

type Kind = HoldCovers['kind'];
const KINDS: readonly { readonly value: Kind; readonly label: string }[] = [
  { value: 'actor', label: 'An actor: what was done by it, or for it' },
  { value: 'record', label: 'A record: what was done to it' },
  { value: 'query', label: 'Every event of a query, asked of the whole event' },
  { value: 'tenant', label: 'The whole log of this tenant' },
];

/** What is wrong with a query, before somebody relies on it. */
function problemOf(q: string): string | undefined {
  try {
    parseQuery(q);
    return undefined;
  } catch (error) {
    if (error instanceof QueryError) return error.message;
    throw error;
  }
}

/** What is written into the form. */
interface Draft {
  readonly kind: Kind;
  readonly named: Named;
  readonly q: string;
  readonly reason: string;
}
const draftOf = (kind: Kind): Draft => ({
  kind,
  named: { type: kind === 'actor' ? 'user' : '', id: '' },
  q: '',
  reason: '',
});

function coversOf({ kind, named: { type, id }, q }: Draft): HoldCovers {
  if (kind === 'tenant') return { kind };
  if (kind === 'query') return { kind, q: q.trim() };
  return { kind, type: type.trim(), id: id.trim() };
}

function NewHold({ tenantId }: { tenantId: string }) {
  const { client } = useReader();
  const [draft, setDraft] = useState(draftOf('actor'));
  const [problem, setProblem] = useState<string>();
  const { run, note, isBusy } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = draft.kind === 'query' ? problemOf(draft.q) : undefined;
    setProblem(wrong);
    if (wrong !== undefined) return;
    const hold = { tenant_id: tenantId, covers: coversOf(draft), reason: draft.reason.trim() };
    if (await run(() => client.holds.place(hold), 'The hold is in force.')) {
      setDraft(draftOf(draft.kind));
    }
  };
  return (
    <Section title="Place a hold">
      <form onSubmit={submit} className="flex max-w-2xl flex-col gap-3">
        <CoverFields draft={draft} onDraft={setDraft} problem={problem} />
        <TextField
          label="Reason"
          help="For example the number of the case."
          required
          maxLength={REASON_MOST}
          value={draft.reason}
          onChange={({ target }) => setDraft({ ...draft, reason: target.value })}
        />
        {note}
        <Button type="submit" kind="primary" className="self-start" disabled={isBusy}>
          Place the hold
        </Button>
      </form>
    </Section>
  );
}

function CoverFields({
  draft,
  onDraft,
  problem,
}: {
  draft: Draft;
  onDraft: (draft: Draft) => void;
  /** Of the query. */
  problem: string | undefined;
}) {
  const { words, catalog } = useReader();
  const { kind, named, q, reason } = draft;
  const types =
    kind === 'actor'
      ? Object.entries(words.actorTypes)
      : catalog.resource_types.map(({ type, label }) => [type, label] as const);
  const choose = (value: string) => {
    const chosen = KINDS.find((one) => one.value === value);
    if (chosen) onDraft({ ...draftOf(chosen.value), reason });
  };
  return (
    <>
      <Radios label="It covers" name="covers" value={kind} onChange={choose} choices={KINDS} />
      {(kind === 'actor' || kind === 'record') && (
        <NamedFields
          value={named}
          onChange={(next) => onDraft({ ...draft, named: next })}
          types={types}
        />
      )}
      {kind === 'query' && (
        <TextField
          label="Query"
          help="As in the log, for example action:invoice.deleted outcome:success"
          className="font-mono"
          required
          problem={problem}
          value={q}
          onChange={({ target }) => onDraft({ ...draft, q: target.value })}
        />
      )}
    </>
  );
}

function Release({ hold }: { hold: Hold }) {
  const { client } = useReader();
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const { run, note, isBusy } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run(() => client.holds.release(hold.hold_id, reason.trim()))) setOpen(false);
  };
  return (
    <>
      <Button kind="danger" onClick={() => setOpen(true)}>
        Release
      </Button>
      <Dialog title="Release this hold" closeLabel="Close" open={isOpen} onOpenChange={setOpen}>
        <form onSubmit={submit} className="flex flex-col gap-4 text-left">
          <p>
            It was placed for “{hold.reason}”. What only this hold keeps is then removed when its
            retention ends, and erasures that it stopped can be resumed.
          </p>
          <TextField
            label="Reason"
            help="The log keeps it with your name."
            required
            maxLength={REASON_MOST}
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
          {note}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button type="submit" kind="danger" disabled={isBusy}>
              Release
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

/**
 * Tenants of the project: what they have, why their log can or cannot be read, how long it is kept,
 * and their end. Promises: what a change will take is said before it does, and how to take it back.
 */
import type { Definition } from '@annals/contract/definition';
import { listed } from '@annals/contract/human';
import { CLOSING, RETENTION_DELAY_DAYS } from '@annals/contract/keeping';
import { parsePeriod, periodWords, roughDays } from '@annals/contract/period';
import type { ChangedTenant, Tenant } from '@annals/contract/routes';
import type { TenantChange } from '@annals/sdk';
import { dayIn, startOfDay } from '@annals/viewer/find/zone';
import { Button } from '@annals/viewer/look/button.tsx';
import { Check, TextField } from '@annals/viewer/look/field.tsx';
import { Dialog } from '@annals/viewer/look/popup.tsx';
import { type Reader, useReader } from '@annals/viewer/reader.tsx';
import { date, type Formatting, number, shortMoment } from '@annals/viewer/words/format';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { managesAt } from '../menu.ts';
import { Answered, Confirm, Moment, PlainPage, Section, Table, useDoing } from '../parts.tsx';
import { useMe } from '../session.tsx';
import { namesIn, useDefinition, usePlace, useSeats } from './keys.tsx';

/** Tenants of one request. */
const PAGE = 100;

type Known = ReturnType<typeof useDefinition>['definition'];

const day = (iso: string, about: Formatting): string => date(Date.parse(iso), about);
const hasEnded = ({ ends_at: end }: Pick<Tenant, 'ends_at'>): boolean =>
  end !== null && Date.parse(end) <= Date.now();

/** What a tenant lacks to have an audit log at all. The server decides by the same rules. */
function lackOf({ plan, addons, is_demo: isDemo }: Tenant, { gating }: Definition) {
  const { demo = true, plans, prerequisites = [] } = gating ?? {};
  if (isDemo && !demo) return 'A demo: has no audit log.';
  if (plans && !plans.some((one) => one === plan)) {
    const has = plan === null ? 'Has no plan' : `Has the plan ${plan}`;
    const words = listed(plans, 'or');
    return `${has}; audit logs are part of ${words}. Events are recorded all the same.`;
  }
  const missing = prerequisites.filter((addon) => !addons.includes(addon));
  if (missing.length === 0) return undefined;
  return `Lacks ${listed(missing, 'and')}, which it needs; events are recorded all the same.`;
}

/** Why the tenant's log can be read, or cannot. */
function gateOf(tenant: Tenant, definition: Known, { catalog, ...about }: Reader): string {
  const { audit_enabled_at: since, tenant_id: id } = tenant;
  if (definition === null) {
    return 'The project has no definition yet: owners and keys with scopes read everything.';
  }
  const isUnknown = definition === undefined;
  const told = isUnknown && id === about.tenantId ? catalog.closed?.detail : undefined;
  if (told !== undefined) return `${told} Events are recorded all the same.`;
  const lack = definition && lackOf(tenant, definition);
  if (lack) return lack;
  const unless = isUnknown ? ', if its plan and add-ons allow it' : '';
  if (since !== null) return `Enabled since ${day(since, about)}${unless}.`;
  if (!isUnknown && definition.gating?.opt_in !== true) {
    return 'Open: its readers see it from its first event on.';
  }
  const where = isUnknown ? ' where the project asks for that' : '';
  return `Not enabled: its readers see nothing${where}; events are recorded all the same.`;
}

/** The gate, and the end if there is one, as sentences. */
function standOf(tenant: Tenant, definition: Known, about: Reader): string {
  const { closed_at: closed, ends_at: end } = tenant;
  const gate = gateOf(tenant, definition, about);
  if (closed === null || end === null) return gate;
  if (hasEnded(tenant)) return `Ended ${day(end, about)}: its events were removed from then on.`;
  const since = `Closed since ${day(closed, about)}`;
  return `${since}; its events are removed from ${day(end, about)} on. Until then: ${gate}`;
}

export function Tenants() {
  const { isWide } = useSeats();
  const [isNew, setNew] = useState(false);
  const [shown, setShown] = useState<ChangedTenant>();
  const open = (tenant: ChangedTenant) => {
    setNew(false);
    setShown(tenant);
  };
  return (
    <PlainPage
      title="Tenants"
      intro="What each has decides who reads its log, never what is recorded."
      action={
        isWide('tenants') && (
          <Button kind="primary" onClick={() => setNew(true)}>
            Make a tenant
          </Button>
        )
      }
    >
      <TenantList onEdit={open} />
      <Dialog title="Make a tenant" closeLabel="Close" open={isNew} onOpenChange={setNew}>
        <NewTenant onMade={open} />
      </Dialog>
      <Dialog
        title={shown?.label ?? shown?.tenant_id ?? ''}
        closeLabel="Close"
        className="w-[640px]"
        open={shown !== undefined}
        onOpenChange={(isOpen) => !isOpen && setShown(undefined)}
      >
        {shown && <TenantForms key={shown.tenant_id} tenant={shown} onChanged={setShown} />}
      </Dialog>
    </PlainPage>
  );
}

function TenantList({ onEdit }: { onEdit: (tenant: Tenant) => void }) {
  const { client, words } = useReader();
  const { project, tenant } = usePlace();
  const { isLoading } = useDefinition();
  const query = useInfiniteQuery({
    queryKey: ['tenants', project, tenant, 'list'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: after, signal }) =>
      client.tenants.list({ limit: PAGE, ...(after === undefined ? {} : { after }) }, { signal }),
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.tenant_id),
  });
  return (
    <Answered query={{ ...query, data: isLoading ? undefined : query.data }}>
      {({ pages }) => (
        <>
          <Table head={['Tenant', 'Plan, add-ons', 'Events', 'Its log', '']}>
            {pages.flat().map((one) => (
              <TenantRow key={one.tenant_id} tenant={one} onEdit={() => onEdit(one)} />
            ))}
          </Table>
          {query.hasNextPage && (
            <Button className="self-start" onClick={() => void query.fetchNextPage()}>
              {words.more}
            </Button>
          )}
        </>
      )}
    </Answered>
  );
}

function TenantRow({ tenant, onEdit }: { tenant: Tenant; onEdit: () => void }) {
  const reader = useReader();
  const { project } = usePlace();
  const { definition } = useDefinition();
  const { isWide } = useSeats();
  const { tenant_id: id, label, plan, addons, is_demo: isDemo, events } = tenant;
  const facts = [label && id, isDemo && 'demo'].filter(Boolean).join(' · ');
  return (
    <tr>
      <td>
        <Link
          to="/p/$project/$tenant"
          params={{ project, tenant: id }}
          className="text-accent hover:underline"
        >
          {label ?? id}
        </Link>
        <span className="block text-meta text-ink-3">{facts}</span>
      </td>
      <td>
        {plan ?? <span className="text-ink-3">No plan</span>}
        <span className="block text-meta text-ink-3">{addons.join(', ')}</span>
      </td>
      <td>{number(events, reader.locale)}</td>
      <td>{standOf(tenant, definition, reader)}</td>
      <td>
        <div className="flex flex-wrap justify-end gap-1">
          <Button onClick={onEdit}>Edit</Button>
          {isWide('tenants') && !hasEnded(tenant) && <End tenant={tenant} />}
        </div>
      </td>
    </tr>
  );
}

const DAY_MS = 86_400_000;

function End({ tenant: { tenant_id: id, closed_at: closed } }: { tenant: Tenant }) {
  const reader = useReader();
  const [after, setAfter] = useState<string>(CLOSING.default);
  if (closed !== null) {
    const reopen = () => reader.client.tenants.reopen(id);
    return (
      <Confirm key="reopen" label="Reopen" title={`Reopen ${id}`} kind="plain" onConfirm={reopen}>
        Its events are recorded again, and none is removed.
      </Confirm>
    );
  }
  const parts = parsePeriod(after);
  const days = parts === undefined ? 0 : roughDays(parts);
  const isLong = days >= CLOSING.leastDays;
  const end = isLong ? `from about ${date(Date.now() + days * DAY_MS, reader)} on` : 'after a time';
  const close = () => reader.client.tenants.close(id, after);
  return (
    <Confirm key="close" label="Close" title={`Close ${id}`} typed={id} onConfirm={close}>
      <p className="mb-3">
        Nothing more is recorded for it, at once. Its events are removed {end}; until then its log
        is read, what is needed can be exported, and it can be reopened.
      </p>
      <TextField
        label="It is read for"
        help="As ISO 8601 writes it: P30D, P3M."
        problem={isLong ? undefined : `Write at least ${CLOSING.least}.`}
        value={after}
        onChange={({ target }) => setAfter(target.value.trim().toUpperCase())}
      />
    </Confirm>
  );
}

function NewTenant({ onMade }: { onMade: (tenant: ChangedTenant) => void }) {
  const { client } = useReader();
  const [id, setId] = useState('');
  const { run, note, isBusy } = useDoing();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // Of one that is there nothing changes: it is opened.
    await run(async () => onMade(await client.tenants.put(id.trim(), {})));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Tenant id"
        help="Your product’s own id of the customer, as events name it. It cannot be changed."
        className="font-mono"
        autoComplete="off"
        required
        maxLength={128}
        value={id}
        onChange={({ target }) => setId(target.value)}
      />
      {note}
      <Button type="submit" kind="primary" className="self-end" disabled={isBusy}>
        Make the tenant
      </Button>
    </form>
  );
}

interface FormProps {
  readonly tenant: ChangedTenant;
  readonly onChanged: (tenant: ChangedTenant) => void;
}

/** Runs a change of the tenant; what it answers is shown from then on. */
function useChange({ tenant, onChanged }: FormProps) {
  const { client } = useReader();
  const { run, ...doing } = useDoing();
  const change = (fields: TenantChange, done: string) =>
    run(async () => onChanged(await client.tenants.put(tenant.tenant_id, fields)), done);
  return { ...doing, change };
}

function TenantForms(props: FormProps) {
  const { isWide } = useSeats();
  const { project } = usePlace();
  const { tenant_id: tenant } = props.tenant;
  const maySeeKeeping = managesAt(useMe(), { project, tenant })('retention');
  const mayAll = isWide('tenants');
  return (
    <div className="flex flex-col gap-6">
      <Details {...props} />
      <Reading {...props} />
      {(mayAll || maySeeKeeping) && (
        <Section title="How long it is kept">
          {mayAll && <OwnRetention {...props} />}
          {maySeeKeeping && <Keeping tenant={props.tenant} />}
        </Section>
      )}
    </div>
  );
}

/** People of the tenant itself change its label alone. */
function Details(props: FormProps) {
  const { tenant_id: id, ...known } = props.tenant;
  const isWide = useSeats().isWide('tenants');
  const { gating, retention } = useDefinition().definition ?? {};
  const [label, setLabel] = useState(known.label ?? '');
  const [plan, setPlan] = useState(known.plan ?? '');
  const [addons, setAddons] = useState(known.addons.join(', '));
  const [isDemo, setDemo] = useState(known.is_demo);
  const { change, note, isBusy } = useChange(props);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const named = label.trim() === '' ? {} : { label: label.trim() };
    const rest = { plan: plan.trim() || null, addons: namesIn(addons), is_demo: isDemo };
    void change(isWide ? { ...named, ...rest } : named, 'Saved.');
  };
  const plans = new Set([...(gating?.plans ?? []), ...Object.keys(retention?.plans ?? {})]);
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextField
        label="Label"
        help={`What people call ${id}.`}
        maxLength={512}
        required={known.label !== undefined}
        value={label}
        onChange={({ target }) => setLabel(target.value)}
      />
      {isWide && (
        <>
          <TextField
            label="Plan"
            help={plans.size > 0 && `The definition knows ${listed([...plans], 'and')}.`}
            maxLength={256}
            value={plan}
            onChange={({ target }) => setPlan(target.value)}
          />
          <TextField
            label="Add-ons"
            help="With commas between."
            value={addons}
            onChange={({ target }) => setAddons(target.value)}
          />
          <Check label="Demo" checked={isDemo} onChange={({ target }) => setDemo(target.checked)} />
        </>
      )}
      {note}
      <Button type="submit" className="self-end" disabled={isBusy}>
        Save
      </Button>
    </form>
  );
}

function Reading(props: FormProps) {
  const { tenant } = props;
  const reader = useReader();
  const mayChange = useSeats().isWide('tenants');
  const { definition } = useDefinition();
  const [first, setFirst] = useState('');
  const { change, note, isBusy } = useChange(props);
  const enable = (event: FormEvent) => {
    event.preventDefault();
    const moment = first === '' ? 'now' : new Date(startOfDay(reader.zone, first)).toISOString();
    void change({ audit_enabled_at: moment }, 'Enabled.');
  };
  const isOn = tenant.audit_enabled_at !== null;
  return (
    <Section title="Who reads it">
      <p>{standOf(tenant, definition, reader)}</p>
      {mayChange && !isOn && (
        <form onSubmit={enable} className="flex flex-col gap-3">
          <TextField
            label="First day that is shown"
            help="Empty: from now on. Its readers see nothing from before."
            type="date"
            max={dayIn(reader.zone, Date.now())}
            value={first}
            onChange={({ target }) => setFirst(target.value)}
          />
          <Button type="submit" className="self-end" disabled={isBusy}>
            Enable
          </Button>
        </form>
      )}
      {mayChange && isOn && (
        <>
          <p>
            Disabled, its readers see nothing; where the project asks for no enabling, they see all.
            Enabled anew, they see nothing from before, unless you name an earlier day.
          </p>
          <Button
            kind="danger"
            className="self-end"
            disabled={isBusy}
            onClick={() => void change({ audit_enabled_at: null }, 'Disabled.')}
          >
            Disable
          </Button>
        </>
      )}
      {note}
    </Section>
  );
}

type Kept = { readonly [part in 'events' | 'personal']?: string | undefined };

function keptWords({ events, personal }: Kept): string {
  const time = (period?: string) =>
    period === undefined ? 'for ever' : `for ${periodWords(period)}`;
  return `events are kept ${time(events)}, personal values in them ${time(personal)}`;
}

/** What waits, when it counts, what it takes, and how it is taken back. */
const pendingWords = (kept: Kept, at: string, takes: string, about: Formatting): string =>
  `From ${shortMoment(Date.parse(at), about)} on, ${keptWords(kept)}. ${takes} ` +
  'Set the longer time again before then, and nothing goes.';

/** The server counts no further. */
const MOST = 100_000;
const countOf = (n: number, { locale }: Formatting): string =>
  `${n >= MOST ? 'at least ' : ''}${number(n, locale)} ${n === 1 ? 'event' : 'events'}`;

const NO_PERIOD = 'Write a length of time, for example P90D, P3M or P2Y.';
const isPeriod = (text: string): boolean => parsePeriod(text) !== undefined;
const timeHelp = (text: string): string =>
  isPeriod(text) ? periodWords(text) : 'As ISO 8601 writes it: P90D, P3M, P2Y. Empty: for ever.';

function OwnRetention(props: FormProps) {
  const reader = useReader();
  const { retention: own, retention_pending: pending } = props.tenant;
  const [isOwn, setOwn] = useState(own !== null);
  const [kept, setKept] = useState({ events: own?.events ?? '', personal: own?.personal ?? '' });
  const { change, note, isBusy } = useChange(props);
  const given = Object.entries(kept).filter(([, text]) => text !== '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isOwn && !given.every(([, text]) => isPeriod(text))) return;
    void change({ retention: isOwn ? Object.fromEntries(given) : null }, 'Saved.');
  };
  const field = (part: keyof typeof kept, label: string) => (
    <TextField
      label={label}
      help={timeHelp(kept[part])}
      problem={kept[part] === '' || isPeriod(kept[part]) ? undefined : NO_PERIOD}
      value={kept[part]}
      onChange={({ target }) => setKept({ ...kept, [part]: target.value.trim().toUpperCase() })}
    />
  );
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <p className="text-ink-2">
        A shorter time, or a plan with a shorter one, counts after {RETENTION_DELAY_DAYS} days.
      </p>
      <Check
        label="By a time of its own, in place of that of its plan or project"
        checked={isOwn}
        onChange={({ target }) => setOwn(target.checked)}
      />
      {isOwn && field('events', 'Events')}
      {isOwn && field('personal', 'Personal values in them')}
      {pending && (
        <p role="status" className="text-denied">
          {pendingWords(
            { events: pending.events_kept, personal: pending.personal_kept },
            pending.takes_effect_at,
            `It takes ${countOf(pending.events, reader)}, or values in them.`,
            reader,
          )}
        </p>
      )}
      {note}
      <Button type="submit" className="self-end" disabled={isBusy}>
        Save
      </Button>
    </form>
  );
}

function Keeping({ tenant }: { tenant: ChangedTenant }) {
  const reader = useReader();
  const { project } = usePlace();
  const { tenant_id: id, retention_pending: answered } = tenant;
  const query = useQuery({
    queryKey: ['tenants', project, id, 'retention'],
    queryFn: ({ signal }) => reader.client.retention.get(id, { signal }),
  });
  const takes = ({ events, personal }: { events: number; personal: number }) =>
    `It takes ${countOf(events, reader)}, and personal values of ${countOf(personal, reader)}.`;
  return (
    <Answered query={query}>
      {({ of, in_effect: kept, pending, runs }) => (
        <>
          <p>{`Now ${keptWords(kept)}${of === 'none' ? '' : `, by the ${of}’s time`}.`}</p>
          {pending && !answered && (
            <p className="text-denied">
              {pendingWords(pending, pending.takes_effect_at, takes(pending.takes), reader)}
            </p>
          )}
          {runs.length === 0 && <p>Nothing was removed yet.</p>}
          {runs.length > 0 && (
            <Table head={['Last runs', 'Took', 'From before', 'Events', 'Held']}>
              {runs.map((run) => (
                <tr key={`${run.started_at} ${run.takes}`}>
                  <td>
                    <Moment iso={run.started_at} />
                    {run.finished_at === null && ' (running)'}
                  </td>
                  <td>{run.takes === 'event' ? 'Events' : 'Personal values'}</td>
                  <td>{run.until === null ? 'All' : <Moment iso={run.until} />}</td>
                  <td>{number(run.changed, reader.locale)}</td>
                  <td>{number(run.held, reader.locale)}</td>
                </tr>
              ))}
            </Table>
          )}
        </>
      )}
    </Answered>
  );
}

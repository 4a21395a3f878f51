/** Where somebody begins: the place where they read, or a choice of places. */

import type { Seat, Tenant } from '@annals/contract/routes';
import { OWN_TENANT } from '@annals/contract/values';
import { State } from '@annals/viewer/log/states.tsx';
import { closedText } from '@annals/viewer/log/troubles';
import { Button } from '@annals/viewer/look/button.tsx';
import { TextField } from '@annals/viewer/look/field.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { PlainFrame } from './frame.tsx';
import { managesAt, menuOf } from './menu.ts';
import { tenantPath } from './paths.ts';
import { client, useMe } from './session.tsx';
import { useTitle } from './title.ts';

const addressOf = (project: string, tenant: string) => ({
  to: '/p/$project/$tenant' as const,
  params: { project, tenant },
});

export function Home() {
  const { seats } = useMe();
  useTitle('Annals');
  const only = seats.length === 1 ? seats[0] : undefined;
  if (only?.project && only.tenant_id) {
    return <Navigate {...addressOf(only.project, only.tenant_id)} replace />;
  }
  return (
    <PlainFrame width="max-w-3xl gap-6">
      <h1 className="text-title font-strong">Choose a log</h1>
      {seats.length === 0 && <p>You have no role anywhere yet. Ask whoever invited you.</p>}
      {seats.map((seat) => (
        <SeatPlaces key={`${seat.project}/${seat.tenant_id}`} seat={seat} />
      ))}
    </PlainFrame>
  );
}

function SeatPlaces({ seat }: { seat: Seat }) {
  const { project } = seat;
  if (project !== null) return <ProjectPlaces seat={seat} project={project} label={project} />;
  return <AllProjects seat={seat} />;
}

function AllProjects({ seat }: { seat: Seat }) {
  const { data: projects = [] } = useQuery({
    queryKey: ['projects'],
    queryFn: ({ signal }) => client.projects.list({ signal }),
  });
  return projects.map(({ project, label }) => (
    <ProjectPlaces key={project} seat={seat} project={project} label={label} />
  ));
}

const lastIfOwn = ({ tenant_id }: Pick<Tenant, 'tenant_id'>): number =>
  tenant_id === OWN_TENANT ? 1 : 0;

interface ProjectPlacesProps {
  readonly seat: Seat;
  readonly project: string;
  readonly label: string;
}

function ProjectPlaces({ seat, project, label }: ProjectPlacesProps) {
  const canList = seat.scopes.includes('manage') || seat.manage.includes('tenants');
  const { data: tenants = [] } = useQuery({
    queryKey: ['tenants', project],
    enabled: canList && seat.tenant_id === null,
    queryFn: ({ signal }) => client.tenants.list({ project, limit: 100 }, { signal }),
  });
  // What was done to Annals itself is seldom what somebody comes for.
  const listed = tenants.toSorted((one, other) => lastIfOwn(one) - lastIfOwn(other));
  const shown: readonly Pick<Tenant, 'tenant_id' | 'label'>[] =
    seat.tenant_id === null ? listed : [{ tenant_id: seat.tenant_id }];
  return (
    <section aria-label={label}>
      <h2 className="mb-1 text-sentence font-strong">{label}</h2>
      <ul className="divide-y divide-line border-y border-line empty:hidden">
        {shown.map(({ tenant_id: tenant, label: name = tenant }) => (
          <li key={tenant}>
            <Link
              {...addressOf(project, tenant)}
              className="flex min-h-9 items-center gap-2 px-2 hover:bg-accent-tint"
            >
              {name}
              <span className="text-ink-3">
                {tenant === OWN_TENANT
                  ? 'what was done to this project itself'
                  : name !== tenant && tenant}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {seat.tenant_id === null && !canList && <NamedTenant project={project} />}
      {canList && shown.length === 0 && (
        <p className="text-ink-2">No organization has an event yet.</p>
      )}
    </section>
  );
}

/** Who may read every organization but not list them names the one. */
function NamedTenant({ project }: { project: string }) {
  const navigate = useNavigate();
  const [tenant, setTenant] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate(addressOf(project, tenant.trim()));
  };
  return (
    <form onSubmit={submit} className="flex max-w-sm items-end gap-2">
      <TextField
        label="Organization"
        value={tenant}
        required
        onChange={({ target }) => setTenant(target.value)}
      />
      <Button type="submit" kind="primary">
        Open
      </Button>
    </form>
  );
}

/** The first page of a tenant that the role has. */
export function FirstPage() {
  const place = useParams({ from: '/signed-in/p/$project/$tenant' });
  const { catalog, words } = useReader();
  const menu = menuOf(catalog, managesAt(useMe(), place));
  const [first] = [...menu.logs, ...menu.lists, ...menu.others, ...menu.settings];
  if (catalog.closed && menu.settings.length === 0) {
    return <State>{closedText(catalog.closed, [], null, words)}</State>;
  }
  if (first === undefined) return <State>{words.notAllowed}</State>;
  return <Navigate to={tenantPath(place, first.path)} replace />;
}

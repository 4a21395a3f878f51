/** The pages of settings, by their names in addresses. Each is loaded when it is opened. */
import { State, Waiting } from '@annals/viewer/log/states.tsx';
import { useReader } from '@annals/viewer/reader.tsx';
import { useParams } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense } from 'react';
import { SETTINGS } from '../menu.ts';
import { useTenantTitle } from '../title.ts';

/** A page of a module, as `lazy` wants it. */
const page = <N extends string>(load: () => Promise<Record<N, ComponentType>>, name: N) =>
  lazy(async () => ({ default: (await load())[name] }));

const PAGES: Readonly<Record<string, ComponentType>> = {
  tenants: page(() => import('./tenants.tsx'), 'Tenants'),
  people: page(() => import('./people.tsx'), 'People'),
  roles: page(() => import('./roles.tsx'), 'Roles'),
  keys: page(() => import('./keys.tsx'), 'Keys'),
  sessions: page(() => import('./sessions.tsx'), 'Sessions'),
  project: page(() => import('./project.tsx'), 'ProjectDefinition'),
  rejects: page(() => import('./rejects.tsx'), 'Rejects'),
  explain: page(() => import('./explain.tsx'), 'Explain'),
  erasures: page(() => import('./erasures.tsx'), 'ErasuresPage'),
  holds: page(() => import('./holds.tsx'), 'Holds'),
};

export function Settings() {
  const { page: name } = useParams({ from: '/signed-in/p/$project/$tenant/settings/$page' });
  const { words } = useReader();
  useTenantTitle(SETTINGS.find(({ path }) => path === `settings/${name}`)?.label);
  const Page = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
  if (Page === undefined) return <State>{words.notFound}</State>;
  return (
    <Suspense fallback={<Waiting />}>
      <Page />
    </Suspense>
  );
}

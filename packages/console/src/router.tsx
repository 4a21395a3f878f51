/**
 * The pages and their addresses. An address holds all that a page shows; what it does not say is
 * as usual. Pages that few people open are loaded when they are.
 */
import type { Me } from '@annals/contract/routes';
import { AuthenticationError } from '@annals/sdk';
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  useRouter,
} from '@tanstack/react-router';
import { Failed } from './failed.tsx';
import { LogPage } from './log-page.tsx';
import { whoAmI } from './session.tsx';
import { SignedInShell, TenantShell } from './shell.tsx';

interface Context {
  readonly queries: QueryClient;
}
type Search = Record<string, string>;

/** Only texts: what else an address says means nothing here. */
const validateSearch = (search: Record<string, unknown>): Search =>
  Object.fromEntries(
    Object.entries(search)
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .map(([name, value]) => [name, String(value)]),
  );

function FailedPage({ error }: { error: unknown }) {
  const router = useRouter();
  return <Failed error={error} onRetry={() => void router.invalidate()} />;
}

const rootRoute = createRootRouteWithContext<Context>()({
  component: Outlet,
  errorComponent: FailedPage,
});

const ENTRANCES = ['sign-in', 'setup', 'join', 'reset'] as const;
const entrances = ENTRANCES.map((path) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path,
    validateSearch,
    component: lazyRouteComponent(() => import('./entrance.tsx'), 'Entrance'),
  }),
);

const signedIn = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }): Promise<{ me: Me }> => {
    try {
      return { me: await context.queries.ensureQueryData(whoAmI) };
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      throw redirect({ to: '/sign-in', search: { to: location.href } });
    }
  },
  component: SignedInShell,
});
const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  component: lazyRouteComponent(() => import('./home.tsx'), 'Home'),
});
const account = createRoute({
  getParentRoute: () => signedIn,
  path: 'me',
  component: lazyRouteComponent(() => import('./account.tsx'), 'Account'),
});
const tenant = createRoute({
  getParentRoute: () => signedIn,
  path: 'p/$project/$tenant',
  component: TenantShell,
});
const start = createRoute({
  getParentRoute: () => tenant,
  path: '/',
  component: lazyRouteComponent(() => import('./home.tsx'), 'FirstPage'),
});
const log = createRoute({
  getParentRoute: () => tenant,
  path: 'log/$view',
  validateSearch,
  component: LogPage,
});

const tenantPages = () => import('./tenant-pages.tsx');
const lazyPage = (name: 'EventPage' | 'ActorPage' | 'RecordPage' | 'PeoplePage' | 'RecordsPage') =>
  lazyRouteComponent(tenantPages, name);
const inTenant = () => tenant;
const pages = [
  createRoute({
    getParentRoute: inTenant,
    path: 'event/$id',
    validateSearch,
    component: lazyPage('EventPage'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'actor/$type/$id',
    validateSearch,
    component: lazyPage('ActorPage'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'record/$type/$id',
    validateSearch,
    component: lazyPage('RecordPage'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'actors',
    validateSearch,
    component: lazyPage('PeoplePage'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'records',
    validateSearch,
    component: lazyPage('RecordsPage'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'settings/$page',
    validateSearch,
    component: lazyRouteComponent(() => import('./settings/settings.tsx'), 'Settings'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'reports',
    validateSearch,
    component: lazyRouteComponent(() => import('./reports/reports.tsx'), 'Reports'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'reports/templates/$template',
    component: lazyRouteComponent(() => import('./reports/reports.tsx'), 'TemplatePage'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'unusual',
    validateSearch,
    component: lazyRouteComponent(() => import('./unusual/unusual.tsx'), 'Unusual'),
  }),
  createRoute({
    getParentRoute: inTenant,
    path: 'activity',
    component: lazyRouteComponent(() => import('./activity.tsx'), 'ActivityReference'),
  }),
] as const;

const routeTree = rootRoute.addChildren([
  ...entrances,
  signedIn.addChildren([home, account, tenant.addChildren([start, log, ...pages])]),
]);

/** Addresses keep texts as they are: `q=actor:dana`, not JSON in quotes. */
const parseSearch = (text: string): Search => Object.fromEntries(new URLSearchParams(text));
const stringifySearch = (search: Record<string, unknown>): string => {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
};

export const createPages = (queries: QueryClient) =>
  createRouter({
    routeTree,
    context: { queries },
    parseSearch,
    stringifySearch,
    defaultErrorComponent: FailedPage,
    defaultPreload: 'intent',
    scrollRestoration: true,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}

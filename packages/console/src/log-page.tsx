/** The log of a view at its address. */
import { linkedState, readState, writeState } from '@annals/viewer/find/log-state';
import { Log } from '@annals/viewer/log/log.tsx';
import { placeOf } from '@annals/viewer/log/question';
import { State } from '@annals/viewer/log/states.tsx';
import { closedText, troubleOf } from '@annals/viewer/log/troubles';
import { useReader } from '@annals/viewer/reader.tsx';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTenantTitle } from './title.ts';

export function LogPage() {
  const { view: name } = useParams({ from: '/signed-in/p/$project/$tenant/log/$view' });
  const search = useSearch({ from: '/signed-in/p/$project/$tenant/log/$view' });
  const navigate = useNavigate();
  const { catalog, words, zone, asRole } = useReader();
  const as = asRole === undefined ? {} : { as: asRole };
  const view = catalog.views.find((one) => one.view === name);
  useTenantTitle(view?.label);
  if (catalog.closed) {
    return <State>{closedText(catalog.closed, [], null, words)}</State>;
  }
  if (view === undefined) return <NoView name={name} />;
  const linkOf = (state: ReturnType<typeof readState>) => {
    const query = new URLSearchParams({
      ...as,
      ...writeState(linkedState(state, zone, Date.now())),
    });
    return `${location.origin}${location.pathname}?${query}`;
  };
  return (
    <Log
      key={name}
      view={view}
      lens={{ view: name, subject: undefined }}
      state={readState(search)}
      onState={(state, isStep) =>
        void navigate({ to: '.', search: { ...as, ...writeState(state) }, replace: !isStep })
      }
      linkOf={linkOf}
      isWholePage
      hasReports
    />
  );
}

/** T10: the server tells which right is lacking. */
function NoView({ name }: { name: string }) {
  const reader = useReader();
  const { client, words, tenantId } = reader;
  const { error, isPending } = useQuery({
    queryKey: ['no-view', tenantId, name],
    queryFn: ({ signal }) =>
      client.events.list(
        { ...placeOf(reader, { view: name, subject: undefined }), limit: 1 },
        { signal },
      ),
  });
  if (isPending) return null;
  return <State>{error ? troubleOf(error, words).text : words.notAllowed}</State>;
}

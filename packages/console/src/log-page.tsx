/** The log of a view at its address. */
import { linkedState, readState, writeState } from '@annals/viewer/find/log-state';
import { Log } from '@annals/viewer/log/log.tsx';
import { State } from '@annals/viewer/log/states.tsx';
import { closedText } from '@annals/viewer/log/troubles';
import { useReader } from '@annals/viewer/reader.tsx';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';

export function LogPage() {
  const { view: name, tenant } = useParams({ from: '/signed-in/p/$project/$tenant/log/$view' });
  const search = useSearch({ from: '/signed-in/p/$project/$tenant/log/$view' });
  const navigate = useNavigate();
  const { catalog, words, zone, asRole } = useReader();
  const as = asRole === undefined ? {} : { as: asRole };
  const view = catalog.views.find((one) => one.view === name);
  useEffect(() => {
    document.title = view === undefined ? 'Annals' : `${view.label} · ${tenant}`;
  }, [view, tenant]);
  if (catalog.closed) {
    return <State>{closedText(catalog.closed, [], null, words)}</State>;
  }
  if (view === undefined) return <State>{words.notAllowed}</State>;
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
    />
  );
}

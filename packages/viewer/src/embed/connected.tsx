/**
 * The log that a token allows: the client with the host's tokens, the view, and where the reader
 * is. Tells the host what it may know, and nothing of what is in the log.
 */
import type { Catalog } from '@annals/contract/catalog';
import { AnnalsError, type Client, createClient } from '@annals/sdk';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { EntityPlace } from '../entity/entity.ts';
import { EntityPage } from '../entity/entity-page.tsx';
import {
  type LogState,
  linkedState,
  readState,
  stateOfText,
  stateText,
} from '../find/log-state.ts';
import { isZone } from '../find/zone.ts';
import { Log } from '../log/log.tsx';
import { LOG_PARTS, type LogPart } from '../log/log-header.tsx';
import { closedText, troubleOf } from '../log/troubles.ts';
import { Button } from '../look/button.tsx';
import { type Density, type Place, type Reader, ReaderProvider } from '../reader.tsx';
import { wordsOf } from '../words/words.ts';
import type { EmbedProps } from './props.ts';

function useClient({ src, getToken, project }: EmbedProps): Client | undefined {
  const latest = useRef(getToken);
  latest.current = getToken;
  const hasToken = getToken !== undefined;
  return useMemo(() => {
    if (src === undefined || !hasToken) return undefined;
    return createClient({
      url: src,
      key: (isRefused) => latest.current?.(isRefused) ?? '',
      ...(project === undefined ? {} : { project }),
      retries: 2,
      giveUpAfterMs: 20_000,
    });
  }, [src, hasToken, project]);
}

/** Nothing until the host has said where the server is and how to get a token. */
export function Connected(props: EmbedProps) {
  const client = useClient(props);
  return client === undefined ? null : <Opened {...props} client={client} />;
}

const sendError = (send: EmbedProps['send'], error: unknown): void => {
  const known = error instanceof AnnalsError ? error : undefined;
  send('error', { code: known?.code ?? 'unexpected_answer', request_id: known?.requestId ?? null });
};

function Opened(props: EmbedProps & { client: Client }) {
  const { client, locale = 'en', send } = props;
  const me = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => client.me({ signal }) });
  const tenant = props.tenant ?? me.data?.seats[0]?.tenant_id ?? undefined;
  const catalog = useQuery({
    queryKey: ['catalog', tenant, locale],
    enabled: tenant !== undefined,
    queryFn: ({ signal }) =>
      client.catalog.get(
        { locale, ...(tenant === undefined ? {} : { tenant_id: tenant }) },
        { signal },
      ),
  });
  const error = me.error ?? catalog.error;
  const isReady = catalog.data !== undefined;
  useEffect(() => {
    if (isReady) send('ready', {});
  }, [isReady, send]);
  useEffect(() => {
    if (error) sendError(send, error);
  }, [error, send]);
  if (error) {
    const retry = () => void (me.error ? me.refetch() : catalog.refetch());
    return <Refused error={error} locale={locale} onRetry={retry} />;
  }
  if (catalog.data === undefined || tenant === undefined) return null;
  return <Reading {...props} catalog={catalog.data} tenantId={tenant} />;
}

/** Before there is a reader: the reason, and another try. */
function Refused({
  error,
  locale,
  onRetry,
}: {
  error: unknown;
  locale: string;
  onRetry: () => void;
}) {
  const words = wordsOf(locale);
  const { text, canRetry, requestId } = troubleOf(error, words);
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 p-3">
      <span>{text}</span>
      {canRetry && <Button onClick={onRetry}>{words.tryAgain}</Button>}
      {requestId && <span className="text-meta text-ink-3">{words.support(requestId)}</span>}
    </div>
  );
}

type ReadingProps = EmbedProps & {
  readonly client: Client;
  readonly catalog: Catalog;
  readonly tenantId: string;
};

/** Where the reader begins: as the host kept it, else as its properties say. */
const firstState = ({ state, q, from, to, columns }: EmbedProps): LogState =>
  state === undefined || state === ''
    ? readState({ q, from, to, cols: columns })
    : stateOfText(state);

const hiddenParts = (hide: string | undefined): ReadonlySet<LogPart> =>
  new Set(LOG_PARTS.filter((part) => hide?.split(/[,\s]+/).includes(part)));

/** `TYPE:ID`, as the API takes a subject. */
function subjectPlace(kind: 'actor' | 'record', text: string | undefined): EntityPlace | undefined {
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 1) return undefined;
  return { kind, type: decodeURIComponent(text.slice(0, colon)), id: text.slice(colon + 1) };
}

function useReaderOf(props: ReadingProps, go: (place: Place) => void): Reader {
  const { client, catalog, tenantId, locale = 'en', timeZone, src = '' } = props;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [zone, setZone] = useState(own);
  const [density, setDensity] = useState<Density>('dense');
  const shown =
    props.density === 'comfortable' || props.density === 'dense' ? props.density : density;
  return {
    client,
    catalog,
    tenantId,
    words: wordsOf(locale),
    locale,
    zone: timeZone !== undefined && isZone(timeZone) ? timeZone : zone,
    setZone,
    density: shown,
    setDensity,
    // The host's address is never touched: what leads elsewhere asks the host.
    hrefOf: () => undefined,
    go,
    storageName: undefined,
    signIn: undefined,
    apiUrl: src,
    hasKeys: true,
  };
}

function Reading(props: ReadingProps) {
  const { catalog, send, linkTemplate, hide } = props;
  const [state, setState] = useState(() => firstState(props));
  const [opened, setOpened] = useState<EntityPlace>();
  const bound = subjectPlace('actor', props.actor) ?? subjectPlace('record', props.record);
  const reader = useReaderOf(props, (place) => {
    if (place.kind === 'event') return setState({ ...state, event: place.id });
    // A host that has a page of its own takes it over.
    const { type, id } = place;
    if (send('navigate', { type, id }, true)) setOpened({ kind: place.kind, type, id });
  });
  const change = (next: LogState) => {
    setState(next);
    send('state', { state: stateText(next) });
  };
  const linkOf =
    linkTemplate === undefined
      ? undefined
      : (one: LogState) =>
          linkTemplate.replace(
            '{state}',
            encodeURIComponent(stateText(linkedState(one, reader.zone, Date.now()))),
          );
  const common = {
    state,
    onState: change,
    linkOf,
    isWholePage: false,
    hidden: hiddenParts(hide),
    onOpened: (id: string) => void send('open', { id }),
  };
  const place = opened ?? bound;
  const view =
    catalog.views.find((one) => one.view === props.view) ??
    catalog.views.find(({ binding }) => binding === 'none');
  return (
    <ReaderProvider value={reader}>
      {place ? (
        <>
          {opened && (
            <Button className="mb-2 self-start" onClick={() => setOpened(undefined)}>
              {reader.words.back}
            </Button>
          )}
          <EntityPage {...common} place={place} asked={props.view} />
        </>
      ) : catalog.closed || view === undefined ? (
        <p>
          {catalog.closed
            ? closedText(catalog.closed, [], null, reader.words)
            : reader.words.notAllowed}
        </p>
      ) : (
        <Log
          {...common}
          view={view}
          lens={{ view: view.view, subject: undefined }}
          onExported={() => void send('export', { id: view.view })}
        />
      )}
    </ReaderProvider>
  );
}

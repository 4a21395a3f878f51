/**
 * `<annals-log>` as a React component: properties and events in place of attributes. Loads the
 * element itself, in browsers alone.
 */
import { createElement, useEffect, useRef } from 'react';
import type { AnnalsLogProperties } from './viewer.tsx';

export interface AnnalsLogProps extends AnnalsLogProperties {
  readonly className?: string;
  readonly onReady?: () => void;
  readonly onState?: (state: string) => void;
  readonly onOpen?: (id: string) => void;
  /** Return false to show a page of your own. */
  readonly onNavigate?: (place: { readonly type: string; readonly id: string }) => boolean;
  readonly onExport?: (id: string) => void;
  readonly onError?: (error: { readonly code: string; readonly request_id: string | null }) => void;
}

type Listener = (event: CustomEvent) => void;

/** What each event of the element calls. */
const listenersOf = (props: AnnalsLogProps): Readonly<Record<string, Listener>> => ({
  'annals-ready': () => props.onReady?.(),
  'annals-state': ({ detail }) => props.onState?.(detail.state),
  'annals-open': ({ detail }) => props.onOpen?.(detail.id),
  'annals-navigate': (event) => {
    if (props.onNavigate?.(event.detail) === false) event.preventDefault();
  },
  'annals-export': ({ detail }) => props.onExport?.(detail.id),
  'annals-error': ({ detail }) => props.onError?.(detail),
});

export function AnnalsLog(props: AnnalsLogProps) {
  const element = useRef<HTMLElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    void import('./viewer.tsx');
    const own = element.current;
    const names = Object.keys(listenersOf({}));
    const listen = (event: Event) => {
      if (event instanceof CustomEvent) listenersOf(latest.current)[event.type]?.(event);
    };
    for (const name of names) own?.addEventListener(name, listen);
    return () => {
      for (const name of names) own?.removeEventListener(name, listen);
    };
  }, []);
  const { onReady, onState, onOpen, onNavigate, onExport, onError, className, ...own } = props;
  useEffect(() => {
    if (element.current) Object.assign(element.current, own);
  });
  return createElement('annals-log', { ref: element, class: className });
}

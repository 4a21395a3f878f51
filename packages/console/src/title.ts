/** What the tab of the browser, its history and a sheet of paper call a page. */
import { useReader } from '@annals/viewer/reader.tsx';
import { useEffect } from 'react';

/** In: the name of the page; undefined while it is not known. */
export function useTitle(name: string | undefined): void {
  useEffect(() => {
    document.title = name ?? 'Annals';
  }, [name]);
}

/** The same for a page of an organization. */
export function useTenantTitle(name: string | undefined): void {
  const { catalog, tenantId } = useReader();
  useTitle(name === undefined ? undefined : `${name} · ${catalog.tenant_label ?? tenantId}`);
}

/** Views that files of a whole log can be made of. Pure. */
import type { CatalogView } from '@annals/viewer/reader.tsx';

/** Those that the reader may do this with, that give files and are about no one in particular. */
export const viewsFor = (
  capability: 'export' | 'schedule',
  views: readonly CatalogView[],
): readonly CatalogView[] =>
  views.filter(
    ({ binding, capabilities, formats }) =>
      binding === 'none' && capabilities.includes(capability) && formats.length > 0,
  );

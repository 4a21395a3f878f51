/** Names and limits of files of events. Without a schema: pages use it too. Pure. */
import type { DOWNLOAD_FORMATS } from './route.ts';

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export const EXPORT_LIMITS = {
  /** Characters of a name, which becomes that of a file. */
  name: 120,
  /** A file of fewer rows is there before anybody has to wait. */
  rowsAtOnce: 10_000,
} as const;

/** How the name of a file ends. */
export const fileEnding = ({
  format,
  compression,
}: {
  readonly format: (typeof DOWNLOAD_FORMATS)[number];
  readonly compression: Compression;
}): string => ({ none: format, gzip: `${format}.gz`, zstd: `${format}.zst` })[compression];

/** A name that every system takes for a file's: no separators, no hidden file. */
export const safeFileName = (name: string): string =>
  name
    .replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, '-')
    .replace(/^\.+/, '')
    .slice(0, EXPORT_LIMITS.name) || 'events';

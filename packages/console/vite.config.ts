/**
 * How the pages are built into a folder: `console/` with hashed names, which never change, and
 * `viewer/annals-log.js`, one file for other products' pages. `build.ts` runs both.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import type { InlineConfig, Plugin, Rolldown } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Browsers of the last two years and a half: what `light-dark()` and containers need. */
const TARGET = ['chrome123', 'edge123', 'firefox125', 'safari17.5'];

/** Libraries mark what a server may not render; there is no such server here. */
const onLog: NonNullable<Rolldown.RolldownOptions['onLog']> = (level, log, tell) => {
  if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
};

const shared = {
  configFile: false,
  logLevel: 'warn',
  plugins: [tailwindcss()],
} satisfies InlineConfig;

/**
 * Tailwind's variables begin with values of `@property`, which counts only in a document. In a
 * shadow root its own fallback must do, which asks for browsers that have none.
 */
const inShadowRoots: Plugin = {
  name: 'annals:shadow-roots',
  enforce: 'post',
  transform(code, id) {
    if (!id.includes('.css')) return undefined;
    return code.replaceAll(/@supports \(+-webkit-hyphens[^{]*\{/g, '@supports (color: red) {');
  },
};

export const consoleIn = (folder: string): InlineConfig => ({
  ...shared,
  root: at('.'),
  base: '/',
  build: {
    outDir: join(folder, 'console'),
    emptyOutDir: true,
    target: TARGET,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { onLog },
  },
});

export const viewerIn = (folder: string): InlineConfig => ({
  ...shared,
  plugins: [...shared.plugins, inShadowRoots],
  root: at('../viewer/'),
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: join(folder, 'viewer'),
    emptyOutDir: true,
    target: TARGET,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      onLog,
      input: at('../viewer/src/viewer.tsx'),
      preserveEntrySignatures: 'exports-only',
      output: { entryFileNames: 'annals-log.js' },
    },
  },
});

/**
 * The console and the viewer as files. Names with a hash never change and may be kept for ever; an
 * address of the console, whatever it says, is answered by its one page.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Where the built files are. */
export interface PageFolders {
  readonly console: string;
  readonly viewer: string;
}

/** Scripts, styles and data come from here alone; nobody frames it, nothing inline runs. */
const PAGE_POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:",
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
].join('; ');
const PAGE_HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-cache',
} as const;
const FOR_EVER = 'public, max-age=31536000, immutable';
/** A new viewer is with all readers within the hour. */
const AN_HOUR = 'public, max-age=3600';

/** Addresses of the console; whatever else is asked for is not there. */
const PAGES = ['/', '/sign-in', '/setup', '/join', '/reset', '/me', '/p/*'];

async function servePages(app: FastifyInstance, folder: string): Promise<void> {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const page = async (_request: unknown, reply: FastifyReply) =>
    reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(html);
  for (const url of PAGES) app.get(url, page);
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    wildcard: false,
    globIgnore: ['index.html*'],
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response, path) => {
      response.header('cache-control', path.includes('/assets/') ? FOR_EVER : AN_HOUR);
    },
  });
}

/** Other products' pages load it, wherever they are. */
async function serveViewer(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/viewer/',
    decorateReply: false,
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response) => {
      response.header('cache-control', AN_HOUR);
      response.header('access-control-allow-origin', '*');
      response.header('cross-origin-resource-policy', 'cross-origin');
    },
  });
}

export async function addPages(app: FastifyInstance, folders: PageFolders): Promise<void> {
  await servePages(app, folders.console);
  await serveViewer(app, folders.viewer);
}

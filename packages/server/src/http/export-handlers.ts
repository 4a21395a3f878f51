/** What the routes of files and reports do: one call into one module. */
import { Readable } from 'node:stream';
import type { Handlers, Modules } from './input.ts';

/** For the receiver to keep under this name; RFC 6266 with RFC 8187 for what is not ASCII. */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const coded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${coded}`;
}

export const exportHandlers = ({ exports }: Modules) =>
  ({
    async createExport({ principal, query, body, reply }) {
      reply.code(202);
      return await exports.create(principal, { ...query, ...body });
    },
    async listExports({ principal, query }) {
      return await exports.list(principal, query, query);
    },
    async getExport({ principal, query, params }) {
      return await exports.get(principal, query, params.export_id);
    },
    async cancelExport({ principal, query, params }) {
      return await exports.cancel(principal, query, params.export_id);
    },
    async retryExport({ principal, query, params, reply }) {
      reply.code(202);
      return await exports.retry(principal, query, params.export_id);
    },
    async downloadExport({ principal, query, params, reply }) {
      const isHead = reply.request.method === 'HEAD';
      const found = await exports.file(principal, query, params.export_id);
      // Who navigates follows an address; a program takes the bytes from here.
      const navigates = reply.request.headers.accept?.includes('text/html') === true;
      const link = isHead || !navigates ? undefined : await found.link();
      if (link !== undefined) return reply.redirect(link, 302);
      const digest = Buffer.from(found.sha256, 'hex').toString('base64');
      reply
        .type(found.contentType)
        .header('content-disposition', attachment(found.name))
        .header('content-length', found.bytes)
        // RFC 9530.
        .header('repr-digest', `sha-256=:${digest}:`);
      return reply.send(isHead ? Readable.from([]) : await found.open());
    },
    async getManifest({ principal, query, params }) {
      return await exports.manifest(principal, query, params.export_id);
    },
  }) satisfies Partial<Handlers>;

export const reportHandlers = ({ exports: { reports } }: Modules) =>
  ({
    async createReport({ principal, query, body, reply }) {
      const report = await reports.create(principal, { ...query, ...body });
      reply.code(201);
      return report;
    },
    async previewReport({ principal, query, body }) {
      return await reports.preview(principal, { ...query, ...body });
    },
    async listReports({ principal, query }) {
      return { reports: await reports.list(principal, query) };
    },
    async getReport({ principal, query, params }) {
      return await reports.get(principal, query, params.report_id);
    },
    async putReport({ principal, query, params, body }) {
      return await reports.put(principal, query, params.report_id, body);
    },
    async deleteReport({ principal, query, params }) {
      return await reports.remove(principal, query, params.report_id);
    },
    async pauseReport({ principal, query, params }) {
      return await reports.pause(principal, query, params.report_id);
    },
    async resumeReport({ principal, query, params }) {
      return await reports.resume(principal, query, params.report_id);
    },
    async runReport({ principal, query, params, reply }) {
      reply.code(202);
      return await reports.run(principal, query, params.report_id);
    },
    async testReport({ principal, query, params }) {
      return { deliveries: await reports.test(principal, query, params.report_id) };
    },
    async listDeliveries({ principal, query, params }) {
      return { deliveries: await reports.deliveries(principal, query, params.report_id) };
    },
  }) satisfies Partial<Handlers>;

/**
 * What waits to be sent, and what becomes of it: a file of a report, a notice to its owner, a test.
 * Promises: one server sends at a time; what fails is tried again for three days, and then its
 * report is told; whoever gets the same twice can see that it is the same. At least once: a server
 * that stops in the middle leaves it to another.
 */
import type { NewRecipient } from '@annals/contract/reports';
import { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import { Rounds } from '../rounds.ts';
import type { DeliveryRow, ReportRow, Store } from '../store/store.ts';
import type { MailAttachment, Mailer } from './mail.ts';
import {
  fileMail,
  noticeMail,
  type Sendable,
  testMail,
  textFile,
  webhookPayload,
} from './messages.ts';
import { failed, failedForGood, type Outcome, SENT } from './outcome.ts';
import { nextTryAt } from './retries.ts';
import { checkWebhookUrl, newSecret, type Webhooks } from './webhook.ts';

/** A bucket that files are copied to. */
export interface Bucket {
  /** Overwrites what has the name. */
  copy(name: string, file: Pick<Sendable, 'open'>, signal: AbortSignal): Promise<void>;
}
export interface OutboxParts {
  readonly store: Store;
  readonly log: Log;
  /** Undefined: there is none. */
  readonly mailer: Mailer | undefined;
  /** The largest file that goes with a mail. */
  readonly attachBytes: number;
  readonly webhooks: Webhooks;
  readonly allowPrivate: boolean;
  readonly bucket: Bucket | undefined;
  /** Where people find the reports of a tenant; undefined: nobody has said where the server is. */
  reportsUrl(project: string, tenantId: string): string | undefined;
  /** Throws Fault if it must not leave, or is not there any more. */
  file(exportId: string): Promise<Sendable>;
  delivered(row: DeliveryRow, report: ReportRow): Promise<void>;
  /** Not tried any more. */
  undelivered(row: DeliveryRow, report: ReportRow, reason: string): Promise<void>;
}
/** What is sent where, of whom. */
interface Sending {
  readonly row: DeliveryRow;
  readonly report: ReportRow;
  readonly to: NewRecipient & { readonly recipient_id: string | null };
  readonly link: string | undefined;
  readonly signal: AbortSignal;
}
type Tried = Outcome & { readonly isContent?: boolean };

/** How often it is looked what is due, in ms. */
const LOOK_MS = 1_000;
/** Another server takes up what was silent for so long, in ms. */
const LEASE_MS = 120_000;
const BEAT_MS = 30_000;
const AT_ONCE = 4;
/** What was sent is known for so long, in ms: 400 days. */
const KEPT_MS = 400 * 86_400_000;
const CLEAN_MS = 3_600_000;

const EMAIL = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,255}$/;
const PREFIX = /^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[\w./ -]{1,200}$/;
const NO_MAIL = 'No mail is sent from here: whoever runs the server can set ANNALS_SMTP.';
const NO_BUCKET = 'There is no bucket here: whoever runs the server can set ANNALS_S3.';

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #stopping = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  readonly #rounds: Rounds;
  #cleanedAt = 0;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    const failed = 'deliveries could not be looked at';
    this.#rounds = new Rounds(() => this.#look(), { everyMs: LOOK_MS, log: parts.log, failed });
  }

  start(): void {
    this.#rounds.start();
  }

  /** What is under way is given back. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Fault('stopping'));
    await this.#rounds.stop();
    await Promise.all(this.#sending);
  }

  /** Why nothing can be sent there, as a sentence; undefined: it can. */
  problemOf({ type, to }: NewRecipient): string | undefined {
    const { mailer, bucket, allowPrivate } = this.#parts;
    if (type === 'email') {
      if (!mailer) return NO_MAIL;
      return EMAIL.test(to) ? undefined : 'It must be one e-mail address.';
    }
    if (type === 'webhook') return checkWebhookUrl(to, allowPrivate);
    if (!bucket) return NO_BUCKET;
    const words = 'It must be letters, digits and . _ - / of a name in the bucket, without "..".';
    return PREFIX.test(to) ? undefined : words;
  }

  newSecret(): string {
    return newSecret();
  }

  /** There is something to send. */
  nudge(): void {
    this.#rounds.nudge();
  }

  async #look(): Promise<void> {
    const { store } = this.#parts;
    const now = Date.now();
    if (now - this.#cleanedAt > CLEAN_MS) {
      this.#cleanedAt = now;
      await store.deliveries.removeOld(now - KEPT_MS);
    }
    for (const row of await store.deliveries.due(now, AT_ONCE)) {
      if (this.#sending.size >= AT_ONCE || this.#stopping.signal.aborted) return;
      if (!(await store.deliveries.claim(row, now + LEASE_MS))) continue;
      const sending = this.#attempt({ ...row, attempts: row.attempts + 1 })
        .catch((error: unknown) =>
          this.#parts.log.warn({ err: error }, 'what became of a delivery was not kept'),
        )
        .finally(() => {
          this.#sending.delete(sending);
          this.nudge();
        });
      this.#sending.add(sending);
    }
  }

  /** Sends it now, and once; answers what became of it. */
  async once(row: DeliveryRow): Promise<DeliveryRow> {
    const tried = await this.#try({ ...row, attempts: 1 });
    const { delivery_id, ...ended } = {
      ...{ ...row, attempts: 1, next_at: null, ended_at: Date.now() },
      ...(tried.kind === 'sent'
        ? { state: 'sent' as const }
        : { state: 'failed' as const, reason: tried.reason }),
    };
    await this.#parts.store.deliveries.update(delivery_id, ended);
    return { delivery_id, ...ended };
  }

  async #attempt(row: DeliveryRow): Promise<void> {
    const { deliveries, reports } = this.#parts.store;
    const { delivery_id } = row;
    const update = (fields: Partial<DeliveryRow>) => deliveries.update(delivery_id, fields);
    const beat = setInterval(() => {
      update({ next_at: Date.now() + LEASE_MS }).catch(() => undefined);
    }, BEAT_MS);
    const tried = await this.#try(row).finally(() => clearInterval(beat));
    const now = Date.now();
    if (this.#stopping.signal.aborted && tried.kind === 'failed') {
      await update({ next_at: now, attempts: row.attempts - 1 });
      return;
    }
    const report = await reports.byId(row.report_id);
    if (tried.kind === 'sent') {
      const is_content = tried.isContent ? 1 : 0;
      await update({ state: 'sent', reason: null, next_at: null, ended_at: now, is_content });
      if (report && row.kind === 'file') await this.#parts.delivered(row, report);
      return;
    }
    const { reason, isFinal, retryAfterMs } = tried;
    const { created_at, attempts } = row;
    const again = isFinal
      ? undefined
      : nextTryAt(created_at, attempts, now, Math.random(), retryAfterMs);
    if (again !== undefined) return await update({ reason, next_at: again });
    await update({ state: 'failed', reason, next_at: null, ended_at: now });
    if (report && row.kind === 'file') await this.#parts.undelivered(row, report, reason);
  }

  async #try(row: DeliveryRow): Promise<Tried> {
    const { log, reportsUrl, store } = this.#parts;
    const report = await store.reports.byId(row.report_id);
    if (report === undefined) return failedForGood('The report was removed.');
    const tenant = await store.tenants.byNumber(row.tenant_no);
    const project = await store.projects.byNumber(report.project_no);
    const link = project && tenant && reportsUrl(project.project, tenant.tenant_id);
    // Column of JSON text that reports alone write.
    const to = JSON.parse(row.recipient) as Sending['to'];
    const sending = { row, report, to, link, signal: this.#stopping.signal };
    try {
      if (to.type === 'email') return await this.#mail(sending);
      return to.type === 'webhook' ? await this.#call(sending) : await this.#copy(sending);
    } catch (error) {
      if (error instanceof Fault && error.status < 500) return failedForGood(error.message);
      if (!this.#stopping.signal.aborted) log.warn({ err: error }, 'a delivery failed');
      return failed('Something went wrong here.');
    }
  }

  async #mail({ row, report, to, link, signal }: Sending): Promise<Tried> {
    const { attachBytes, mailer } = this.#parts;
    if (mailer === undefined) return failedForGood(NO_MAIL);
    const address = { id: row.delivery_id, to: to.to };
    if (row.kind === 'test')
      return await mailer.send({ ...address, ...testMail(report, link) }, signal);
    if (row.kind === 'failure' || row.export_id === null) {
      const mail = noticeMail(report, row.detail ?? '', link);
      return await mailer.send({ ...address, ...mail }, signal);
    }
    const file = await this.#parts.file(row.export_id);
    const isAttached = to.attach === true && file.bytes <= attachBytes;
    const { name, contentType, bytes, open } = file;
    const attachment: MailAttachment = { name, contentType, bytes, open };
    const mail = {
      ...{ ...address, ...fileMail(report, file, link, isAttached) },
      ...(isAttached ? { attachment } : {}),
    };
    const outcome = await mailer.send(mail, signal);
    return { ...outcome, isContent: isAttached && file.hasPersonal };
  }

  async #call({ row, report, to, link, signal }: Sending): Promise<Tried> {
    // Column of JSON text that reports alone write.
    const known = JSON.parse(report.recipients) as { recipient_id: string; secret?: string }[];
    const secret = known.find((one) => one.recipient_id === to.recipient_id)?.secret;
    if (secret === undefined) return failedForGood('The recipient was removed.');
    const file =
      row.kind === 'file' && row.export_id !== null
        ? await this.#parts.file(row.export_id)
        : undefined;
    const at = Date.now();
    const payload = webhookPayload(row, report, file, { at, link });
    const message = { url: to.to, secret, id: row.delivery_id, at, payload };
    return await this.#parts.webhooks.send(message, signal);
  }

  async #copy({ row, report, to, signal }: Sending): Promise<Tried> {
    const { bucket, store } = this.#parts;
    if (bucket === undefined) return failedForGood(NO_BUCKET);
    const project = await store.projects.byNumber(report.project_no);
    const tenant = await store.tenants.byNumber(report.tenant_no);
    // Apart from other tenants, whatever they call theirs.
    const own = `reports/${project?.project}/${encodeURIComponent(tenant?.tenant_id ?? '')}/`;
    if (row.export_id === null) {
      const test = testMail(report, undefined);
      await bucket.copy(`${own}${to.to}annals-test.txt`, textFile(test.text), signal);
      return SENT;
    }
    const file = await this.#parts.file(row.export_id);
    await bucket.copy(`${own}${to.to}${file.name}`, file, signal);
    await bucket.copy(`${own}${to.to}${file.name}.manifest.json`, textFile(file.manifest), signal);
    return { ...SENT, isContent: file.hasPersonal };
  }
}

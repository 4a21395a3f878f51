/**
 * Mail to one recipient, over the mail server that the settings name. nodemailer is loaded with the
 * first mail. No text of a caller becomes a header of its own, and no file or address that a mail
 * names is opened.
 */
import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import type { NodemailerError, SMTPTransportOptions } from 'nodemailer';
import type { MailConfig } from '../config.ts';
import {
  assertId,
  connectionReason,
  failed,
  failedForGood,
  type Outcome,
  SENT,
} from './outcome.ts';

export interface MailAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  open(): Promise<Readable>;
}

export interface Mail {
  /** The same at each try: mail programs show by it one mail in place of several. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachment?: MailAttachment;
}

/** How long the mail server may be silent. */
export interface MailLimits {
  readonly connectMs: number;
  readonly greetingMs: number;
  readonly socketMs: number;
}
const LIMITS: MailLimits = { connectMs: 10_000, greetingMs: 10_000, socketMs: 30_000 };

/** One plain address: what could begin a list, a group or another line has no place in it. */
const ADDRESS = /^[^\s\p{C}@<>()[\]\\,;:"]{1,64}@[^\s\p{C}@<>()[\]\\,;:"]{1,255}$/u;
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

function transportOf({ smtp }: MailConfig, limits: MailLimits): SMTPTransportOptions {
  const { host, port, isSecure, user, password } = smtp;
  return {
    ...{ host, port, secure: isSecure },
    // Who takes STARTTLS out of the answer must not get the password.
    ...(user === undefined ? {} : { auth: { user, pass: password }, requireTLS: true }),
    ...{ dnsTimeout: limits.connectMs, connectionTimeout: limits.connectMs },
    ...{ greetingTimeout: limits.greetingMs, socketTimeout: limits.socketMs },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  };
}

function outcomeOf({ code, originalCode, command, responseCode }: NodemailerError): Outcome {
  const status = code === 'ETLS' ? 0 : (responseCode ?? 0);
  const end = status === 0 ? '.' : ` (${status}).`;
  if (status >= 400 && status < 500) return failed(`The mail server asks to try later${end}`);
  if (command === 'RCPT TO' && status !== 0) {
    const reason = `The mail server refused the recipient${end}`;
    return status >= 550 && status <= 553 ? failedForGood(reason) : failed(reason);
  }
  if (command === 'MAIL FROM') return failed(`The mail server refused the sender${end}`);
  if (command === 'DATA') return failed(`The mail server refused the message${end}`);
  if (code === 'EAUTH') return failed(`The mail server refused the sign-in${end}`);
  if (status !== 0) return failed(`The mail server refused the connection${end}`);
  if (code === 'EENVELOPE') return failed('The mail server does not take such an address.');
  if (code === 'ESTREAM') return failed('The file to attach could not be read.');
  if (code === 'ETIMEDOUT') return failed('The mail server did not answer in time.');
  return failed(connectionReason('mail server', originalCode ?? code));
}

export class Mailer {
  readonly #config: MailConfig;
  readonly #limits: MailLimits;

  constructor(config: MailConfig, limits: MailLimits = LIMITS) {
    this.#config = config;
    this.#limits = limits;
  }

  /** Whether a file of that size may go with a mail; else a mail links to it. */
  attaches(bytes: number): boolean {
    return bytes <= this.#config.attachBytes;
  }

  /** Tries once. Throws the reason of the caller's signal, and what opening the file throws. */
  async send(mail: Mail, signal?: AbortSignal): Promise<Outcome> {
    const { id, to, subject, text, html, attachment } = mail;
    assertId(id);
    assert.ok(attachment === undefined || this.attaches(attachment.bytes), 'a file to link to');
    signal?.throwIfAborted();
    if (!ADDRESS.test(to)) return failedForGood('It is no address for mail.');
    const { createTransport } = await import('nodemailer');
    const transport = createTransport(transportOf(this.#config, this.#limits));
    const file = attachment && {
      ...{ filename: oneLine(attachment.name), contentType: attachment.contentType },
      ...{ content: await attachment.open(), contentTransferEncoding: 'base64' },
    };
    const { from } = this.#config;
    try {
      await transport.sendMail({
        from: { name: '', address: from },
        to: { name: '', address: to },
        messageId: `<${id}@${from.slice(from.indexOf('@') + 1)}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...{ subject: oneLine(subject), text, html, xMailer: false, signal },
        // Whatever happens, it closes the file.
        attachments: file ? [file] : [],
      });
      return SENT;
    } catch (error) {
      signal?.throwIfAborted();
      return outcomeOf(error as NodemailerError);
    }
  }
}

/** What is said to whom: mails and what webhooks carry. No event is in them. Pure. */
import { Readable } from 'node:stream';
import type { Export } from '@annals/contract/exports';
import type { DeliveryRow, ReportRow } from '../store/store.ts';

/** A finished file that may leave. */
export interface Sendable {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly hasPersonal: boolean;
  /** As whoever it is made for is told of it. */
  readonly told: Export;
  /** JSON text. */
  readonly manifest: string;
  open(): Promise<Readable>;
}
interface Text {
  readonly subject: string;
  readonly text: string;
}

export function textFile(text: string): Pick<Sendable, 'contentType' | 'bytes' | 'open'> {
  const bytes = Buffer.from(text);
  return {
    ...{ contentType: 'text/plain; charset=utf-8', bytes: bytes.length },
    open: async () => Readable.from([bytes], { objectMode: false }),
  };
}

const number = (value: number): string => value.toLocaleString('en-US');
const events = (count: number): string => `${number(count)} ${count === 1 ? 'event' : 'events'}`;
const KILO = 1_000;
function sizeText(bytes: number): string {
  if (bytes < KILO) return `${bytes} bytes`;
  const [size, unit] = bytes < KILO ** 2 ? [bytes / KILO, 'kB'] : [bytes / KILO ** 2, 'MB'];
  return `${size.toFixed(1)} ${unit}`;
}
const day = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;

const lines = (...parts: readonly (string | undefined)[]): string =>
  `${parts.filter((part) => part !== undefined).join('\n')}\n`;

const why = ({ title }: ReportRow): string =>
  `\nYou get this because you are a recipient of the report "${title}". ` +
  'Whoever manages it can take you off.';

export function fileMail(
  report: ReportRow,
  { bytes, told }: Sendable,
  link: string | undefined,
  isAttached: boolean,
): Text {
  const { rows, run, expires_at: until, sha256, name } = told;
  const late = run && run.late > 0 ? `, ${number(run.late)} of them late` : '';
  const place = link === undefined ? 'on the page Reports' : `at ${link}`;
  return {
    subject: name,
    text: lines(
      `${name} holds ${events(rows)}${late} (${sizeText(bytes)}).`,
      '',
      isAttached ? `It is attached, and to be found ${place}` : `Fetch it ${place}`,
      until === null ? undefined : `It is kept until ${day(until)}.`,
      `SHA-256 of the file: ${sha256}`,
      why(report),
    ),
  };
}

export const noticeMail = (report: ReportRow, detail: string, link: string | undefined): Text => ({
  subject: `Report "${report.title}": a file is missing`,
  text: lines(
    detail,
    '',
    link === undefined ? 'Look at the page Reports.' : `Look at ${link}`,
    `\nYou get this because the report "${report.title}" is yours.`,
  ),
});

export const testMail = (report: ReportRow, link: string | undefined): Text => ({
  subject: `Report "${report.title}": a test`,
  text: lines(
    'This is a test: files of this report will reach you this way.',
    ...(link === undefined ? [] : ['', `The report is at ${link}`]),
    why(report),
  ),
});

/** As Standard Webhooks has it: type, timestamp, data. */
export function webhookPayload(
  { kind }: DeliveryRow,
  { report_id, title }: ReportRow,
  file: Sendable | undefined,
  { at, link }: { readonly at: number; readonly link: string | undefined },
): Readonly<Record<string, unknown>> {
  return {
    type: kind === 'test' ? 'report.test' : 'report.completed',
    timestamp: new Date(at).toISOString(),
    data: {
      report: { report_id, title },
      ...(link === undefined ? {} : { link }),
      ...(file === undefined ? {} : { export: withoutQuery(file.told), file: file.name }),
    },
  };
}

/** A query may name persons: it stays in the house. */
const withoutQuery = ({ q: _, ...told }: Export): Omit<Export, 'q'> => told;

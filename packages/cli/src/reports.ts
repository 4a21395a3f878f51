/** `annals reports`: questions that files are made of again and again, and sent. */
import { CSV_FLAVORS } from '@annals/contract/exports';
import { COMPRESSIONS } from '@annals/contract/files';
import { DOWNLOAD_FORMATS } from '@annals/contract/routes';
import {
  cronOf,
  LATEST_DAY,
  RANGE_WORDS,
  RECIPIENT_TYPES,
  REPORT_RANGES,
  scheduleWords,
  weekdayName,
} from '@annals/contract/schedule';
import type { Client, Delivery, NewRecipient, NewReport, Report } from '@annals/sdk';
import { type Args, type Command, EXIT, UsageError } from './command.ts';
import { followExport } from './exports.ts';
import { TAIL_FLAGS, tailQuery } from './question.ts';
import { clean, cleanJson } from './safe.ts';
import { layOut, lineOf } from './table.ts';

const EVERY = ['day', 'week', 'month'] as const;
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7].map((on) => weekdayName(on).toLowerCase());

/** The cron line that the flags mean; undefined: none is asked for. */
function scheduleOf(args: Args): string | undefined {
  const [cron, every, on] = [args.text('cron'), args.choice('every', EVERY), args.text('on')];
  if (cron !== undefined && every !== undefined) {
    throw new UsageError('Choose one of --every and --cron');
  }
  if (every === undefined) {
    if (on !== undefined) throw new UsageError('--on needs --every week or --every month');
    return cron;
  }
  const at = args.text('at') ?? '06:00';
  try {
    if (every === 'day') return cronOf({ every, at });
    if (every === 'week') {
      const day = WEEKDAYS.indexOf(on?.toLowerCase() ?? 'monday') + 1;
      if (day === 0) throw new UsageError('--on must be a day of the week, for example monday');
      return cronOf({ every, on: day, at });
    }
    const day = on === 'last' ? 'last' : Number(on ?? 1);
    if (day !== 'last' && !(Number.isInteger(day) && day >= 1 && day <= LATEST_DAY)) {
      throw new UsageError(`--on must be a day from 1 to ${LATEST_DAY}, or last`);
    }
    return cronOf({ every, on: day, at });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError('--at must be a time as in 06:30');
    throw error;
  }
}

const recipientsOf = (args: Args): NewRecipient[] =>
  RECIPIENT_TYPES.flatMap((type) =>
    args.list(type).map((to) => ({
      ...{ type, to },
      ...(type === 'email' && args.flag('attach') ? { attach: true } : {}),
    })),
  );

function askedOf(args: Args): NewReport {
  const format = args.choice('format', DOWNLOAD_FORMATS) ?? 'csv';
  const range = args.choice('range', REPORT_RANGES);
  if (range === undefined) throw new UsageError(`--range is required: ${REPORT_RANGES.join(', ')}`);
  const asked = {
    flavor: args.choice('flavor', CSV_FLAVORS),
    columns: args.choice('columns', ['view', 'all']),
    compression: args.choice('compression', COMPRESSIONS),
    time_zone: args.text('time-zone'),
    schedule: scheduleOf(args),
  };
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  return {
    ...{ ...tailQuery(args), title: args.required('title'), format, range },
    recipients: recipientsOf(args),
    ...Object.fromEntries(given),
  };
}

const cellsOf = (report: Report): string[] => [
  report.report_id,
  report.title,
  report.reason === null ? report.state : `${report.state}: ${report.reason}`,
  RANGE_WORDS[report.range],
  report.schedule === null
    ? 'Only when run'
    : `${scheduleWords(report.schedule)} (${report.time_zone})`,
  report.next_runs[0] === undefined ? '' : `next ${report.next_runs[0]}`,
];
const sentCells = ({
  created_at,
  kind,
  recipient,
  state,
  attempts,
  reason,
}: Delivery): string[] => [
  ...[created_at, kind, recipient.type, recipient.to, state, `${attempts} tries`, reason ?? ''],
];

function tableOf(rows: readonly string[][]): string {
  const layout = layOut(rows, undefined);
  return rows.map((row) => `${clean(lineOf(row, layout).trimEnd())}\n`).join('');
}

/** Verbs about one report that answer it. */
const CHANGES = ['get', 'pause', 'resume', 'remove'] as const;
const changeOf = (verb: string) => CHANGES.find((one) => one === verb);

export const reportsCommand: Command = {
  summary: 'Questions that files are made of again and again: save, run, pause',
  usage: 'reports list|create|get|run|test|sent|pause|resume|remove [REPORT] --tenant ID [flags]',
  about: `A report is a question with a range of days, a schedule and recipients. Each run is an
export; see annals exports. What happened before the range and was recorded late comes with the
next run, marked. A report runs with the rights of whoever saved or resumed it last.

  annals reports create --tenant acme --title "Daily audit" --range yesterday \\
    --every day --at 02:30 --time-zone Europe/Berlin --email audit@acme.example
  annals reports run REPORT --tenant acme
  annals reports sent REPORT --tenant acme`,
  flags: {
    ...TAIL_FLAGS,
    title: { type: 'string', value: 'TEXT', help: 'create: required; the name of its files' },
    range: { type: 'string', value: 'WORD', help: `create: ${REPORT_RANGES.join(', ')}` },
    every: { type: 'string', value: 'WORD', help: 'create: day, week or month' },
    on: { type: 'string', value: 'DAY', help: `create: monday …, or 1 to ${LATEST_DAY}, or last` },
    at: { type: 'string', value: 'HH:MM', help: 'create: default 06:00' },
    cron: { type: 'string', value: 'LINE', help: 'create: in place of --every' },
    'time-zone': { type: 'string', value: 'ZONE', help: 'create: default: the project’s' },
    format: { type: 'string', value: 'WORD', help: 'create: csv (default), json or ndjson' },
    flavor: { type: 'string', value: 'WORD', help: 'create, CSV: exact (default) or spreadsheet' },
    columns: { type: 'string', value: 'WORD', help: 'create, CSV: view (default) or all' },
    compression: { type: 'string', value: 'WORD', help: 'create: none, gzip or zstd' },
    email: { type: 'string', multiple: true, value: 'ADDRESS', help: 'create: who gets a link' },
    attach: { type: 'boolean', help: 'create: mails bring small files along' },
    webhook: { type: 'string', multiple: true, value: 'URL', help: 'create: what is called' },
    s3: { type: 'string', multiple: true, value: 'PREFIX', help: 'create: where copies go' },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const [verb = 'list', id, ...more] = args.positionals;
    const tenant_id = args.required('tenant');
    if (more.length > 0) throw new UsageError(`Too many words after "reports ${verb}"`);
    const client = connect();
    const show = <T>(found: readonly T[], cells: (one: T) => string[]) =>
      terminal.write(
        json ? found.map((one) => `${cleanJson(one)}\n`).join('') : tableOf(found.map(cells)),
      );
    if (verb === 'list' || verb === 'create') {
      if (id !== undefined) throw new UsageError(`"reports ${verb}" takes no report`);
      if (verb === 'list')
        await show(await client.reports.list({ tenant_id }, { signal }), cellsOf);
      else await showMade(client, args, { signal, write: (text) => terminal.write(text) });
      return EXIT.done;
    }
    if (id === undefined) throw new UsageError(`Name the report: annals reports ${verb} REPORT`);
    const place = { tenant_id, report_id: id };
    const change = changeOf(verb);
    if (change) {
      await terminal.write(`${cleanJson(await client.reports[change](place, { signal }))}\n`);
    } else if (verb === 'run') {
      const asked = await client.reports.run(place, { signal });
      const made = await followExport({ client, terminal, signal }, asked);
      await terminal.write(`${cleanJson(made)}\n`);
    } else if (verb === 'test') await show(await client.reports.test(place, { signal }), sentCells);
    else if (verb === 'sent') {
      await show(await client.reports.deliveries(place, { signal }), sentCells);
    } else throw new UsageError(`"reports ${verb}" is not known`);
    return EXIT.done;
  },
};

/** The only time that secrets of webhooks are told. */
async function showMade(
  client: Client,
  args: Args,
  { signal, write }: { readonly signal: AbortSignal; write(text: string): Promise<void> },
): Promise<void> {
  await write(`${cleanJson(await client.reports.create(askedOf(args), { signal }))}\n`);
}

/** `annals events`: reads events back, as a table, as JSON, or one in full. */
import type { ReadEvent } from '@annals/contract/event';
import { type Notice, PAGE_LIMIT } from '@annals/contract/routes';
import type { Client, ListQuery } from '@annals/sdk';
import { type Command, EXIT, UsageError } from './command.ts';
import { LIST_FLAGS, listQuery, scopeQuery } from './question.ts';
import { clean, cleanJson } from './safe.ts';
import { describeEvent, OUTCOME_COLUMN, OUTCOME_STYLE, rowOf, titlesOf } from './show.ts';
import { type Layout, layOut, lineOf } from './table.ts';
import type { Terminal } from './terminal.ts';
import { type Clock, createClock } from './time.ts';

/** What fits on a screen and a half; more is one flag away. */
const LIMIT_DEFAULT = 50;

export interface ListOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly query: Omit<ListQuery, 'limit' | 'cursor'>;
  /** How many events in all; pages are followed until then. */
  readonly limit: number;
  readonly json: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export const jsonLines = (events: readonly ReadEvent[]): string =>
  events.map((event) => `${cleanJson(event)}\n`).join('');

/**
 * The lines of a table. Its columns are as wide as `widest` needs, or else the first page.
 */
export const createTable = (
  terminal: Terminal,
  clock: Clock,
  widest: readonly (readonly string[])[] = [],
) => {
  let layout: Layout | undefined;
  return (events: readonly ReadEvent[]): string => {
    const rows = events.map((event) => rowOf(event, clock));
    const lines: string[] = [];
    if (layout === undefined) {
      const titles = titlesOf(clock);
      layout = layOut([titles, ...(widest.length > 0 ? widest : rows)], terminal.columns);
      lines.push(lineOf(titles, layout, (text) => terminal.paint('bold', text)));
    }
    for (const [at, row] of rows.entries()) {
      const style = OUTCOME_STYLE[events[at]?.outcome?.result ?? ''];
      lines.push(
        lineOf(row, layout, (text, column) =>
          column === OUTCOME_COLUMN && style !== undefined ? terminal.paint(style, text) : text,
        ),
      );
    }
    return lines.map((line) => `${line.trimEnd()}\n`).join('');
  };
};

/** Says each notice once; that a page was short is progress, since the next one is asked for. */
const noticeTeller = (terminal: Terminal) => {
  const told = new Set<string>();
  return ({ code, detail }: Notice): void => {
    if (code === 'searched_in_part') {
      terminal.progress(detail, 0);
    } else if (!told.has(code)) {
      told.add(code);
      terminal.note(clean(`${detail} (${code})`));
    }
  };
};

/** Prints events page by page until `limit`. Returns how many. */
export const listEvents = async (options: ListOptions): Promise<number> => {
  const { client, terminal, query, limit, signal } = options;
  const table = createTable(terminal, options.clock);
  const tell = noticeTeller(terminal);
  // A query goes in the body, so that no address and no log of one holds it.
  const list = query.q === undefined ? client.events.list : client.events.search;
  let shown = 0;
  let cursor: string | null | undefined;
  while (shown < limit && cursor !== null) {
    const page = await list(
      {
        ...query,
        limit: Math.min(PAGE_LIMIT.max, limit - shown),
        ...(cursor === undefined ? {} : { cursor }),
      },
      { signal },
    ).finally(() => terminal.endProgress());
    for (const notice of page.notices) tell(notice);
    shown += page.events.length;
    if (page.events.length > 0) {
      await terminal.write(options.json ? jsonLines(page.events) : table(page.events));
    }
    cursor = page.next_cursor;
  }
  if (shown === 0) terminal.note('No events.');
  return shown;
};

export const events: Command = {
  summary: 'Read events',
  usage: 'events [ID] --tenant ID [flags]',
  about: `Shows the events of a tenant that a query means, newest first, or one event in full.

  annals events --tenant acme --from now-7d
  annals events --tenant acme -q 'actor:ada -outcome:success'
  annals events --tenant acme --limit 1000 --json | jq .action
  annals events 0192f0c1-2345-7abc-8def-0123456789ab --tenant acme`,
  flags: {
    ...LIST_FLAGS,
    limit: { type: 'string', value: 'N', help: `how many; default ${LIMIT_DEFAULT}` },
    'time-zone': {
      type: 'string',
      value: 'ZONE',
      help: 'zone of the times; default this machine’s',
    },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    const clock = createClock(args.text('time-zone'));
    const query = listQuery(args);
    const limit = args.number('limit') ?? LIMIT_DEFAULT;
    const [id, ...more] = args.positionals;
    if (more.length > 0) throw new UsageError('Give one id, or none');
    const client = connect();
    if (id === undefined) {
      await listEvents({ client, terminal, query, limit, json, clock, signal });
      return EXIT.done;
    }
    const event = await client.events.get(id, scopeQuery(args), { signal });
    const lines = json ? [cleanJson(event)] : describeEvent(event, clock);
    await terminal.write(`${lines.join('\n')}\n`);
    return EXIT.done;
  },
};

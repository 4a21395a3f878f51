/** `annals record`: records one event from flags or JSON, or a stream of events. */
import type { EventInput } from '@annals/contract/event';
import type { Receipt } from '@annals/contract/routes';
import { ACTOR_TYPES, OUTCOMES } from '@annals/contract/values';
import { type Client, EventRejectedError, type NewEvent } from '@annals/sdk';
import { type Args, type Command, EXIT, entityOf, type Flags, UsageError } from './command.ts';
import { CommandFailed } from './explain.ts';
import { type Item, readRecords } from './import/import.ts';
import { clean, cleanJson } from './safe.ts';
import { count, countedEvents, type Terminal } from './terminal.ts';

/** Events on their way: enough to fill the client's requests, few enough to keep in memory. */
const ON_WAY_MAX = 4_000;

export interface RecordStreamOptions {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly input: AsyncIterable<Uint8Array>;
  /** For events that name no tenant. */
  readonly tenantId: string | undefined;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

export interface RecordedCounts {
  readonly recorded: number;
  readonly refused: number;
}

const isEventLike = (value: unknown): value is NewEvent =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const eventOf = (text: string, tenantId: string | undefined): NewEvent | { refused: string } => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
  // The server checks each field by the contract and names the one at fault.
  if (!isEventLike(value)) return { refused: 'not a JSON object' };
  return tenantId === undefined ? value : { tenant_id: tenantId, ...value };
};

/** Reads events and records them as they come; a refused one does not stop the others. */
class Stream {
  readonly #options: RecordStreamOptions;
  #recorded = 0;
  #refused = 0;
  #onWay = 0;
  /** The first error that is not about one event. */
  #failure: unknown;

  constructor(options: RecordStreamOptions) {
    this.#options = options;
  }

  async run(): Promise<RecordedCounts> {
    const { client, input, signal } = this.#options;
    for await (const item of readRecords(input, 'auto')) {
      signal.throwIfAborted();
      this.#take(item);
      if (this.#onWay >= ON_WAY_MAX) await client.events.flush();
      if (this.#failure !== undefined) break;
    }
    await client.events.flush();
    if (this.#failure !== undefined) {
      this.#options.terminal.note(`${countedEvents(this.#recorded)} were recorded before:`);
      throw this.#failure;
    }
    return { recorded: this.#recorded, refused: this.#refused };
  }

  #take(item: Item): void {
    if (item.kind === 'broken') {
      this.#failure = new CommandFailed(`Line ${item.line}: ${item.reason}`);
      return;
    }
    if (item.kind === 'bad') {
      this.#refuse(item.line, item.reason);
      return;
    }
    const event = eventOf(item.text, this.#options.tenantId);
    if ('refused' in event) this.#refuse(item.line, event.refused);
    else this.#record(event, item.line);
  }

  #record(event: NewEvent, line: number): void {
    const { client, signal } = this.#options;
    this.#onWay += 1;
    client.events
      .record(event, { signal })
      .then((receipt) => this.#accept(receipt, line))
      .catch((error: unknown) => {
        if (error instanceof EventRejectedError) this.#refuse(line, describe(error), error);
        else this.#failure ??= error;
      })
      .finally(() => {
        this.#onWay -= 1;
      });
  }

  async #accept(receipt: Receipt, line: number): Promise<void> {
    const { terminal, json } = this.#options;
    this.#recorded += 1;
    if (json) await terminal.write(`${cleanJson({ line, ...receipt })}\n`);
  }

  #refuse(line: number, reason: string, error?: EventRejectedError): void {
    const { terminal } = this.#options;
    this.#refused += 1;
    const code = error === undefined ? '' : ` (${error.code})`;
    terminal.note(clean(`line ${line}: refused: ${reason}${code}`));
  }
}

const describe = (error: EventRejectedError): string => `${error.path} ${error.detail}`.trim();

/** Records a stream of events: one a line, an array, or one after the other. */
export const recordStream = (options: RecordStreamOptions): Promise<RecordedCounts> =>
  new Stream(options).run();

const FLAGS = {
  tenant: { type: 'string', value: 'ID', help: 'the tenant, for events that name none' },
  action: { type: 'string', value: 'NAME', help: 'what was done, for example document.shared' },
  actor: { type: 'string', value: 'TYPE:ID', help: 'who did it, for example user:u-1, or system' },
  'actor-name': { type: 'string', value: 'TEXT', help: 'the actor’s name' },
  target: { type: 'string', value: 'TYPE:ID', multiple: true, help: 'what it was done to' },
  outcome: { type: 'string', value: 'WORD', help: 'success, failure, denied or unknown' },
  reason: { type: 'string', value: 'TEXT', help: 'why it was done' },
  'occurred-at': { type: 'string', value: 'TIME', help: 'RFC 3339; default now' },
  metadata: { type: 'string', value: 'KEY=VALUE', multiple: true, help: 'anything else, as text' },
  id: { type: 'string', value: 'UUID', help: 'the event’s id; default a new one' },
} as const satisfies Flags;

const actorOf = (args: Args): EventInput['actor'] => {
  const text = args.required('actor');
  const name = args.text('actor-name');
  const rest = name === undefined ? {} : { name };
  // The two kinds of actor that need no id.
  if (text === 'system' || text === 'anonymous') return { type: text, ...rest };
  const { type: word, id } = entityOf('actor', text);
  const type = ACTOR_TYPES.find((known) => known === word);
  if (type === undefined) {
    throw new UsageError(`--actor: the type is one of ${ACTOR_TYPES.join(', ')}, not "${word}"`);
  }
  return { type, id, ...rest };
};

const metadataOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--metadata is KEY=VALUE, not "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );

const eventFromFlags = (args: Args): NewEvent => {
  const id = args.text('id');
  const tenantId = args.text('tenant');
  const occurredAt = args.text('occurred-at');
  const outcome = args.choice('outcome', OUTCOMES);
  const reason = args.text('reason');
  const targets = args.list('target').map((text) => entityOf('target', text));
  const metadata = metadataOf(args.list('metadata'));
  return {
    action: args.required('action'),
    actor: actorOf(args),
    ...(id === undefined ? {} : { id }),
    ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
    ...(occurredAt === undefined ? {} : { occurred_at: occurredAt }),
    ...(outcome === undefined ? {} : { outcome: { result: outcome } }),
    ...(reason === undefined ? {} : { reason: { text: reason } }),
    ...(targets.length === 0 ? {} : { targets }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
};

/** Flags that describe an event: with JSON they would silently mean nothing. */
const refuseEventFlags = (args: Args): void => {
  const given = Object.keys(FLAGS).find(
    (name) => name !== 'tenant' && (args.list(name).length > 0 || args.text(name) !== undefined),
  );
  if (given !== undefined) throw new UsageError(`--${given} goes with --action, not with JSON`);
};

export const record: Command = {
  summary: 'Record events',
  usage: 'record [JSON | -] [flags]',
  about: `Records one event from flags or from JSON, or all events on standard input (one a line, an
array, or one after the other), as they come. Ends with 2 if an event was refused.

  annals record --tenant acme --action document.shared --actor user:u-1 --target document:d-7
  annals record '{"tenant_id":"acme","action":"login","actor":{"type":"user","id":"u-1"}}'
  tail -f events.ndjson | annals record --tenant acme`,
  flags: FLAGS,
  run: async ({ args, terminal, signal, json, connect }) => {
    const [given, ...more] = args.positionals;
    if (more.length > 0) throw new UsageError('Put the JSON in quotes, as one argument');
    const one = args.text('action') === undefined ? undefined : eventFromFlags(args);
    if (one !== undefined && given !== undefined) {
      throw new UsageError('Give an event as flags or as JSON, not both');
    }
    if (one !== undefined) {
      const receipt = await connect().events.record(one, { signal });
      const words = `Recorded ${receipt.id} as event ${receipt.sequence}.`;
      await terminal.write(`${json ? cleanJson(receipt) : clean(words)}\n`);
      return EXIT.done;
    }
    refuseEventFlags(args);
    const isStdin = given === undefined || given === '-';
    if (given === undefined && terminal.input.isTTY === true) {
      throw new UsageError('Give an event as JSON, by --action and --actor, or on standard input');
    }
    const input = isStdin ? terminal.input : textInput(given);
    const tenantId = args.text('tenant');
    const counts = await recordStream({
      client: connect(),
      terminal,
      input,
      tenantId,
      json,
      signal,
    });
    terminal.note(`Recorded ${count(counts.recorded)}, refused ${count(counts.refused)}.`);
    return counts.refused === 0 ? EXIT.done : EXIT.found;
  },
};

async function* textInput(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text);
}

/** `annals tail`: events as they are recorded, a line each, until it is stopped. */
import type { AnnalsError } from '@annals/sdk';
import { type Command, EXIT, UsageError } from './command.ts';
import { createTable, jsonLines } from './events.ts';
import { TAIL_FLAGS, tailQuery } from './question.ts';
import { clean } from './safe.ts';
import type { Terminal } from './terminal.ts';
import { createClock } from './time.ts';

/** Room for most events: a tail's columns are laid out before the first of them is there. */
const WIDEST = ['2026-01-02 03:04:05', 24, 32, 40, 16].map((cell) =>
  typeof cell === 'number' ? 'x'.repeat(cell) : cell,
);

/** Says that the connection was lost, once, and that it is back. */
const breakTeller = (terminal: Terminal) => {
  let isBroken = false;
  return {
    onBreak: ({ detail }: AnnalsError): void => {
      if (!isBroken) terminal.note(clean(`${detail}. Trying again.`));
      isBroken = true;
    },
    onPlace: (): void => {
      if (isBroken) terminal.note('Connected again; nothing was missed.');
      isBroken = false;
    },
  };
};

export const tail: Command = {
  summary: 'Watch events as they are recorded',
  usage: 'tail --tenant ID [-q QUERY] [flags]',
  about: `Prints each event that a query means as soon as it is recorded, until Ctrl-C. When the
connection breaks it is made again, and goes on where it was.

  annals tail --tenant acme -q '(outcome:denied or severity:>=high)'
  annals tail --tenant acme --json | jq --unbuffered .action`,
  flags: {
    ...TAIL_FLAGS,
    'time-zone': {
      type: 'string',
      value: 'ZONE',
      help: 'zone of the times; default this machine’s',
    },
  },
  run: async ({ args, terminal, signal, json, connect }) => {
    if (args.positionals.length > 0) throw new UsageError('Write the query behind -q');
    const clock = createClock(args.text('time-zone'));
    const table = createTable(terminal, clock, [WIDEST]);
    const options = { signal, ...breakTeller(terminal) };
    for await (const event of connect().events.tail(tailQuery(args), options)) {
      await terminal.write(json ? jsonLines([event]) : table([event]));
    }
    return EXIT.done;
  },
};

/** `annals start`: runs the server in this process. Its flags are the server's own. */
import { type Command, EXIT } from './command.ts';

export const start: Command = {
  summary: 'Run the server',
  usage: 'start [--demo]',
  about: `Runs the server until it is stopped. Settings come from the environment: ANNALS_PORT
(4600), ANNALS_HOST, ANNALS_DATA (./data), DATABASE_URL and more. The first start prints a key.
--demo fills the project \`demo\` with example events.

  annals start --demo`,
  flags: {},
  raw: true,
  run: async ({ args }) => {
    // Only here: the other commands must not wait for the server's code to load.
    const server = await import('@annals/server/main');
    await server.main([...args.positionals]);
    return EXIT.done;
  },
};

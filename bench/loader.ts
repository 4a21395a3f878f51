/** The bench's end of the load generator: starts it, hands it one task at a time. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadResult, Reply, Task } from './load.ts';
import { type Cleanup, endProcess } from './processes.ts';

export interface Loader {
  /** Throws what went wrong in the load generator, or that it ended. */
  perform(task: Task): Promise<LoadResult>;
}

export const startLoader = (cleanup: Cleanup): Loader => {
  const child = fork(fileURLToPath(new URL('./load.ts', import.meta.url)), [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  cleanup.add(() => endProcess(child));
  return {
    perform: (task) =>
      new Promise((resolve, reject) => {
        const ended = (): void => reject(new Error('the load generator ended'));
        child.once('exit', ended);
        child.once('message', (reply: Reply) => {
          child.removeListener('exit', ended);
          if ('result' in reply) resolve(reply.result);
          else reject(new Error(reply.error));
        });
        child.send(task);
      }),
  };
};

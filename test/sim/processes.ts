/** Tasks dealt out to processes, each of which has one at a time, and one that waits. */
import { fork, type ChildProcess } from 'node:child_process';
import { bundleWorker } from './bundle.ts';
import type { Result, Task } from './tasks.ts';

/** Of short-lived memory a run makes some hundred MiB, and its code is run too seldom to be optimised: together a sixth of the CPU (measured). */
const FLAGS = ['--max-semi-space-size=64', '--always-sparkplug', '--enable-source-maps'];

/** Rejects when a process dies. `onResult` returning false ends it early. */
export async function runInProcesses(
  tasks: Iterable<Task>,
  processes: number,
  onResult: (result: Result) => boolean,
): Promise<void> {
  const worker = await bundleWorker();
  const source = tasks[Symbol.iterator]();
  let over = false;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child: ChildProcess = fork(worker, [], { execArgv: FLAGS, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      let running = 0;
      const next = (): void => {
        while (!over && running < 2) {
          const task = source.next();
          if (task.done === true) break;
          running++;
          child.send(task.value);
        }
        if (running === 0) child.disconnect();
      };
      child.on('message', (result: Result) => {
        running--;
        if (!over && !onResult(result)) over = true;
        next();
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        if (running === 0 || over) resolve();
        else reject(new Error(`a process of the simulation died with code ${code ?? 'none'}`));
      });
      next();
    });
  await Promise.all(Array.from({ length: processes }, work));
}

/** A process that runs what it is told to, one task after the other. */
import { runTask, type Task } from './tasks.ts';

let busy: Promise<void> = Promise.resolve();

process.on('message', (task: Task) => {
  busy = busy.then(async () => void process.send?.(await runTask(task)));
});
// whoever started it has gone
process.on('disconnect', () => process.exit());

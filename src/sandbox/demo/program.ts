/** The operator as the demo uses it. It is given from above: nothing below the top of src knows the program that is made of it. */
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Settings } from '../../controllers/context.ts';
import type { Figures } from '../../controllers/figures.ts';
import type { KubeClient } from '../../kube/types.ts';

export interface RunningProgram {
  client: KubeClient;
  operator: { figures(): Figures };
  stop(): Promise<void>;
}

export type StartProgram = (options: {
  config: { files: string[] };
  namespaces: undefined;
  log: Log;
  http: undefined;
  random: Random;
  settings: Partial<Settings>;
}) => Promise<RunningProgram>;

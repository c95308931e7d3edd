/** The `ehos` command against the sandbox, as a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ehos, type Ended } from '../unit/cli/command.ts';
import type { KubeApiSandbox } from '../../src/sandbox/kube/api.ts';

export class Cli {
  readonly folder = mkdtempSync(join(tmpdir(), 'ehos-cli-'));
  readonly kubeconfig: string;

  constructor(kube: Pick<KubeApiSandbox, 'kubeconfig'>) {
    this.kubeconfig = this.write('kubeconfig', kube.kubeconfig());
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** Objects as one file of YAML documents. */
  manifest(name: string, objects: readonly object[]): string {
    return this.write(name, objects.map((object) => stringify(object)).join('---\n'));
  }

  async run(...args: string[]): Promise<Ended> {
    return await ehos(args, { KUBECONFIG: this.kubeconfig });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The chart starts a program and an image that are in this repository too. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CHART, type ChartObject } from '../../../scripts/chart-render.ts';
import { runCommand } from '../../../src/cli/run.ts';
import { objectsOf, withHelm } from './helm.ts';

interface Pod {
  securityContext: Record<string, unknown>;
  containers: { args: string[] }[];
}

const options = new Map(runCommand().options.map((option) => [option.long, option]));
const dockerfile = readFileSync(`${CHART}/../../Dockerfile`, 'utf8');

describe('values of the chart', () => {
  const { settings, log, service } = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as {
    settings: Record<string, number>;
    log: { level: string; format: string };
    service: { port: number };
  };
  const flag = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

  it('have the defaults of the program', () => {
    for (const [key, value] of Object.entries(settings))
      expect(options.get(flag(key))?.defaultValue, key).to.equal(value);
    expect(options.get('--log-level')?.defaultValue).to.equal(log.level);
    expect(options.get('--log-format')?.defaultValue).to.equal(log.format);
    expect(options.get('--metrics-port')?.defaultValue).to.equal(service.port);
  });
});

withHelm('the Deployment of the chart', () => {
  const pod = (form: string): Pod => {
    const { spec } = objectsOf(form).find(({ kind }) => kind === 'Deployment') as ChartObject & {
      spec: { template: { spec: Pod } };
    };
    return spec.template.spec;
  };

  it('gives the program no option twice, and each with what it takes', () => {
    for (const form of ['default', 'everything', 'minimal']) {
      const [command, ...args] = pod(form).containers[0]?.args ?? [];
      expect(command).to.equal('run');
      const flags = args.map((arg) => arg.split('=')[0]);
      expect(new Set(flags).size, form).to.equal(flags.length);
      for (const arg of args) {
        const option = options.get(arg.split('=')[0]);
        if (option) expect(arg.includes('='), arg).to.equal(option.required);
      }
    }
  });

  it('runs as the user of the image', () => {
    const { runAsUser, runAsGroup } = pod('default').securityContext;
    expect(/^USER (\S+)$/m.exec(dockerfile)?.[1]).to.equal(`${String(runAsUser)}:${String(runAsGroup)}`);
  });
});

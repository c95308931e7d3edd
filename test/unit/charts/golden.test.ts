import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CHART, golden, goldenText, helm, valuesOf } from '../../../scripts/chart-render.ts';
import { formNames, helmPath, objectsOf, withHelm } from './helm.ts';

interface Meta {
  version: string;
  appVersion: string;
}

describe('the chart', () => {
  it('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as Meta;
    const chart = parse(readFileSync(`${CHART}/Chart.yaml`, 'utf8')) as Meta;
    expect(chart).to.include({ version, appVersion: version });
  });

  it('has the forms that its tests are about', () =>
    expect(formNames).to.deep.equal(['default', 'everything', 'minimal', 'namespaces']));
});

withHelm('the chart as helm renders it', () => {
  for (const form of formNames) {
    it(`${form}: equals its golden file (UPDATE=1 make chart)`, () =>
      expect(goldenText(objectsOf(form))).to.equal(golden(form)));

    it(`${form}: passes helm lint --strict`, () => {
      const { code, stdout, stderr } = helm(helmPath ?? '', ['lint', '--strict', CHART, '--values', valuesOf(form)]);
      expect(code, stdout + stderr).to.equal(0);
    });
  }

  it('names everything that is in a namespace with its namespace, so that nothing lands in that of the kubeconfig', () => {
    const cluster = /^(Cluster|CustomResource|ValidatingAdmission)/;
    for (const form of formNames)
      for (const { kind, metadata } of objectsOf(form))
        expect(metadata.namespace === undefined, `${form}: ${kind} ${metadata.name}`).to.equal(cluster.test(kind));
  });
});

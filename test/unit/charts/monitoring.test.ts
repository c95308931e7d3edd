/** Alerts and dashboard are files of the chart; what the cluster gets is what stands in them. */
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CHART, isFile, type ChartObject } from '../../../scripts/chart-render.ts';
import { objectsOf, withHelm } from './helm.ts';

const files: [file: string, kind: string, content: (object: ChartObject) => unknown][] = [
  ['alerts.yaml', 'PrometheusRule', ({ spec }) => spec],
  ['dashboard.json', 'ConfigMap', ({ data }) => parse((data as Record<string, string>)['ehos.json'] ?? '') as unknown],
];

/** As ci/everything-values.yaml says where they are served. */
const withRunbooks = (text: string): string =>
  text.replaceAll('runbook_url: docs/runbooks/', 'runbook_url: https://wiki.example.org/ehos/runbooks/');

withHelm('alerts and dashboard of the chart', () => {
  for (const [file, kind, content] of files) {
    const path = `${CHART}/files/${file}`;

    it(`${kind} holds files/${file}, with its braces, and is not there without it`, () => {
      const found = objectsOf('everything').filter((object) => object.kind === kind);
      if (!existsSync(path)) return expect(found).to.deep.equal([]);
      return expect(found.map(content)).to.deep.equal([parse(withRunbooks(readFileSync(path, 'utf8')))]);
    });
  }

  it('bear the labels by which they are found', () => {
    for (const { kind, metadata } of objectsOf('everything').filter(isFile))
      expect(metadata.labels, kind).to.include(
        kind === 'ConfigMap' ? { grafana_dashboard: '1' } : { release: 'prometheus' },
      );
  });

  it('are not there unless asked for', () => {
    for (const form of ['default', 'minimal', 'namespaces'])
      expect(objectsOf(form).filter((object) => isFile(object) || object.kind === 'ServiceMonitor')).to.deep.equal([]);
  });

  it('ServiceMonitor finds the Service, by its labels and the name of its port', () => {
    const one = (kind: string): ChartObject => objectsOf('everything').find((object) => object.kind === kind)!;
    const monitor = one('ServiceMonitor').spec as {
      selector: { matchLabels: Record<string, string> };
      endpoints: { port: string; honorLabels: boolean }[];
    };
    const service = one('Service');
    const { ports } = service.spec as { ports: { name: string }[] };
    expect(service.metadata.labels).to.include(monitor.selector.matchLabels);
    expect(monitor.endpoints.map(({ port }) => port)).to.deep.equal(ports.map(({ name }) => name));
    expect(monitor.endpoints.map(({ honorLabels }) => honorLabels)).to.deep.equal([true]);
  });
});

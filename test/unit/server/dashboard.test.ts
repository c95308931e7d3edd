/** What Grafana 11 and 12 take on import: a model of schemaVersion 39 without an id, each panel in its place, data sources by variable. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { FILES } from '../../promtool/rules.ts';
import { problemsOf } from './named-metrics.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { type: string; uid: string };
  targets?: { refId: string; expr: string; datasource: { type: string; uid: string } }[];
}

interface Dashboard {
  id: null;
  uid: string;
  title: string;
  schemaVersion: number;
  panels: Panel[];
  templating: { list: { name: string; type: string; definition?: string }[] };
}

const dashboard = JSON.parse(readFileSync(new URL('dashboard.json', FILES), 'utf8')) as Dashboard;
const { panels } = dashboard;
const graphs = panels.filter(({ type }) => type !== 'row');

describe('the dashboard', () => {
  it('can be imported', () => {
    expect(dashboard).to.deep.include({ id: null, uid: 'ehos-operator', schemaVersion: 39 });
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    expect(new Set(graphs.map(({ type }) => type))).to.have.all.keys('stat', 'table', 'timeseries', 'bargauge');
  });

  it('has variables for data source, namespace, pool and cloud, which Prometheus can fill', () => {
    const variables = dashboard.templating.list;
    expect(variables.map(({ name }) => name)).to.deep.equal(['datasource', 'namespace', 'pool', 'cloud']);
    expect(variables.flatMap(({ definition = '' }) => problemsOf(definition))).to.deep.equal([]);
    const used = JSON.stringify(panels).match(/\$\{?\w+/g) ?? [];
    const names = new Set(used.map((one) => one.replace(/\W/g, '')));
    expect([...names].sort()).to.deep.equal(['cloud', 'datasource', 'namespace', 'pool']);
  });

  it('has a place for each panel, and none lies on another', () => {
    const cells = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.get(`${x} ${y}`), title).to.equal(undefined);
          cells.set(`${x} ${y}`, title);
        }
    }
  });

  it('shows queue, capacity, quota and reasons', () => {
    const asked = graphs.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n');
    for (const name of ['ehos_jobs', 'ehos_nodes', 'ehos_cloud_quota_used', 'ehos_decisions_total', 'ehos_pool_info'])
      expect(asked).to.include(name);
  });

  for (const { title, targets = [], datasource } of graphs)
    it(`asks for what is told: ${title}`, () => {
      expect(targets).to.not.have.length(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).to.equal(targets.length);
      for (const source of [datasource, ...targets.map((target) => target.datasource)])
        expect(source).to.deep.equal({ type: 'prometheus', uid: '${datasource}' });
      expect(targets.flatMap(({ expr }) => problemsOf(expr))).to.deep.equal([]);
    });
});

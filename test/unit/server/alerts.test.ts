import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { ALERT_CASES } from '../../promtool/alert-cases.ts';
import { readRules } from '../../promtool/rules.ts';
import { problemsOf } from './named-metrics.ts';

const PAGES = new URL('../../../docs/runbooks/', import.meta.url);
const rules = readRules();
const names = rules.map(({ alert }) => alert);
const pages = readdirSync(PAGES).filter((name) => name !== 'README.md');

describe('alerts', () => {
  it('have one page each, and each page has its alert', () =>
    expect(pages.toSorted()).to.deep.equal(names.map((name) => `${name}.md`).toSorted()));

  it('are listed in the order of the file, with their severity', () => {
    const index = readFileSync(new URL('README.md', PAGES), 'utf8');
    const rows = [...index.matchAll(/^\| \[(\w+)\]\((\w+)\.md\) +\| (\w+) +\|/gm)];
    expect(rows.map(([, name, page, severity]) => [name, page, severity])).to.deep.equal(
      rules.map(({ alert, labels }) => [alert, alert, labels.severity]),
    );
  });

  it('fire and stay quiet as they should, the most of them: see make promtool', () => {
    const tested = new Set(ALERT_CASES.map(({ alert }) => alert));
    expect([...tested].filter((alert) => !names.includes(alert))).to.deep.equal([]);
    expect(tested.size).to.be.at.least(names.length / 2);
  });

  it('ask for what is told', () => {
    expect(problemsOf('ehos_nodez > 0 and ehos_nodes{color="red"} > 0')).to.deep.equal([
      'ehos_nodez is not told',
      'ehos_nodes has no label color',
    ]);
  });

  for (const { alert, expr, labels, annotations } of rules)
    describe(alert, () => {
      const page = readFileSync(new URL(`${alert}.md`, PAGES), 'utf8');

      it('asks for metrics and labels that are told', () => {
        expect(expr).to.match(/\behos_/);
        expect(problemsOf(expr)).to.deep.equal([]);
      });

      it('has a severity and says what is wrong with which object', () => {
        expect(labels.severity).to.match(/^(critical|warning|info)$/);
        expect(annotations.summary).to.match(/^[A-Z].*[^.]$/);
        expect(annotations.description).to.match(/\.$/);
        // nothing is there to be named when nothing is told at all
        if (!expr.startsWith('absent(')) expect(annotations.description).to.include('$labels.');
        expect(annotations.runbook_url).to.equal(`docs/runbooks/${alert}.md`);
      });

      it('has a page that says what it means, how to check it with kubectl, and how to mend it', () => {
        const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
        expect(headings).to.deep.equal([alert, 'Symptom', 'Meaning', 'Check', 'Mend', 'When to ignore']);
        expect(page).to.include(`${annotations.summary}. Severity: ${labels.severity}.`);
        expect(/## Check\n\n```sh\n([\s\S]*?)```/.exec(page)?.[1]).to.include('kubectl');
      });
    });
});

/** docs/howto.md, typed in its order against the sandbox: each command that has its peer here must succeed, and what it is for must follow. */
import { expect } from 'chai';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { blocksOf, commandsOf, type Block } from './document.ts';
import type { EhosNode } from '../../src/api/resources.ts';
import { QuickStart } from './quickstart-stage.ts';
import { findKubectl } from './shell.ts';

const PAGE = 'docs/howto.md';
const PATIENCE = 30_000;

/** What blocks begin with that are not typed. */
const NOT_TYPED = [
  // the operator is no Deployment here
  'kubectl scale deployment ehos --namespace ehos-system --replicas=0',
  // it has no pods, of which these ask
  'ehos snapshot -o now.yaml',
];

/** Nodes of the page, in the order in which they are given names here. */
const NODES = ['general-x7k2p', 'general-b4mzq'];

const blocks = blocksOf(PAGE);
const isTyped = ({ language, text }: Block): boolean =>
  language === 'sh' && !NOT_TYPED.includes(commandsOf(text)[0] ?? '');

describe('the commands of the how-to', () => {
  it('that are not typed here are on the page', () =>
    expect(blocks.map(({ text }) => commandsOf(text)[0])).to.include.members(NOT_TYPED));
});

const kubectl = findKubectl();
if (kubectl === undefined)
  console.warn('NOT RUN: the commands of the how-to (EHOS_KUBECTL and PATH name no kubectl of 1.27 or newer)');
else
  describe('the how-to', function () {
    this.timeout(60_000);
    this.bail(true);
    let stage: QuickStart;
    before(async () => {
      stage = await QuickStart.start(kubectl);
      await stage.shell.must('kubectl apply -f crds/');
      const [cloudsYaml, first] = blocksOf('docs/quickstart.md').filter(({ language }) => language === 'yaml');
      stage.writeCloudsYaml(cloudsYaml!.text);
      stage.scanHostKey();
      stage.writeFirst(first!.text);
      const key = '--from-file=ssh-privatekey=id_ed25519';
      await stage.shell.must('kubectl create secret generic east-clouds --from-file=clouds.yaml');
      await stage.shell.must(`kubectl create secret generic condor-ssh ${key} --from-file=known_hosts`);
      await stage.runOperator();
      await begin();
      copyFileSync('config/snapshots/small.yaml', join(stage.shell.folder, 'now.yaml'));
    });
    after(async () => await stage.close());

    const begin = async (): Promise<void> => {
      await stage.shell.must('kubectl apply -f first.yaml');
      await stage.shell.must(`kubectl patch epool general --type merge -p '{"spec":{"mode":"Active"}}'`);
      await stage.shell.must('kubectl wait --for=condition=Ready ecloud/east emaster/main --timeout=60s');
    };
    /** Where the page takes something for granted. */
    const given: Readonly<Record<string, () => Promise<unknown>>> = {
      'Move to another cloud': async () => {
        const east = parse(await stage.shell.must('kubectl get ecloud east -o yaml')) as { spec: object };
        const west = { apiVersion: 'ehos.io/v1alpha1', kind: 'EhosCloud', metadata: { name: 'west' }, spec: east.spec };
        stage.shell.write('west.yaml', stringify(west));
        await stage.shell.must('kubectl apply -f west.yaml');
      },
      // the cloud has gone by what was typed last
      'Suspend everything at once': begin,
      'Protect a node': async () => {
        await stage.shell.must(`kubectl patch ecloud east --type merge -p '{"spec":{"suspend":false}}'`);
        await stage.shell.must(`kubectl patch epool general --type merge -p '{"spec":{"mode":"Active","minNodes":2}}'`);
        for (const end = Date.now() + PATIENCE; idle().length < NODES.length; await pause())
          if (Date.now() > end)
            throw new Error(`no two nodes are idle:\n${await stage.shell.must('kubectl get enode')}`);
      },
    };
    const pause = async (): Promise<unknown> => await new Promise((resolve) => setTimeout(resolve, 100));
    const idle = (): string[] =>
      (stage.sandbox.kube.objects('ehosnodes') as unknown as EhosNode[])
        .filter(({ status }) => status?.nodeState === 'Idle' && status.drainRequested === undefined)
        .map(({ metadata }) => metadata.name);

    const follows: Readonly<Record<string, (printed: string) => unknown>> = {
      'Move to another cloud': async () =>
        expect(await stage.shell.must('kubectl get ecloud -o name')).to.equal('ehoscloud.ehos.io/west\n'),
      'Suspend everything at once': async () =>
        expect(await stage.shell.must(`kubectl get epool -o jsonpath='{.items[*].spec.mode}'`)).to.equal('Paused'),
      'Remove one node': (printed) => expect(printed).to.match(/is gone\n$/),
      'Find out why nothing happens': (printed) =>
        expect(printed).to.match(/^(pool general in namespace default|nothing to do: )/),
      'Try a change before it is made': (printed) => expect(printed).to.include('general'),
    };

    const asked = new Set<string>();
    const ofNodes = (text: string): string => {
      const names = idle();
      return NODES.reduce((words, name, i) => words.replaceAll(name, names[i % names.length] ?? ''), text);
    };
    for (const block of blocks.filter(isTyped))
      it(`${block.section}: ${commandsOf(block.text)[0]!.slice(0, 90)}`, async () => {
        if (!asked.has(block.section)) await given[block.section]?.();
        asked.add(block.section);
        // the other image that the sandbox has
        const text = block.text.replace('ehos-worker-2', 'ehos-worker-old');
        const printed = await stage.shell.must(ofNodes(text));
        await follows[block.section]?.(printed);
      });

    it('GPU jobs: the pool of the page is taken', async () => {
      stage.shell.write('gpu.yaml', blocks.find(({ language }) => language === 'yaml')!.text);
      expect(await stage.shell.must('kubectl apply -f gpu.yaml')).to.equal('ehosnodepool.ehos.io/gpu created\n');
    });

    it('kills no job and makes no server beyond those that were asked for', () => {
      expect(stage.sandbox.pool.killedByDrain).to.deep.equal([]);
      expect(stage.sandbox.openstack.events.filter(({ type }) => type === 'requested').length).to.be.lessThan(8);
    });
  });

/**
 * docs/quickstart.md, typed as it stands there: its commands for kubectl and `ehos` by the real ones, against the sandbox. What needs a peer that is
 * not here is named below, with what stands for it. A command of the page that is in neither list fails the test, and so does one that has left the page.
 */
import { once } from 'node:events';
import { expect } from 'chai';
import { blocksOf, commandsInTables, commandsOf, type Block } from './document.ts';
import { QuickStart } from './quickstart-stage.ts';
import { findKubectl } from './shell.ts';

const PAGE = 'docs/quickstart.md';
const WITH_HELM = 'In ten minutes, with Helm';
/** For what comes by and by, real milliseconds; the peers' time runs faster. */
const PATIENCE = 25_000;

interface Step {
  prints: RegExp;
  /** `again`: until it prints so. `watch`: it goes on by itself, and is ended when it has. */
  how?: 'again' | 'watch';
}

const INIT =
  'ehos init --clouds-yaml clouds.yaml --cloud east --image ehos-worker --network private --security-group ehos-worker --flavor m1.small m1.large --max-nodes 3 --master condor.example.org --private-key id_ed25519 --condor-host 10.20.0.1 --fingerprint SHA256:...';
const ACTIVE = `kubectl patch epool general --type merge -p '{"spec":{"mode":"Active"}}'`;
const PAUSED = `kubectl patch epool general --type merge -p '{"spec":{"mode":"Paused"}}'`;
const UNSCALED = `kubectl patch epool general --type json -p '[{"op":"remove","path":"/spec/replicas"}]'`;

const RUN: Readonly<Record<string, Step>> = {
  [INIT]: { prints: /wrote ehos\/secrets\.yaml \(holds secrets\)/ },
  'ehos check -f ehos/': { prints: /./ },
  'kubectl apply -f ehos/': { prints: /ehosnodepool\.ehos\.io\/general created/ },
  'kubectl wait --for=condition=Ready ecloud/east emaster/main epool/general --timeout=60s': {
    prints: /ehosnodepool\.ehos\.io\/general condition met/,
  },
  'ehos why general': { prints: /would create 1 node/, how: 'again' },
  [ACTIVE]: { prints: /general patched/ },
  'kubectl get enode --watch': { prints: /^general-\S+ +Ready +Active +(Idle|Busy) /m, how: 'watch' },
  'ehos status': { prints: /^general +1 +\d+ +3 /m, how: 'again' },
  'kubectl apply -f crds/': { prints: /ehosnodepools\.ehos\.io created/ },
  'kubectl wait --for=condition=Established -f crds/ --timeout=60s': {
    prints: /ehosnodepools\.ehos\.io condition met/,
  },
  'kubectl explain epool.spec': { prints: /maxNodes\s+<integer>/ },
  'kubectl create secret generic east-clouds --from-file=clouds.yaml': { prints: /secret\/east-clouds created/ },
  'kubectl create secret generic condor-ssh --type=kubernetes.io/ssh-auth --from-file=ssh-privatekey=id_ed25519 --from-file=known_hosts':
    { prints: /secret\/condor-ssh created/ },
  'kubectl apply -f first.yaml': { prints: /ehosnodepool\.ehos\.io\/general created/ },
  'kubectl wait --for=condition=Ready ecloud/east emaster/main --timeout=60s': {
    prints: /ehosmaster\.ehos\.io\/main condition met/,
  },
  'kubectl get ehos -o wide': { prints: /ehosnodepool\.ehos\.io\/general +True/, how: 'again' },
  [`kubectl get epool general -o jsonpath='{.status.lastDecision}{"\\n"}'`]: {
    prints: /would create 1 node/,
    how: 'again',
  },
  [PAUSED]: { prints: /general patched/ },
  [`kubectl patch ecloud east --type merge -p '{"spec":{"suspend":true}}'`]: { prints: /east patched/ },
  'kubectl scale epool general --replicas=2': { prints: /general scaled/ },
  [UNSCALED]: { prints: /general patched/ },
  'kubectl annotate enode NAME ehos.io/do-not-disrupt=true': { prints: /annotated/ },
  'kubectl annotate enode NAME ehos.io/delete-first=true': { prints: /annotated/ },
  'kubectl delete enode NAME': { prints: /deleted/ },
  'kubectl delete epool general': { prints: /deleted/ },
  'kubectl delete emaster/main ecloud/east': { prints: /deleted/ },
  'kubectl delete secret east-clouds condor-ssh': { prints: /deleted/ },
  'kubectl delete -f crds/': { prints: /ehosnodes\.ehos\.io" deleted/ },
};

/** Not run, and what stands for it where something must. */
const NOT_RUN: Readonly<Record<string, (stage: QuickStart) => unknown>> = {
  // the life of the chart has a test of its own (chart.test.ts): what matters here is that the operator runs, and that the definitions are there
  'helm install ehos charts/ehos-operator --namespace ehos-system --create-namespace --wait --set image.repository=registry.example.org/ehos-operator':
    async (stage) => {
      await stage.shell.must('kubectl apply -f crds/');
      await stage.runOperator();
    },
  // `ehos` is run from the sources
  'make build': () => undefined,
  'npm link': () => undefined,
  // there is no OpenStack client, and the sandbox has group and credential
  'openstack security group create ehos-worker': () => undefined,
  'openstack security group rule create ehos-worker --protocol tcp --dst-port 9618 --remote-ip MASTER-ADDRESS/32': () =>
    undefined,
  'openstack application credential create ehos -f json': () => undefined,
  'ssh-keyscan -t ed25519 condor.example.org > known_hosts': (stage) => stage.scanHostKey(),
  // in this process, on the sandbox's clock
  'node --max-semi-space-size=4 --no-wasm-tier-up --no-wasm-dynamic-tiering dist/ehos.mjs run --log-format text':
    async (stage) => await stage.runOperator(),
};

const blocks = blocksOf(PAGE);
const inTables = commandsInTables(PAGE, 'kubectl');
const typed = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => commandsOf(text));

describe('the commands of the quick start', () => {
  it('are all run here, or named as not run', () =>
    expect([...new Set([...typed, ...inTables])].sort()).to.deep.equal(
      [...Object.keys(RUN), ...Object.keys(NOT_RUN)].sort(),
    ));
});

const kubectl = findKubectl();
if (kubectl === undefined)
  console.warn('NOT RUN: the commands of the quick start (EHOS_KUBECTL and PATH name no kubectl of 1.27 or newer)');
else {
  const cloudsYaml = blocks.find(({ language }) => language === 'yaml')?.text ?? '';
  const submitFile = blocks.find(({ text }) => text.startsWith('executable'))?.text ?? '';

  follow('with Helm', kubectl, {
    parts: blocks.filter(({ section }) => section === WITH_HELM),
    begin: (stage) => stage.writeCloudsYaml(cloudsYaml),
    // the page sends the reader to its other part for the job
    before: { 'ehos why general': (stage) => stage.submit(submitFile) },
  });
  follow('by hand', kubectl, {
    parts: blocks.filter(({ section }) => section !== WITH_HELM),
    begin: () => undefined,
    before: {},
  });
}

interface Way {
  parts: Block[];
  begin: (stage: QuickStart) => void;
  /** What the page says in words only, before a command. */
  before: Readonly<Record<string, (stage: QuickStart) => void>>;
}

function follow(way: string, program: string, { parts, begin, before: words }: Way): void {
  describe(`the quick start ${way}`, function () {
    this.timeout(60_000);
    this.bail(true);
    let stage: QuickStart;
    before(async () => {
      stage = await QuickStart.start(program);
      begin(stage);
    });
    after(async () => await stage.close());

    for (const part of parts) {
      if (part.section === '9. Clean up' && part === parts.find(({ section }) => section === '9. Clean up')) dayByDay();
      takeUp(part);
    }

    function takeUp({ language, text }: Block): void {
      if (language === 'sh') for (const command of commandsOf(text)) type(command);
      else if (text.startsWith('clouds:')) it('takes the clouds.yaml', () => stage.writeCloudsYaml(text));
      else if (language === 'yaml') it('takes the cloud, the master and the pool', () => stage.writeFirst(text));
      else it('submits the job', () => stage.submit(text));
    }

    function type(command: string): void {
      const instead = NOT_RUN[command];
      if (instead)
        it(`(not run) ${command}`, async () => {
          await instead(stage);
        });
      else
        it(command, async () => {
          words[command]?.(stage);
          await check(stage, command);
        });
    }

    /** The table, when the page's own node has run its job: first what is said of a node, then its removal. */
    function dayByDay(): void {
      it('runs the job', async () => {
        for (const end = Date.now() + PATIENCE; stage.sandbox.pool.history().length === 0 && Date.now() < end;)
          await new Promise((resolve) => setTimeout(resolve, 100));
        expect(stage.sandbox.pool.history().map(({ outcome, starts }) => [outcome, starts])).to.deep.equal([
          ['Completed', 1],
        ]);
      });
      const later = (command: string): number => (command.includes(' delete ') ? 1 : 0);
      for (const command of inTables.toSorted((a, b) => later(a) - later(b)))
        // the last one stands in the next part of the page, too
        if (command !== 'kubectl delete epool general') type(command);
      it('leaves no server', () => expect(stage.sandbox.openstack.servers()).to.deep.equal([]));
    }
  });
}

async function check(stage: QuickStart, command: string): Promise<void> {
  const step = RUN[command];
  if (!step) throw new Error(`${PAGE} has a command that is neither run nor named as not run: ${command}`);
  const { prints, how } = step;
  const words = await hereWords(stage, command);
  if (how === 'watch') {
    await watch(stage, words, prints);
    return;
  }
  const end = Date.now() + PATIENCE;
  let last = await stage.shell.type(words);
  while (how === 'again' && !prints.test(last.text) && Date.now() < end) last = await stage.shell.type(words);
  expect(last.text).to.match(prints);
  expect(last.code, last.text).to.equal(0);
}

/** The same for the peers that there are here. */
async function hereWords(stage: QuickStart, command: string): Promise<string> {
  if (command === INIT) return stage.initCommand(command);
  if (!command.includes(' NAME')) return command;
  const node = (await stage.shell.must('kubectl get enode -o name')).trim().replace(/^.*\//, '');
  return command.replace('NAME', node);
}

async function watch(stage: QuickStart, command: string, prints: RegExp): Promise<void> {
  const child = stage.shell.start(`exec ${command}`);
  let text = '';
  const over = setTimeout(() => child.kill(), PATIENCE);
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (prints.test(text)) child.kill();
  });
  await once(child, 'close');
  clearTimeout(over);
  expect(text).to.match(prints);
}

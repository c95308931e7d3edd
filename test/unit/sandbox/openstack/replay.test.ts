/** Every captured exchange with a real OpenStack, replayed against the sandbox in the same state and compared. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { contentTypeOf, differences } from './compare.ts';
import type { Answer } from './harness.ts';
import { startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';
import { NOT_APPLICABLE } from './not-applicable.ts';
import { Recorder } from './recorder.ts';
import * as first from './scenario-services.ts';
import { closureSandbox, closureScenario } from './scenario-closure.ts';
import { limitsSandbox, limitsScenario } from './scenario-limits.ts';
import { outageScenario } from './scenario-outages.ts';
import * as second from './scenario-servers.ts';

const FOLDER = new URL('../../../fixtures/openstack/', import.meta.url);
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));

interface Fixture {
  response: { status: number; headers: Record<string, string>; body: unknown };
}

function fixture(name: string): Fixture['response'] {
  return (JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Fixture).response;
}

async function record(test: TestSandbox): Promise<ReadonlyMap<string, Answer>> {
  const r = new Recorder(test);
  await first.keystoneScenario(r);
  await first.discoveryScenario(r);
  const queued = await first.glanceScenario(r);
  const networks = await first.neutronScenario(r);
  await first.catalogueScenario(r);
  const groups = await second.groupsScenario(r);
  const full = await second.fullServer(r, groups.group);
  const accepted = await second.acceptedScenario(r, networks);
  await second.refusedScenario(r, queued, networks);
  await second.failingScenario(r, groups.strict);
  await second.listsScenario(r);
  await second.deletionScenario(r, accepted.twins);
  const ids = { full, ...groups, ...accepted };
  const fip = await second.actionsScenario(r, ids, networks);
  await second.endScenario(r, ids, fip, networks);
  await outageScenario(r);
  return r.answers;
}

describe('sandbox OpenStack: replay of the captured exchanges', () => {
  let answers: ReadonlyMap<string, Answer>;
  let test: TestSandbox;
  let limits: TestSandbox;
  let closure: TestSandbox;

  before(async () => {
    test = await startTestSandbox((clouds) =>
      clouds.map((cloud) => ({
        ...cloud,
        quota: { instances: 2000, cores: 20000, ram: 60000000 },
        // the real cloud's flavor that fits on no host
        flavors: cloud.flavors.map((flavor) => (flavor.id === 'huge' ? { ...flavor, vcpus: 5000, ram: 1024 } : flavor)),
        images: [{ name: 'ehos-worker', properties: SEEDED_PROPERTIES }],
      })),
    );
    limits = await limitsSandbox();
    closure = await closureSandbox();
    answers = new Map([
      ...(await record(test)),
      ...(await limitsScenario(limits)),
      ...(await closureScenario(closure)),
    ]);
  });

  after(async () => {
    await test.sandbox.close();
    await limits.sandbox.close();
    await closure.sandbox.close();
  });

  for (const name of names.filter((known) => !(known in NOT_APPLICABLE))) {
    it(name, () => {
      const ours = answers.get(name);
      expect(ours, 'was not replayed').to.not.equal(undefined);
      const real = fixture(name);
      expect(ours!.status).to.equal(real.status);
      expect(contentTypeOf(ours!.headers)).to.equal(contentTypeOf(real.headers));
      const body = typeof real.body === 'string' ? ours!.text : ours!.body;
      expect(differences(real.body, body)).to.deep.equal([]);
    });
  }

  it('lists only fixtures that exist as not applicable, each with a reason', () => {
    for (const [name, reason] of Object.entries(NOT_APPLICABLE)) {
      expect(names).to.include(name);
      expect(reason).to.match(/\w{4,}/);
    }
  });

  for (const header of [
    'www-authenticate',
    'openstack-api-version',
    'x-openstack-nova-api-version',
    'vary',
    'retry-after',
    'location',
  ]) {
    it(`sends ${header} where the real services do`, () => {
      const sends = (headers: Record<string, string>): boolean => headers[header] !== undefined;
      const wrong = names.filter((name) => {
        const ours = answers.get(name);
        return ours !== undefined && !(name in NOT_APPLICABLE) && sends(ours.headers) !== sends(fixture(name).headers);
      });
      expect(wrong).to.deep.equal([]);
    });
  }

  it('sends the same microversion header as the real Nova', () => {
    for (const name of names.filter((known) => answers.has(known) && !(known in NOT_APPLICABLE))) {
      const header = 'openstack-api-version';
      expect(answers.get(name)!.headers[header], name).to.equal(fixture(name).headers[header]);
    }
  });

  it('sends x-openstack-request-id on the same answers', () => {
    const missing = names.filter((name) => {
      const ours = answers.get(name);
      if (ours === undefined || name in NOT_APPLICABLE) return false;
      return 'x-openstack-request-id' in ours.headers !== 'x-openstack-request-id' in fixture(name).headers;
    });
    expect(missing).to.deep.equal([]);
  });
});

/** What the real image carries beside the standard fields. */
const SEEDED_PROPERTIES = {
  'owner_specified.openstack.md5': '',
  'owner_specified.openstack.object': 'images/ehos-worker',
  'owner_specified.openstack.sha256': '',
};

/** Discovery and OpenAPI in the forms of a real server. */
import { expect } from 'chai';
import type { JsonObject } from '../../../../src/sandbox/kube/json.ts';
import { readFixture } from './fixture-replay.ts';
import { fixtureCrd, projectCrds, Sandbox, without } from './harness.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface Listed {
  name: string;
  verbs: string[];
  kind: string;
  shortNames?: string[];
}

describe('discovery', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.start([...projectCrds(), fixtureCrd()]);
  });
  after(() => sandbox.api.close());

  it('lists groups as the real server does', async () => {
    const ours = (await sandbox.ok('GET', '/apis')).groups as { name: string }[];
    const real = readFixture('apis').response.body.groups as { name: string }[];
    const shared = real.filter((group) => ours.some((other) => other.name === group.name));
    expect(shared.map((group) => group.name)).to.have.members([
      'apiextensions.k8s.io',
      'authentication.k8s.io',
      'authorization.k8s.io',
      'coordination.k8s.io',
      'events.k8s.io',
      'rig.example.com',
    ]);
    for (const group of shared) expect(ours.find((other) => other.name === group.name)).to.deep.equal(group);
  });

  for (const plural of [
    'configmaps',
    'events',
    'namespaces',
    'namespaces/status',
    'namespaces/finalize',
    'secrets',
    'serviceaccounts',
  ]) {
    it(`lists ${plural} as the real server does`, async () => {
      const find = (body: JsonObject): Listed => {
        const found = (body.resources as Listed[]).find((one) => one.name === plural)!;
        return without(found, 'storageVersionHash') as unknown as Listed;
      };
      expect(find(await sandbox.ok('GET', '/api/v1'))).to.deep.equal(
        find(readFixture('api-v1-resources').response.body),
      );
    });
  }

  it('lists the kinds of the project with their short names, category and subresources', async () => {
    const { resources } = (await sandbox.ok('GET', '/apis/ehos.io/v1alpha1')) as { resources: Listed[] };
    expect(resources.map((one) => one.name).sort()).to.deep.equal([
      'ehosclouds',
      'ehosclouds/status',
      'ehosmasters',
      'ehosmasters/status',
      'ehosnodepools',
      'ehosnodepools/scale',
      'ehosnodepools/status',
      'ehosnodes',
      'ehosnodes/status',
    ]);
    expect(resources.find((one) => one.name === 'ehosnodes')).to.deep.include({
      shortNames: ['enode'],
      categories: ['ehos'],
    });
  });

  for (const [path, fixture, group] of [
    ['/apis', 'apis-aggregated', 'rig.example.com'],
    ['/apis', 'apis-aggregated', 'coordination.k8s.io'],
    ['/api', 'api-aggregated', ''],
  ] as const) {
    it(`aggregates ${group === '' ? 'the core group' : group} as the real server does`, async () => {
      const reply = await sandbox.send('GET', path, undefined, { accept: `${AGGREGATED},application/json` });
      expect(reply.headers['content-type']).to.equal(AGGREGATED);
      const real = aggregated(readFixture(fixture).response.body, group);
      const ours = aggregated(reply.body, group);
      for (const [name, resource] of Object.entries(ours)) expect(resource, name).to.deep.equal(real[name]);
      expect(Object.keys(ours)).not.to.deep.equal([]);
    });
  }
});

/** The resources of a group by name. The order of verbs and subresources counts. */
function aggregated(body: JsonObject, group: string): Record<string, object> {
  const items = body.items as { metadata: { name?: string }; versions: { resources: { resource: string }[] }[] }[];
  const item = items.find((one) => (one.metadata.name ?? '') === group)!;
  return Object.fromEntries(item.versions[0]!.resources.map((resource) => [resource.resource, normal(resource)]));
}

function normal(resource: object): object {
  const { subresources, ...rest } = resource as { subresources?: { subresource: string }[] };
  return {
    ...rest,
    ...(subresources
      ? { subresources: [...subresources].sort((a, b) => a.subresource.localeCompare(b.subresource)) }
      : {}),
  };
}

describe('OpenAPI v3', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await Sandbox.start([...projectCrds(), fixtureCrd()]);
  });
  after(() => sandbox.api.close());

  it('has an index like that of the real server', async () => {
    const reply = await sandbox.send('GET', '/openapi/v3');
    const real = readFixture('openapi-v3-index').response;
    expect(reply.headers['content-type']).to.equal(real.headers['content-type']);
    const paths = reply.body.paths as Record<string, { serverRelativeURL: string }>;
    expect(Object.keys(paths)).to.include.members(['api/v1', 'apis/ehos.io/v1alpha1', 'apis/rig.example.com/v1alpha1']);
    expect(Object.keys(real.body.paths as object)).to.include.members(
      Object.keys(paths).filter((path) => !path.includes('ehos')),
    );
    expect((await sandbox.send('GET', paths['api/v1']!.serverRelativeURL)).status).to.equal(200);
  });

  it('has the schema of a CRD as the real server has it', async () => {
    const schemaOf = (body: JsonObject): JsonObject => {
      const { components } = body as { components: { schemas: Record<string, JsonObject> } };
      return components.schemas['com.example.rig.v1alpha1.Pool']!;
    };
    const ours = schemaOf(await sandbox.ok('GET', '/openapi/v3/apis/rig.example.com/v1alpha1'));
    expect(ours).to.deep.equal(schemaOf(readFixture('openapi-v3-group').response.body));
  });

  it('tells which options a verb takes, by which kubectl decides how to validate', async () => {
    const { paths } = (await sandbox.ok('GET', '/openapi/v3/apis/ehos.io/v1alpha1')) as {
      paths: Record<string, Record<string, { parameters: { name: string }[] }>>;
    };
    const path = paths['/apis/ehos.io/v1alpha1/namespaces/{namespace}/ehosnodepools/{name}'];
    expect(path?.patch?.parameters.map((one) => one.name)).to.deep.equal([
      'dryRun',
      'fieldManager',
      'fieldValidation',
      'force',
    ]);
  });

  for (const path of ['/openapi/v2', '/openapi/v3/apis/nope/v1']) {
    it(`${path} is not there`, async () => {
      expect((await sandbox.send('GET', path)).status).to.equal(404);
    });
  }
});

import { expect } from 'chai';
import type { EhosCloudSpec, EhosNodePoolSpec } from '../../../src/api/resources.ts';
import type { FleetSight } from '../../../src/domain/fleet-sight.ts';
import { toJson, toYaml } from '../../../src/snapshot/render.ts';
import { fileOf } from '../../../src/snapshot/write.ts';

const PASSWORD = 'correct-horse-battery';
const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${PASSWORD}\n-----END OPENSSH PRIVATE KEY-----`;

/** Secrets wherever a person or a peer could have put one. */
const sight = {
  now: 0,
  clouds: [
    {
      object: {
        metadata: { name: 'east', annotations: { note: PASSWORD } },
        spec: {
          openstack: { identityRef: { name: 'east-clouds', cloudName: 'east', password: PASSWORD } },
          adminPass: PASSWORD,
          constructor: PASSWORD,
        } as unknown as EhosCloudSpec,
      },
      flavors: undefined,
      serverGroupMembers: -1,
      figures: {},
      seen: [],
    },
  ],
  masters: [{ name: 'main', queue: undefined, problem: `login failed: password=${PASSWORD} token: "${PASSWORD}"` }],
  pools: [
    {
      pool: {
        metadata: {
          name: 'general',
          managedFields: [PASSWORD],
          labels: { secret: PASSWORD },
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ password: PASSWORD }),
            'ehos.io/do-not-disrupt': `password=${PASSWORD}`,
          },
        },
        spec: {
          masterRef: { name: 'main' },
          maxNodes: 1,
          clouds: [{ name: 'east', password: PASSWORD }],
          template: {
            flavors: ['m1.small'],
            userData: { inline: `#!/bin/sh\necho ${PASSWORD}` },
            metadata: { password: PASSWORD, purpose: 'batch' },
            startdAttributes: { Secret: `"${PASSWORD}"`, Site: '"north"' },
          },
        } as unknown as EhosNodePoolSpec,
        status: { lastDecision: { what: PASSWORD } },
      },
      clouds: [
        {
          name: 'east',
          problem: `401 for https://ehos:${PASSWORD}@cloud.example.org/v3`,
          image: undefined,
          rests: new Map([['/m1.small', { zone: undefined, flavor: 'm1.small', reason: KEY, until: 0 }]]),
        },
      ],
      nodes: [],
      claimed: 0,
      recentCreates: [],
      roundRobin: 0,
      seed: 1,
      phantoms: [
        {
          cpus: 1,
          memory: 1,
          disk: 1,
          gpus: 0,
          count: 1,
          since: 0,
          until: 0,
          tries: 1,
          retrying: false,
          refusedBy: [],
          example: { job: '1.0', analysis: `Authorization: Bearer ${PASSWORD}` },
        },
      ],
    },
  ],
} as unknown as FleetSight;

describe('what a snapshot leaves out', () => {
  const file = fileOf({ namespace: 'default', version: undefined, sight });

  for (const [form, render] of [
    ['YAML', toYaml],
    ['JSON', toJson],
  ] as const)
    it(`is every secret, in ${form}`, () => {
      const text = render(file);
      expect(text).to.not.contain(PASSWORD);
      expect(text).to.not.match(/last-applied|managedFields|PRIVATE KEY/);
    });

  it('is user data, but not that there were some', () =>
    expect(file.pools[0]?.spec.template?.userData).to.deep.equal({ inline: '(left out of the snapshot)' }));

  it('is not what is no secret', () => {
    expect(file.pools[0]?.spec.template).to.deep.include({ flavors: ['m1.small'] });
    expect(file.pools[0]?.spec.template?.metadata).to.include({ purpose: 'batch' });
    expect(file.pools[0]?.spec.template?.startdAttributes).to.include({ Site: '"north"' });
    expect(file.clouds?.[0]?.spec).to.deep.equal({
      openstack: { identityRef: { name: 'east-clouds', cloudName: 'east' } },
    });
    expect(file.masters?.[0]?.problem).to.contain('login failed');
  });

  it('is not the name of a Secret that holds user data: the name is none', () => {
    const [pool] = sight.pools;
    const userData = { secretRef: { name: 'worker-data' } };
    const spec = { ...pool!.pool.spec, template: { flavors: ['a'], userData } };
    const named = { ...sight, pools: [{ ...pool!, pool: { ...pool!.pool, spec } }] };
    const written = fileOf({ namespace: 'default', version: undefined, sight: named });
    expect(written.pools[0]?.spec.template?.userData).to.deep.equal(userData);
  });
});

/** Every pod of the chart has what the level "restricted" of the Pod Security Standards asks for, and more. */
import { expect } from 'chai';
import type { ChartObject } from '../../../scripts/chart-render.ts';
import { formNames, objectsOf, withHelm } from './helm.ts';

interface Container {
  name: string;
  securityContext?: Record<string, unknown>;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

interface PodSpec {
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  securityContext?: Record<string, unknown>;
  volumes?: Record<string, unknown>[];
  containers: Container[];
  initContainers?: Container[];
}

function podSpec({ kind, spec }: ChartObject): PodSpec | undefined {
  if (kind === 'Pod') return spec as PodSpec;
  return (spec as { template?: { spec?: PodSpec } } | undefined)?.template?.spec;
}

withHelm('pods of the chart', () => {
  for (const form of formNames)
    for (const kind of ['Deployment', 'Pod'])
      it(`${form}: each ${kind} is restricted`, () => {
        const pods = objectsOf(form).filter((object) => object.kind === kind);
        // the test's pod needs the Service
        expect(pods).to.have.length(kind === 'Pod' && form === 'minimal' ? 0 : 1);
        for (const pod of pods) isRestricted(podSpec(pod)!);
      });

  it('no other kind brings pods', () => {
    const others = objectsOf('everything').filter((object) => podSpec(object)?.containers !== undefined);
    expect(others.map(({ kind }) => kind).sort()).to.deep.equal(['Deployment', 'Pod']);
  });
});

function isRestricted(pod: PodSpec): void {
  expect([pod.hostNetwork, pod.hostPID, pod.hostIPC].filter(Boolean)).to.deep.equal([]);
  expect(pod.volumes ?? []).to.deep.equal([]);
  expect(pod.securityContext).to.deep.equal({
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  for (const { name, securityContext, resources } of [...pod.containers, ...(pod.initContainers ?? [])]) {
    expect(securityContext, name).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(resources?.requests, name).to.have.keys('cpu', 'memory');
    expect(resources?.limits, name).to.have.keys('memory');
  }
}

import { expect } from 'chai';
import { objectsOf, withHelm } from './helm.ts';
import { crds } from '../config/admission.ts';

const KEEP = 'helm.sh/resource-policy';

withHelm('resource definitions in the chart', () => {
  it('are those of crds/, to the last rule', () => {
    const rendered = objectsOf('default').filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(rendered.map(({ spec }) => spec)).to.deep.equal(crds.map(({ spec }) => spec));
  });

  it('stay when the release goes, unless one says otherwise', () => {
    for (const [form, kept] of [
      ['default', 'keep'],
      ['namespaces', 'keep'],
      ['everything', undefined],
    ] as const)
      for (const { metadata } of objectsOf(form).filter(({ kind }) => kind === 'CustomResourceDefinition'))
        expect(metadata.annotations?.[KEEP], `${form}: ${metadata.name}`).to.equal(kept);
  });

  it('are left to the admin where crds.install is false', () =>
    expect(objectsOf('minimal').map(({ kind }) => kind)).not.to.include('CustomResourceDefinition'));
});

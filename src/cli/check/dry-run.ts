/** Would the API server take the objects of the files? It checks schema and rules, and stores nothing. */
import { keyOf } from '../../api/resources.ts';
import { EhosError } from '../../base/errors.ts';
import { apiVersionOf, resourcePath } from '../../kube/paths.ts';
import type { Cluster } from '../connect.ts';
import { Findings, wordsOf, type Line } from './line.ts';
import type { Manifest } from './manifests.ts';

const DRY = { dryRun: 'All', fieldValidation: 'Strict' };

export async function dryRun(cluster: Cluster, manifests: readonly Manifest[]): Promise<Line[]> {
  const lines: Line[] = [];
  for (const manifest of manifests) {
    const findings = new Findings(`${manifest.type.kind} ${keyOf(manifest.object)}`);
    try {
      await ask(cluster, manifest);
      findings.ok('form', `the API server would take it (${manifest.file})`);
    } catch (error) {
      const words = wordsOf(error);
      const { errorClass } = error as EhosError;
      if (errorClass === 'Auth') findings.skip('form', `you may not apply it: ${words}`);
      else
        findings.fail(
          'form',
          `${manifest.file}: ${words}`,
          `mend what is named; kubectl explain ${manifest.type.plural} tells the fields`,
        );
    }
    lines.push(...findings.lines);
  }
  return lines;
}

async function ask({ raw }: Cluster, { type, object, written }: Manifest): Promise<void> {
  const { namespace, name } = object.metadata;
  const what = `apply ${type.plural} "${name}"`;
  const body = { ...written, apiVersion: apiVersionOf(type), metadata: { ...written.metadata, namespace } };
  try {
    await raw.dryRun(what, 'POST', resourcePath(type, { namespace }, DRY), body);
  } catch (error) {
    if (!(error instanceof EhosError) || error.errorClass !== 'Conflict') throw error;
    // it is there already
    await raw.dryRun(what, 'PATCH', resourcePath(type, { namespace, name }, DRY), body);
  }
}

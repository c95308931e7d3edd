/** Renders src/api/generated/field-paths.ts: by which `ehos check` knows the version of the CRDs that are installed. */
import { fieldPaths } from '../src/cli/check/field-paths.ts';
import { servedVersion, type Crd } from './schema.ts';

export function renderFieldPaths(crds: readonly Crd[]): string {
  const entries = crds.map((crd) => {
    const paths = fieldPaths(servedVersion(crd).schema.openAPIV3Schema).map((path) => `    '${path}',`);
    return [`  ${crd.spec.names.plural}: [`, ...paths, '  ],'].join('\n');
  });
  return [
    '// Made from crds/ by "make generate". Do not edit.',
    'export const FIELD_PATHS: Readonly<Record<string, readonly string[]>> = {',
    ...entries,
    '};',
    '',
  ].join('\n');
}

/** The chart through real helm: lint, rendering, and the golden files of its forms. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';

const root = new URL('..', import.meta.url);
export const CHART = fileURLToPath(new URL('charts/ehos-operator', root));
const VALUES = new URL('charts/ehos-operator/ci/', root);
export const GOLDEN = new URL('test/unit/charts/golden/', root);
const HOME = fileURLToPath(new URL('.tools/helm-home', root));
/** Release and namespace of all renderings. */
export const RELEASE = { name: 'ehos', namespace: 'ehos-system' };

export interface ChartObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

export interface HelmOutcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Repositories, plugins and caches of whoever runs this have no part in it, nor has their cluster. */
export function helmEnvironment(kubeconfig = `${HOME}/none`): NodeJS.ProcessEnv {
  const own = { HELM_CONFIG_HOME: HOME, HELM_DATA_HOME: HOME, HELM_CACHE_HOME: HOME, KUBECACHEDIR: HOME };
  return { ...process.env, ...own, KUBECONFIG: kubeconfig };
}

export function helm(program: string, args: string[]): HelmOutcome {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: helmEnvironment(),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw new Error(`${program}: ${error.message}`);
  return { code: status, stdout, stderr };
}

/** Names of the forms that are checked in. */
export function forms(): string[] {
  return readdirSync(VALUES)
    .map((file) => file.replace('-values.yaml', ''))
    .sort();
}

export const valuesOf = (form: string): string => fileURLToPath(new URL(`${form}-values.yaml`, VALUES));

/** What `helm template` makes of the chart, as text. `args` are added. */
export function template(program: string, args: string[]): HelmOutcome {
  const { name, namespace } = RELEASE;
  return helm(program, ['template', name, CHART, '--namespace', namespace, '--kube-version', '1.37.0', ...args]);
}

export function objectsIn(text: string): ChartObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as ChartObject | null)
    .filter((object) => object !== null);
}

/** Objects of a form; throws with helm's words when it is refused. */
export function render(program: string, form: string): ChartObject[] {
  const { code, stdout, stderr } = template(program, ['--values', valuesOf(form)]);
  if (code !== 0) throw new Error(`helm template with ${form}-values.yaml failed: ${stderr.trim()}`);
  return objectsIn(stdout);
}

/** What is in the chart's files as it stands there: other tests compare it, and a change of it is none of the chart. */
export const isFile = ({ kind, metadata }: ChartObject): boolean =>
  kind === 'PrometheusRule' || (kind === 'ConfigMap' && metadata.name.endsWith('-dashboard'));

/** What a golden file of these objects says: of resource definitions, which are those of crds/, only the head. */
export function goldenText(objects: readonly ChartObject[]): string {
  const shown = objects
    .filter((object) => !isFile(object))
    .map((object) => {
      const { spec, ...head } = object;
      return object.kind === 'CustomResourceDefinition' || spec === undefined ? head : { ...head, spec };
    });
  return shown.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
}

/** Undefined: there is none. */
export function golden(form: string): string | undefined {
  const name = `${form}.yaml`;
  return readdirSync(GOLDEN).includes(name) ? readFileSync(new URL(name, GOLDEN), 'utf8') : undefined;
}

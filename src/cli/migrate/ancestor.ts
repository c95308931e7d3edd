/**
 * The configuration of ehos-python, in the forms that its releases took: one `cloud` or several `clouds`, credentials beside the cloud's other
 * keys or below `auth`, and the daemon's settings below `ehos`, `ehos_daemon` or `daemon`. "None" stands for what is not set.
 */
import { parseDocument } from 'yaml';
import { EhosError } from '../../base/errors.ts';

export interface Setting {
  /** `daemon.nodes_max`. */
  key: string;
  value: string;
}

/** What its settings are called in later releases, by what they were called in earlier ones. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  minnodes: 'nodes_min',
  maxnodes: 'nodes_max',
  redundantnodes: 'nodes_spare',
  sleep_min: 'sleep',
};

export class Ancestor {
  /** In the order of the file; lists are joined. */
  readonly settings: Setting[];

  constructor(private readonly root: ReadonlyMap<string, unknown>) {
    this.settings = leaves(root, '');
  }

  cloudNames(): string[] {
    const clouds = this.root.get('clouds');
    if (clouds instanceof Map) return [...clouds.keys()].map(String);
    return this.root.get('cloud') instanceof Map ? ['default'] : [];
  }

  /** A key of a cloud, wherever in it; undefined when it is not set. */
  ofCloud(cloud: string, ...keys: string[]): string | undefined {
    const prefixes = [`clouds.${cloud}`, ...(cloud === 'default' ? ['cloud'] : [])];
    return this.#first(
      prefixes.flatMap((at) => ['', '.auth', '.ehos'].flatMap((inner) => keys.map((key) => `${at}${inner}.${key}`))),
    );
  }

  /** A setting for all clouds. */
  ofEhos(...keys: string[]): string | undefined {
    return this.#first(keys.map((key) => `ehos.${key}`));
  }

  ofDaemon(key: string): string | undefined {
    const names = [key, ...Object.entries(OLD_NAMES).flatMap(([old, now]) => (now === key ? [old] : []))];
    return this.#first(['daemon', 'ehos_daemon', 'ehos'].flatMap((at) => names.map((name) => `${at}.${name}`)));
  }

  condorAddress(): string | undefined {
    return this.#first(['condor.host_ip']);
  }

  #first(keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const found = this.settings.find((setting) => setting.key === key);
      if (found && isSet(found.value)) return found.value;
    }
    return undefined;
  }
}

/** Also what the deployment of ehos-python was still to fill in. */
export function isSet(value: string): boolean {
  return !/^(|~|none|null|<.*>|\{.*\})$/i.test(value.trim());
}

/** Throws `Invalid` when it is no such file. Scalars stay as they are written: a password may look like a number. */
export function readAncestor(text: string): Ancestor {
  const document = parseDocument(text, { schema: 'failsafe', merge: true, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) throw refused(`not YAML: ${problem.code} at character ${problem.pos[0]}`);
  const root: unknown = document.toJS({ mapAsMap: true, maxAliasCount: 100 });
  if (!(root instanceof Map)) throw refused('it holds no settings');
  const ancestor = new Ancestor(root as Map<string, unknown>);
  if (ancestor.cloudNames().length === 0)
    throw refused('it has neither "clouds" nor "cloud": is it the configuration of ehos-python?');
  return ancestor;
}

function leaves(value: unknown, at: string): Setting[] {
  if (value instanceof Map)
    return [...(value as Map<unknown, unknown>)].flatMap(([key, inner]) =>
      leaves(inner, at === '' ? String(key) : `${at}.${String(key)}`),
    );
  if (Array.isArray(value)) return [{ key: at, value: value.map(String).join(',') }];
  return at === '' ? [] : [{ key: at, value: typeof value === 'string' ? value : '' }];
}

function refused(why: string): EhosError {
  return new EhosError('Invalid', `ehos.yaml: ${why}`, { field: 'file' });
}

/** The admin who reads the status, and does what it asks a human to do, word for word. */
import { CLOUDS, MASTERS, type Condition, type ResourceType } from '../../src/api/resources.ts';
import type { KubeJson } from '../../src/sandbox/kube/json.ts';
import { NAMESPACE } from './resources.ts';
import type { Simulation } from './simulation.ts';

/** It takes so long until somebody has read it, ms. */
const NOTICED_AFTER = 10 * 60_000;

const TYPES: Readonly<Record<string, ResourceType>> = {
  ehoscloud: CLOUDS,
  ecloud: CLOUDS,
  ehosmaster: MASTERS,
  emaster: MASTERS,
};

interface Order {
  type: ResourceType;
  name: string;
  key: string;
  value: string;
}

export class Admin {
  /** Order -> since when it stands there. */
  readonly #seen = new Map<string, number>();

  constructor(private readonly sim: Simulation) {}

  look(): void {
    const { clock, peers } = this.sim;
    const conditions = ['ehosclouds', 'ehosmasters']
      .flatMap((plural) => peers.kube.objects(plural))
      .flatMap(conditionsOf);
    const texts = conditions.flatMap(({ message }) => /kubectl annotate [^;`]*/.exec(message) ?? []);
    for (const text of this.#seen.keys()) if (!texts.includes(text)) this.#seen.delete(text);
    for (const text of texts) {
      const since = this.#seen.get(text) ?? clock.now();
      this.#seen.set(text, since);
      const order = clock.now() - since >= NOTICED_AFTER ? orderIn(text) : undefined;
      if (order) this.#obey(text, order);
    }
  }

  #obey(text: string, { type, name, key, value }: Order): void {
    const { clock, peers } = this.sim;
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const patch = { metadata: { annotations: { [key]: value.startsWith('$(date') ? now : value } } };
    this.#seen.set(text, clock.now());
    this.sim.tell(text, peers.admin.patch(type, NAMESPACE, name, patch));
  }
}

function conditionsOf(object: KubeJson): Condition[] {
  return (object.status as { conditions?: Condition[] } | undefined)?.conditions ?? [];
}

/** `kubectl annotate --overwrite emaster master -n default ehos.io/confirm-lost=$(date -u +%FT%TZ)`. */
function orderIn(text: string): Order | undefined {
  const words = text
    .replace(/ -n \S+/, '')
    .split(' ')
    .filter((word) => !word.startsWith('--'));
  const [, , kind = '', name = '', ...rest] = words;
  const [, key = '', value = ''] = /^(\S+?)=(.*)$/.exec(rest.join(' ')) ?? [];
  const type = TYPES[kind];
  return type && key !== '' ? { type, name, key, value } : undefined;
}

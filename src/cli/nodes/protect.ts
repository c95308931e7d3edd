import { DO_NOT_DISRUPT, NODES, POOLS, type KubeObject, type ResourceType } from '../../api/resources.ts';
import { EhosError, errorClassOf } from '../../base/errors.ts';
import { inCluster, notFound, type Cluster } from '../connect.ts';
import type { ProtectOptions } from '../protect.ts';

const KINDS: Readonly<Record<string, ResourceType>> = { node: NODES, pool: POOLS };

export async function protect(given: string, options: ProtectOptions): Promise<void> {
  const slash = given.indexOf('/');
  const kinds = slash < 0 ? [NODES, POOLS] : [kindOf(given.slice(0, slash), given)];
  const name = given.slice(slash + 1);
  await inCluster(options, async ({ client, namespace }) => {
    const found = (await Promise.all(kinds.map(async (type) => await find(client, type, namespace, name)))).flat();
    const [one] = found;
    if (!one) throw notFound(kinds.map(({ kind }) => kind).join(' or '), name, namespace, []);
    if (found.length > 1)
      throw new EhosError('Invalid', `${name} is a node and a pool: write node/${name} or pool/${name}`);
    const off = options.off === true;
    const annotations = { [DO_NOT_DISRUPT]: off ? null : 'true' };
    await client.patch(one.type, namespace, name, { metadata: { annotations } });
    const what = `${one.type.kind} ${name}`;
    process.stdout.write(off ? `${what} is not protected\n` : `${what} is protected: scaling removes nothing of it\n`);
  });
}

function kindOf(prefix: string, given: string): ResourceType {
  const kind = Object.hasOwn(KINDS, prefix) ? KINDS[prefix] : undefined;
  if (kind) return kind;
  throw new EhosError('Invalid', `"${given}": write node/NAME or pool/NAME`);
}

async function find(
  client: Cluster['client'],
  type: ResourceType,
  namespace: string,
  name: string,
): Promise<{ type: ResourceType; object: KubeObject }[]> {
  try {
    return [{ type, object: await client.get(type, namespace, name) }];
  } catch (error) {
    if (errorClassOf(error) === 'NotFound') return [];
    throw error;
  }
}

/** A server that is simply there: somebody else's, made in the same project by other means. */
import type { Project } from '../state.ts';
import type { World } from '../world.ts';
import { seedServer } from './seed.ts';

/** ACTIVE at once, of the project's first flavor, image and network. Returns its id. */
export function addForeignServer(world: World, project: Project, name: string): string {
  const [flavor] = project.cloud.flavors;
  if (!flavor) throw new Error(`project ${project.name} has no flavor`);
  const server = seedServer(world, project, {
    name,
    created: world.clock.now(),
    imageId: [...project.images.keys()][0],
    flavor,
    keyName: null,
    metadata: {},
    tags: [],
    configDrive: false,
    securityGroupIds: [],
  });
  return server.id;
}

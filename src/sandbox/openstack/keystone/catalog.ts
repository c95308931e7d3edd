/** The service catalog of one project: which service is where. */
import type { Project } from '../state.ts';

/** [type, name, path]; image and network carry no version in their URL, as on the real thing (measured). */
const SERVICES: [type: string, name: string, path: (projectId: string) => string][] = [
  ['network', 'neutron', () => '/network'],
  ['identity', 'keystone', () => '/identity/v3'],
  ['image', 'glance', () => '/image'],
  ['compute', 'nova', () => '/compute/v2.1'],
  ['volumev3', 'cinderv3', (projectId) => `/volume/v3/${projectId}`],
];

/** Endpoint ids are derived, not drawn: asking for the catalog must not change what is drawn later. */
export function catalogOf(project: Project, origin: string): unknown[] {
  return SERVICES.map(([type, name, path], i) => ({
    endpoints: ['admin', 'internal', 'public'].map((iface, j) => ({
      id: derivedId(project.id, 1 + i * 4 + j),
      interface: iface,
      region_id: project.region,
      url: origin + path(project.id),
      region: project.region,
    })),
    id: derivedId(project.id, 100 + i),
    type,
    name,
  }));
}

function derivedId(projectId: string, number: number): string {
  return projectId.slice(0, 28) + number.toString(16).padStart(4, '0');
}

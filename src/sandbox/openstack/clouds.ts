/** What a sandbox cloud is made of: one OpenStack project with its user, quota and resources. */

export interface SandboxFlavor {
  id: string;
  name: string;
  /** Cores. */
  vcpus: number;
  /** MiB. */
  ram: number;
  /** GiB of root disk; 0 means that it boots from a volume only. */
  disk: number;
  extraSpecs?: Record<string, string>;
  /** True: no host can hold it, every server of it ends in ERROR with "No valid host was found. ". */
  fitsNowhere?: boolean;
}

export interface SandboxImage {
  name: string;
  tags?: string[];
  properties?: Record<string, string>;
  hidden?: boolean;
  /** GiB. */
  minDisk?: number;
  /** MiB. */
  minRam?: number;
  /** Bytes (default 960, as small as the real test image). */
  size?: number;
  status?: 'active' | 'queued' | 'deactivated';
}

export interface SandboxNetwork {
  name: string;
  /** IPv4, prefix length 8 to 29: `10.20.0.0/16`. */
  cidr: string;
  /** External networks give floating IPs and are never attached to servers. */
  external?: boolean;
  /** No router joins it to an external network. */
  isolated?: boolean;
}

export interface SandboxSecurityGroup {
  name: string;
  description?: string;
}

/** Limits of a project; -1 is unlimited, as in OpenStack. */
export interface SandboxQuota {
  instances: number;
  cores: number;
  /** MiB. */
  ram: number;
  ports?: number;
  floatingIps?: number;
  volumes?: number;
  /** GiB of all volumes together. */
  gigabytes?: number;
  serverGroups?: number;
  serverGroupMembers?: number;
  keyPairs?: number;
}

export interface SandboxCloud {
  /** Unique among the clouds of one sandbox. */
  project: string;
  /** Clouds may share a user; the password must then be the same. */
  user: string;
  password: string;
  applicationCredential?: { id?: string; name: string; secret: string };
  region: string;
  quota: SandboxQuota;
  flavors: SandboxFlavor[];
  images: SandboxImage[];
  networks: SandboxNetwork[];
  keypairs: { name: string; publicKey: string }[];
  /** Beside `default`, which every project has. */
  securityGroups: SandboxSecurityGroup[];
  /** Availability zones; the first one is the default. */
  zones: string[];
  /** Compute hosts of each zone (default 2): as many servers as an anti-affinity group can have there. */
  hostsPerZone?: number;
  /** From POST to ACTIVE, milliseconds. */
  spawnDelayMs: number;
}

const FLAVORS: SandboxFlavor[] = [
  { id: '1', name: 'm1.tiny', vcpus: 1, ram: 512, disk: 1 },
  { id: '2', name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 },
  { id: '3', name: 'm1.medium', vcpus: 2, ram: 4096, disk: 40 },
  { id: '4', name: 'm1.large', vcpus: 4, ram: 8192, disk: 80 },
  { id: '5', name: 'm1.xlarge', vcpus: 8, ram: 16384, disk: 160 },
  { id: 'c16', name: 'c16.large', vcpus: 16, ram: 65536, disk: 80 },
  { id: 'c8', name: 'c8.large', vcpus: 8, ram: 16384, disk: 40 },
  {
    id: 'g1',
    name: 'g1.large',
    vcpus: 8,
    ram: 32768,
    disk: 80,
    extraSpecs: { 'resources:VGPU': '1' },
  },
  { id: 'huge', name: 'x.huge', vcpus: 32, ram: 65536, disk: 10, fitsNowhere: true },
  { id: 'nodisk', name: 'm1.nodisk', vcpus: 1, ram: 2048, disk: 0 },
];

const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP6Y3GJ5Zc2g0cL1Yc0S0nqk3m2X1d5Q9rJ6c8F0u7hA ehos@sandbox';

function cloud(project: string, cidr: string, differences: Partial<SandboxCloud>): SandboxCloud {
  return {
    project,
    user: 'ehos',
    password: 'ehos',
    region: 'RegionOne',
    quota: { instances: 50, cores: 200, ram: 512 * 1024 },
    flavors: FLAVORS,
    images: [
      { name: 'ehos-worker', tags: ['ehos'], properties: { os_distro: 'debian' } },
      { name: 'ehos-worker-old', tags: [], properties: { os_distro: 'debian' } },
    ],
    networks: [
      { name: 'ehos-net', cidr },
      { name: 'public', cidr: '203.0.113.0/24', external: true },
    ],
    keypairs: [{ name: 'ehos-key', publicKey: PUBLIC_KEY }],
    securityGroups: [{ name: 'ehos-worker', description: 'EHOS workers' }],
    zones: ['nova'],
    spawnDelayMs: 5000,
    ...differences,
  };
}

/** Two projects of one user on one endpoint: `ehos`, which also has an application credential, and the smaller, slower `ehos-b`. */
export function defaultSandboxClouds(): SandboxCloud[] {
  return [
    cloud('ehos', '10.20.0.0/16', {
      applicationCredential: { name: 'ehos-operator', secret: 'ehos-app-secret' },
    }),
    cloud('ehos-b', '10.30.0.0/16', {
      quota: { instances: 10, cores: 40, ram: 128 * 1024 },
      spawnDelayMs: 8000,
    }),
  ];
}

/**
 * GPUs that a flavor gives, from its extra specs. Sources: Nova, "Flavors" (resources, numbered and named groups), "Attaching physical
 * PCI devices to guests" (aliases; CUSTOM_PCI_<vendor>_<product>), "Attaching virtual GPU devices to guests"; Cyborg (device profiles).
 * Traits are not looked at: they say which host, and hand out nothing.
 */

/** `resources:VGPU`, `resources1:PGPU`, `resources_GPU-0:CUSTOM_GPU_A100`. */
const RESOURCE = /^resources[\w-]*:([A-Z0-9_]+)$/;
/** The two standard classes; custom ones that say GPU; NVIDIA's by its PCI vendor id, or by the type of a vGPU (`CUSTOM_NVIDIA_11`). */
const GPU_CLASS = /^(?:[VP]GPU|CUSTOM_.*GPU.*|CUSTOM_PCI_10DE_.*|CUSTOM_NVIDIA_.*)$/;
/** Aliases are free words, mostly the card's (`a100`, `v100s`): one is taken for a GPU unless a word of it says what else it is. */
const OTHER_DEVICES = new Set([
  'nvme',
  'ssd',
  'disk',
  'nic',
  'net',
  'eth',
  'sriov',
  'vf',
  'mlx',
  'cx',
  'ib',
  'infiniband',
  'qat',
  'fpga',
  'crypto',
]);
/** What a device profile hands out is known to Cyborg alone: one GPU, if its name says so. */
const GPU_PROFILE = /gpu|cuda|nvidia/i;

/** Odd values count as none: extra specs are free text. */
export function gpusOf(extraSpecs: Readonly<Record<string, string>>): number {
  let gpus = 0;
  for (const [key, value] of Object.entries(extraSpecs)) {
    const resource = RESOURCE.exec(key)?.[1];
    if (resource !== undefined && GPU_CLASS.test(resource)) gpus += count(value);
    if (key === 'pci_passthrough:alias') gpus += value.split(',').reduce((sum, alias) => sum + aliasGpus(alias), 0);
    if (key === 'accel:device_profile' && GPU_PROFILE.test(value)) gpus += 1;
  }
  return gpus;
}

/** `a100:2`; the number may be missing. */
function aliasGpus(alias: string): number {
  const [name = '', quantity = '1'] = alias.split(':');
  const words = name.toLowerCase().split(/[^a-z]+/);
  return name.trim() === '' || words.some((word) => OTHER_DEVICES.has(word)) ? 0 : count(quantity);
}

/** No host has a hundred: what is longer is no number of devices. */
function count(text: string): number {
  return /^\d{1,2}$/.test(text.trim()) ? Number(text) : 0;
}

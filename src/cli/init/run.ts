/** Gathers what is needed, from flags and answers, and writes it. */
import { dirname, resolve } from 'node:path';
import { homedir } from 'node:os';
import { EhosError } from '../../base/errors.ts';
import { rememberSecret } from '../../base/known-secrets.ts';
import { readCloudsYaml } from '../../openstack/clouds-yaml.ts';
import type { InitOptions } from '../init.ts';
import { cacertPath, entryName, onlyEntry } from './clouds-file.ts';
import { gatherMaster, readText } from './master.ts';
import { asksForPassword, cloudsYamlOf, readOpenRc } from './openrc.ts';
import { objectNameOf, setupFiles, type CloudSetup, type Setup } from './setup.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { writeFiles } from './write.ts';

export async function runInit(options: InitOptions): Promise<void> {
  const terminal = openTerminal();
  const login = await gatherLogin(options, terminal);
  const cloud: CloudSetup = {
    name: objectNameOf(login.cloudName, 'cloud'),
    ...login,
    defaults: await gatherDefaults(options, terminal),
  };
  const flavors = await listOf('flavor', options.flavor, 'Flavors of the nodes, separated by spaces', terminal);
  const setup: Setup = {
    namespace: options.namespace,
    clouds: [cloud],
    master: await gatherMaster(options, terminal),
    pool: {
      name: objectNameOf(options.pool, 'general'),
      spec: {
        jobs: { default: true },
        maxNodes: options.maxNodes,
        clouds: [{ name: cloud.name }],
        template: { flavors },
      },
    },
  };
  await writeFiles(setupFiles(setup), options);
  sayNext(options.dir, setup.pool.name);
}

export function sayNext(dir: string, pool: string): void {
  const steps = [
    `ehos check -f ${dir}`,
    `kubectl apply -f ${dir}`,
    `ehos why ${pool}`,
    `kubectl patch epool ${pool} --type merge -p '{"spec":{"mode":"Active"}}'   # when you like what it says`,
  ];
  process.stdout.write(`next:\n${steps.map((step) => `  ${step}\n`).join('')}`);
}

type Login = Pick<CloudSetup, 'cloudName' | 'cloudsYaml' | 'cacert'>;

async function gatherLogin(options: InitOptions, terminal: Terminal | undefined): Promise<Login> {
  const given =
    options.openrc ?? options.cloudsYaml ?? (await terminal?.ask('clouds.yaml or OpenRC file', 'clouds.yaml'));
  if (given === undefined || given === '') throw missing('clouds-yaml', 'give --clouds-yaml or --openrc');
  const text = await readText('clouds-yaml', given);
  const isOpenRc =
    options.openrc !== undefined || (options.cloudsYaml === undefined && /^\s*(export\s+)?OS_\w+=/m.test(text));
  const login = isOpenRc ? await fromOpenRc(text, options, terminal) : fromCloudsYaml(text, options);
  const file =
    options.cacert ?? (login.cacertFile && resolve(dirname(given), login.cacertFile.replace(/^~(?=\/)/, homedir())));
  const cacert = file === undefined ? undefined : await readText('cacert', file);
  const { cloudName, cloudsYaml } = login;
  // the same reading as the operator's, so that it is refused now
  const { credentials } = readCloudsYaml({ text: cloudsYaml, cloudName, cacert });
  rememberSecret(credentials.method === 'password' ? credentials.password : credentials.secret);
  return { cloudName, cloudsYaml, cacert };
}

interface Read extends Omit<Login, 'cacert'> {
  cacertFile: string | undefined;
}

function fromCloudsYaml(text: string, { cloud }: InitOptions): Read {
  const cloudName = entryName(text, cloud);
  return { cloudName, cloudsYaml: onlyEntry(text, cloudName), cacertFile: cacertPath(text, cloudName) };
}

async function fromOpenRc(text: string, { cloud }: InitOptions, terminal: Terminal | undefined): Promise<Read> {
  const variables = readOpenRc(text);
  const cloudName = cloud ?? variables.get('OS_CLOUD') ?? 'openstack';
  let password: string | undefined;
  if (asksForPassword(variables)) {
    password = process.env.OS_PASSWORD ?? (await terminal?.askSecret('OpenStack password'));
    if (password === undefined || password === '')
      throw missing('openrc', 'the file asks for the password when it is sourced: set OS_PASSWORD for this command');
  }
  return { cloudName, ...cloudsYamlOf(variables, cloudName, password) };
}

async function gatherDefaults(options: InitOptions, terminal: Terminal | undefined): Promise<CloudSetup['defaults']> {
  const image = options.image ?? (await terminal?.ask('Image of the nodes, with HTCondor and cloud-init'));
  if (image === undefined || image === '') throw missing('image', 'name the image of the nodes: openstack image list');
  const network =
    options.network ?? (await terminal?.ask('Network of the nodes (empty: the only one of the project)', ''));
  const groups =
    options.securityGroup ??
    (await terminal?.ask('Security groups, separated by spaces', ''))?.split(/\s+/).filter((name) => name !== '');
  return {
    image: { name: image },
    ...(network === undefined || network === '' ? {} : { networks: [{ name: network }] }),
    ...(groups === undefined || groups.length === 0 ? {} : { securityGroups: groups }),
    ...(options.keyName === undefined ? {} : { keyName: options.keyName }),
  };
}

async function listOf(
  flag: string,
  given: string[] | undefined,
  question: string,
  terminal: Terminal | undefined,
): Promise<string[]> {
  const list = given ?? (await terminal?.ask(question))?.split(/\s+/).filter((word) => word !== '') ?? [];
  if (list.length === 0) throw missing(flag, `name at least one: openstack ${flag} list`);
  return list;
}

function missing(flag: string, why: string): EhosError {
  return new EhosError('Invalid', `--${flag}: ${why}`, { field: flag });
}

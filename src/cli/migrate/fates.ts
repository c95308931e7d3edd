/** What becomes of each setting of ehos-python. */
import { isSet, type Ancestor, type Setting } from './ancestor.ts';

export type Fate = 'kept' | 'changed' | 'gone' | 'unknown' | 'unset';

export interface FateLine {
  key: string;
  /** Without secrets. */
  value: string;
  fate: Fate;
  /** Where it is now, or what to do instead. */
  remark: string;
}

type Rule = readonly [key: RegExp, fate: 'kept' | 'changed' | 'gone', remark: string];

const SECRET = /(^|\.)(password|username)$|\.database$/;
const CLOUD = String.raw`^clouds?\.(?:.+\.)?`;
const DAEMON = String.raw`^(?:daemon|ehos_daemon|ehos)\.`;

/** The first rule that matches a key counts. */
const RULES: readonly Rule[] = [
  [
    new RegExp(`${CLOUD}(username|password|project_name|auth_url|user_domain_name|project_domain_name)$`),
    'kept',
    'the clouds.yaml in the Secret of the cloud; an application credential would be safer',
  ],
  [new RegExp(`${CLOUD}region_name$`), 'kept', 'the clouds.yaml in the Secret of the cloud'],
  [new RegExp(`${CLOUD}no_cache$`), 'gone', 'there is no such cache'],
  [new RegExp(`${CLOUD}backend$`), 'gone', 'OpenStack is the only one'],
  [
    /(^clouds?\.(?:.+\.)?|^ehos\.)(image|image_id|base_image_id)$/,
    'kept',
    'EhosCloud spec.defaults.image; it must have HTCondor 23 or newer and cloud-init',
  ],
  [/(^clouds?\.(?:.+\.)?|^ehos\.)network$/, 'kept', 'EhosCloud spec.defaults.networks'],
  [/(^clouds?\.(?:.+\.)?|^ehos\.)key$/, 'kept', 'EhosCloud spec.defaults.keyName'],
  [/(^clouds?\.(?:.+\.)?|^ehos\.)security_groups$/, 'kept', 'EhosCloud spec.defaults.securityGroups'],
  [
    /(^clouds?\.(?:.+\.)?|^ehos\.)flavor$/,
    'kept',
    'EhosNodePool spec.template.flavors; name more of them: the one that fits the queued jobs best is taken',
  ],
  [/(^clouds?\.(?:.+\.)?|^ehos\.)scratch_size$/, 'kept', 'EhosNodePool spec.template.scratchVolume.size'],
  [/(^clouds?\.(?:.+\.)?|^ehos\.)project_prefix$/, 'gone', 'servers are named after their pool'],
  [
    /(^clouds?\.(?:.+\.)?|^ehos\.)base_image$/,
    'gone',
    'images are not built by the operator: build one with HTCondor and cloud-init, for example with Packer',
  ],
  [new RegExp(`${DAEMON}(nodes_min|minnodes)$`), 'kept', 'EhosNodePool spec.minNodes'],
  [
    new RegExp(`${DAEMON}(nodes_max|maxnodes)$`),
    'kept',
    'EhosNodePool spec.maxNodes; there a server for each was made at once, here as many as the queued jobs need',
  ],
  [new RegExp(`${DAEMON}(nodes_spare|redundantnodes)$`), 'kept', 'EhosNodePool spec.spareNodes'],
  [new RegExp(`${DAEMON}node_allocation$`), 'kept', 'EhosNodePool spec.allocation'],
  [
    new RegExp(`${DAEMON}(sleep|sleep_min)$`),
    'changed',
    'EhosMaster spec.pollInterval: how often the queue is read; what follows from it is done at once',
  ],
  [new RegExp(`${DAEMON}sleep_max$`), 'gone', 'a quiet queue costs nothing: see spec.pollInterval'],
  [
    new RegExp(`${DAEMON}(min_cores|min_ram|min_instances)$`),
    'changed',
    'so much was to stay free in a cloud: set EhosCloud spec.limits to the quota less that',
  ],
  [new RegExp(`${DAEMON}master_cloud$`), 'gone', 'the operator makes no master'],
  [new RegExp(`${DAEMON}submission_nodes$`), 'gone', 'only nodes that the operator made are counted'],
  [
    new RegExp(`${DAEMON}(execute_config|userdata_file)$`),
    'changed',
    'the operator configures HTCondor on the node by itself; put what is left of your cloud-init file into spec.template.userData',
  ],
  [new RegExp(`${DAEMON}node_log$`), 'gone', 'events and the log tell of each node: ehos logs, kubectl get events'],
  [new RegExp(`${DAEMON}(database|use_db_settings)$`), 'gone', 'nodes are recorded as EhosNodes in Kubernetes'],
  [new RegExp(`${DAEMON}hostname$`), 'gone', 'it was only a tag of the figures'],
  [/^condor\.host_ip$/, 'kept', 'EhosMaster spec.condor.host'],
  [
    /^condor\.password$/,
    'gone',
    'there is no pool password: each node gets a token of its own (docs/preparing-a-master.md)',
  ],
  [/^influxdb\b/, 'gone', 'figures are at /metrics, for Prometheus; Telegraf can write them into InfluxDB'],
];

export function fatesOf({ settings }: Ancestor): FateLine[] {
  return settings.map(({ key, value }: Setting): FateLine => {
    const shown = SECRET.test(key) || /^influxdb\b/.test(key) || /^condor\.password$/.test(key) ? '(not shown)' : value;
    const rule = RULES.find(([pattern]) => pattern.test(key));
    if (!rule)
      return {
        key,
        value: '(not shown)',
        fate: 'unknown',
        remark: 'not a setting of ehos-python that is known here: it is left out',
      };
    if (!isSet(value)) return { key, value, fate: 'unset', remark: `not set there; here: ${rule[2]}` };
    return { key, value: shown, fate: rule[1], remark: rule[2] };
  });
}

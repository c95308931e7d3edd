/** Every condition that the operator writes, and every reason it gives. The source of docs/conditions.md; a test compares it with the code. */

export interface ReasonText {
  reason: string;
  /** With which status it comes. */
  status: 'True' | 'False' | 'Unknown';
  meaning: string;
  /** What an admin does about it; empty: nothing. */
  remedy: string;
}

export interface ConditionText {
  kind: 'EhosCloud' | 'EhosMaster' | 'EhosNodePool' | 'EhosNode';
  type: string;
  meaning: string;
  reasons: readonly ReasonText[];
}

type Row = readonly [reason: string, status: ReasonText['status'], meaning: string, remedy?: string];

function condition(kind: ConditionText['kind'], type: string, meaning: string, rows: readonly Row[]): ConditionText {
  const reasons = rows.map(([reason, status, means, remedy = '']) => ({ reason, status, meaning: means, remedy }));
  return { kind, type, meaning, reasons };
}

const NOT_TRIED: Row = [
  'NotTried',
  'Unknown',
  'The first try has not ended, or the peer has not answered yet.',
  'If it stays: the message says what it waits for.',
];
const TRANSIENT: Row = [
  'TransientError',
  'False',
  'The peer does not answer, or answers with an error that may pass. It is asked again by itself, with growing pauses.',
  'Read the message: it has the words of the peer.',
];
const DELETING: Row = ['Deleting', 'False', 'It is being deleted and waits for its nodes to be drained and deleted.'];
const NO_CREDENTIALS: Row = [
  'InvalidCredentials',
  'False',
  'Keystone refuses the credentials, or the Secret or the clouds.yaml in it cannot be used.',
  'Correct the Secret: the message names the key or field. It is read again within a minute.',
];
const USED_UP: Row = [
  'QuotaUsedUp',
  'False',
  'A quota of the project is used up; the message says which.',
  'Ask for more quota, remove leftovers, or add another cloud to the pool.',
];

const cloud: ConditionText[] = [
  condition('EhosCloud', 'Ready', 'The cloud can be used. Sums up Authenticated, Synced and QuotaAvailable.', [
    ['Ready', 'True', 'It is authenticated and listed.'],
    ['Suspended', 'True', 'spec.suspend is true: it gets no new nodes.', 'Set spec.suspend: false when it shall.'],
    ['QuotaUsedUp', 'True', 'It works, and a quota is used up: what there is goes on.', 'See QuotaAvailable.'],
    NO_CREDENTIALS,
    TRANSIENT,
    NOT_TRIED,
    DELETING,
  ]),
  condition('EhosCloud', 'Authenticated', 'Keystone accepts the credentials.', [
    ['Authenticated', 'True', 'It does.'],
    NO_CREDENTIALS,
    NOT_TRIED,
  ]),
  condition('EhosCloud', 'Synced', 'Servers, flavors and quota were listed completely.', [
    ['Listed', 'True', 'They were.'],
    ['NotAuthenticated', 'False', 'Without credentials nothing can be listed.', 'See Authenticated.'],
    TRANSIENT,
    NOT_TRIED,
  ]),
  condition('EhosCloud', 'QuotaAvailable', 'No quota of the project is used up.', [
    ['Available', 'True', 'None is.'],
    USED_UP,
    NOT_TRIED,
  ]),
  condition('EhosCloud', 'NoOrphans', 'Each server of ours has its EhosNode.', [
    ['None', 'True', 'Each has.'],
    ['Waiting', 'False', 'Some have none; what stays so for the grace time gets one again.'],
    [
      'Brake',
      'False',
      'So many have neither EhosNode nor pool that none is removed without your word.',
      'Apply the pools again, or run the command in the message.',
    ],
    [
      'Untold',
      'False',
      'Servers with our tag do not say whose they are. They are not touched.',
      'Delete them by hand, or take the tag off.',
    ],
    ['CannotTell', 'Unknown', 'The records could not be listed to compare.', 'The message says why.'],
  ]),
];

const master: ConditionText[] = [
  condition('EhosMaster', 'Ready', 'The master can be worked with. Sums up Connected and Synced.', [
    ['Ready', 'True', 'It is connected and read.'],
    ['ConnectionFailed', 'False', 'See Connected.'],
    ['AuthenticationFailed', 'False', 'See Connected.'],
    ['InvalidConfiguration', 'False', 'See Connected.'],
    ['NotConnected', 'False', 'See Synced.'],
    TRANSIENT,
    NOT_TRIED,
    DELETING,
  ]),
  condition('EhosMaster', 'Connected', 'There is an SSH connection, and HTCondor answers.', [
    ['Connected', 'True', 'The message has its version and trust domain.'],
    [
      'ConnectionFailed',
      'False',
      'The host does not answer, or the connection broke. Tried again by itself.',
      'Look at host, port, firewalls and NetworkPolicies on the way, and at sshd.',
    ],
    [
      'AuthenticationFailed',
      'False',
      'sshd does not accept the key, or the host shows another host key than the Secret has.',
      'Correct the Secret. Do not take over a new host key before you know why it changed.',
    ],
    [
      'InvalidConfiguration',
      'False',
      'The spec or a Secret cannot be used, or there is no HTCondor of a supported version.',
      'The message names the field.',
    ],
    NOT_TRIED,
  ]),
  condition('EhosMaster', 'Synced', 'Queue and nodes were read.', [
    ['Read', 'True', 'They were.'],
    ['NotConnected', 'False', 'Nothing can be read without a connection.', 'See Connected.'],
    TRANSIENT,
    NOT_TRIED,
  ]),
  condition('EhosMaster', 'JobsServed', 'Every idle job has a pool.', [
    ['Served', 'True', 'Every one has.'],
    [
      'NoSuchPool',
      'False',
      'Jobs name a pool that does not exist, or none while no pool is the default.',
      'Correct the jobs with condor_qedit, or give one pool jobs.default: true.',
    ],
    ['NotRead', 'Unknown', 'The queue is not known.', 'See Synced.'],
  ]),
  condition('EhosMaster', 'NodesHeard', 'Not many nodes fell silent at once.', [
    ['Heard', 'True', 'Its nodes are heard.'],
    [
      'ManySilentAtOnce',
      'False',
      'More likely nobody hears them than that they all died: none is given up.',
      'Look at the network, the collector and the tokens; if they are lost, say so with the annotation in the message.',
    ],
    ['LossConfirmed', 'False', 'You have said that they are lost: they are given up as single ones are.'],
    ['NotRead', 'Unknown', 'The nodes were not read yet.', 'See Synced.'],
  ]),
  condition('EhosMaster', 'NodesGenuine', 'Each startd speaks for one node of its own.', [
    ['NoDoubt', 'True', 'Each does, or for none of ours.'],
    ['SharedIdentity', 'False', 'Two startds speak as one node: a machine was cloned, or a token copied.', 'End one.'],
    ['ClaimsOtherNode', 'False', 'A startd says that it is another node than its token is for.', 'End it.'],
    ['ClaimsOtherName', 'False', 'A startd uses the slot name of another node.', 'End it.'],
    ['NodeIsGone', 'False', 'A startd speaks for a node that was removed.', 'Find its machine and end it.'],
    ['NotRead', 'Unknown', 'The nodes are not known.', 'See Synced.'],
  ]),
];

const pool: ConditionText[] = [
  condition('EhosNodePool', 'Ready', 'The pool can do its work.', [
    ['Ready', 'True', 'It scales by the queue.'],
    ['PartlyInvalid', 'True', 'It works, and a part of its spec cannot be used.', 'The message names the field.'],
    ['Observe', 'True', 'Its mode: it plans and does nothing.', 'Set mode: Active when the plans look right.'],
    ['Paused', 'True', 'Its mode: it neither plans nor acts.', 'Set mode: Active.'],
    ['MasterNotSynced', 'False', 'Its master is not read.', 'See the conditions of the EhosMaster.'],
    ['NoCloudAvailable', 'False', 'None of its clouds takes new nodes now.', 'The message tells why, cloud by cloud.'],
    ['InvalidConfiguration', 'False', 'Its spec names what does not exist.', 'The message names field and value.'],
    DELETING,
  ]),
  condition('EhosNodePool', 'ScalingUp', 'Nodes are on their way.', [
    ['NodesStarting', 'True', 'Some are.'],
    ['Enough', 'False', 'None is.'],
  ]),
  condition('EhosNodePool', 'ScalingLimited', 'Fewer nodes are made than are wanted.', [
    ['NotLimited', 'False', 'Nothing limits the number of nodes.'],
    ['MaxNodes', 'True', 'maxNodes, or a bound for a part of the nodes, is reached.', 'Raise it.'],
    [
      'Quota',
      'True',
      'The quota of a cloud, its spec.limits or a server group has no room.',
      'Raise it, or add a cloud.',
    ],
    ['CloudUnavailable', 'True', 'A cloud takes no new nodes.', 'See the conditions of the EhosCloud.'],
    [
      'Cooldown',
      'True',
      'Creates failed there lately: it is tried again by itself.',
      'The message has the words of the cloud.',
    ],
    [
      'Throttled',
      'True',
      'So many were made just now that more must wait.',
      'Raise the limits of pace in scaleUp, if you like.',
    ],
  ]),
  condition('EhosNodePool', 'UnsatisfiableJobs', 'Jobs ask for more than any node of the pool offers.', [
    ['None', 'False', 'Every queued job fits a node of the pool.'],
    ['NothingFits', 'True', 'Some do not.', 'status.jobs.unsatisfiable has a remedy for each shape.'],
  ]),
  condition('EhosNodePool', 'PhantomJobs', 'HTCondor does not start jobs although room for them stands free.', [
    ['None', 'False', 'Every queued job counts.'],
    ['NotStarted', 'True', 'Some do not count for now.', 'status.jobs.phantom has the words of HTCondor.'],
  ]),
  condition('EhosNodePool', 'BootsFailing', 'The last servers of the pool in a cloud did not join.', [
    ['None', 'False', 'They join, as far as any were made.'],
    [
      'ServersDoNotJoin',
      'True',
      'Three or more in a row did not: the next are made one at a time, after a pause.',
      'Look at the console in the event BootTimeout; correct image, user data or network.',
    ],
  ]),
  condition('EhosNodePool', 'MasterSynced', 'The queue is known and fresh.', [
    ['Read', 'True', 'It is.'],
    ['NotRead', 'False', 'It is not: nothing is made for jobs, and nothing removed.', 'See the EhosMaster.'],
  ]),
];

const node: ConditionText[] = [
  condition('EhosNode', 'Launched', 'Its server exists.', [
    ['ServerCreated', 'True', 'The message has its id.'],
    ['Pending', 'False', 'It was not asked for yet.'],
    ['Launching', 'False', 'It was asked for, and there is no answer yet.'],
    ['Deleting', 'False', 'It is to be removed before there was a server.'],
  ]),
  condition('EhosNode', 'Joined', 'Its startd was seen in the pool.', [
    ['StartdSeen', 'True', 'The message has the name of its slot.'],
    ['NotSeen', 'False', 'It was not seen yet.'],
    ['TokenApproved', 'False', 'Its request for a token was approved: it is about to join.'],
  ]),
  condition(
    'EhosNode',
    'Drained',
    'HTCondor proved that it runs nothing and takes no job. Only while it is to be removed.',
    [
      ['ProvedIdle', 'True', 'It did.'],
      ['DrainRequested', 'False', 'Not yet; the message says what it waits for.'],
    ],
  ),
  condition('EhosNode', 'Drifted', 'It is not what its pool would make now.', [
    ['UpToDate', 'False', 'It is.'],
    ['ImageChanged', 'True', 'The pool uses another image.'],
    ['TemplateChanged', 'True', 'Something else of the template has changed.'],
    ['FlavorRemoved', 'True', 'The pool does not allow its flavor any more.'],
    ['CloudRemoved', 'True', 'The pool does not use its cloud any more.'],
  ]),
  condition('EhosNode', 'Expired', 'It is older than disruption.expireAfter of its pool.', [
    ['Never', 'False', 'Nodes of its pool do not expire.'],
    ['Young', 'False', 'Its time has not come.'],
    ['Old', 'True', 'It has.'],
  ]),
  condition('EhosNode', 'BlackHole', 'Jobs fail there as soon as they start, and elsewhere do not.', [
    ['JobsFailAtOnce', 'True', 'It takes no more jobs.', 'Look at its disk, mounts and StarterLog; then delete it.'],
    ['Released', 'False', 'An admin has said that it is none.'],
  ]),
  condition('EhosNode', 'Ready', 'It runs jobs, or could.', [
    ['Ready', 'True', 'It is in the pool.'],
    ['Pending', 'False', 'Its server was not asked for yet.'],
    ['Launching', 'False', 'Its server was asked for.'],
    ['Booting', 'False', 'Its server exists and has not joined.'],
    ['Lost', 'False', 'HTCondor does not hear of it.', 'One now and then is replaced by itself.'],
    ['BlackHole', 'False', 'See BlackHole.', 'Delete it, or release it.'],
    ['Draining', 'False', 'It is being emptied.'],
    ['Deleting', 'False', 'Its server is being removed.'],
  ]),
];

export const CONDITION_TEXTS: readonly ConditionText[] = [...cloud, ...master, ...pool, ...node];

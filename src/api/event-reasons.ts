/** Every event and every decision that the operator tells, by its reason. The source of docs/conditions.md; a test compares it with the code. */

export interface EventText {
  reason: string;
  type: 'Normal' | 'Warning';
  /** Kinds that it is told on. */
  on: string;
  meaning: string;
  /** What an admin does about it; empty: nothing. */
  remedy: string;
}

export interface DecisionText {
  reason: string;
  meaning: string;
}

type Row = readonly [reason: string, type: EventText['type'], on: string, meaning: string, remedy?: string];

const rows: readonly Row[] = [
  ['AuthenticationFailed', 'Warning', 'EhosCloud', 'The credentials are refused.', 'Correct the Secret.'],
  ['SyncFailed', 'Warning', 'EhosCloud', 'The cloud cannot be listed; tried again.', 'The message has its words.'],
  [
    'ServerAdopted',
    'Warning',
    'EhosCloud',
    'A server without a record got one again.',
    'Find out who deleted the record.',
  ],
  ['OrphanReleased', 'Warning', 'EhosCloud', 'A server without record and pool is drained and removed.'],
  ['OrphanBrake', 'Warning', 'EhosCloud', 'Too many servers without record and pool: you decide.', 'See NoOrphans.'],
  ['AddressReleased', 'Warning', 'EhosCloud', 'A floating IP of a node that is gone was released.'],
  ['PollFailed', 'Warning', 'EhosMaster', 'The master cannot be read; tried again.', 'See Connected.'],
  [
    'JoinFailed',
    'Warning',
    'EhosMaster',
    'Token requests could not be approved; tried again.',
    'Does the account have ADMINISTRATOR?',
  ],
  [
    'TokenRequestRefused',
    'Warning',
    'EhosMaster',
    'Someone asked for a token that it must not have.',
    'Unless it is a misconfigured node: look who asks.',
  ],
  ['ManyNodesSilent', 'Warning', 'EhosMaster', 'Many nodes fell silent at once.', 'See NodesHeard.'],
  ['NodesHeard', 'Normal', 'EhosMaster', 'They are heard again, or are gone.'],
  ['SharedIdentity', 'Warning', 'EhosMaster', 'See NodesGenuine.', 'End one of the two.'],
  ['ClaimsOtherNode', 'Warning', 'EhosMaster', 'See NodesGenuine.', 'End it.'],
  ['ClaimsOtherName', 'Warning', 'EhosMaster', 'See NodesGenuine.', 'End it.'],
  ['NodeIsGone', 'Warning', 'EhosMaster', 'See NodesGenuine.', 'Find its machine and end it.'],
  ['CreatingNodes', 'Normal', 'EhosNodePool', 'Nodes are made: how many, where, and why.'],
  ['RecallingNodes', 'Normal', 'EhosNodePool', 'Drains are called off, since jobs need the nodes.'],
  ['RemovingNodes', 'Normal', 'EhosNodePool', 'Nodes are to leave: which, and why.'],
  ['BootsFailing', 'Warning', 'EhosNodePool', 'Servers in a row did not join.', 'See BootsFailing.'],
  ['BootsWork', 'Normal', 'EhosNodePool', 'One has joined: nodes are made as usual.'],
  [
    'ServerGroupStays',
    'Warning',
    'EhosNodePool, EhosCloud',
    'A server group could not be removed with it; tried again.',
    'The message has the words of the cloud.',
  ],
  ['Launched', 'Normal', 'EhosNode', 'The cloud accepted its server.'],
  [
    'CreateFailed',
    'Warning',
    'EhosNode, EhosNodePool',
    'The cloud refused its server; the plan is made anew.',
    'The message has the words of the cloud.',
  ],
  [
    'CreateUnanswered',
    'Warning',
    'EhosNode, EhosNodePool',
    'No answer to the create: the server is looked for by its tag.',
  ],
  ['Adopted', 'Normal', 'EhosNode', 'The server was found by its tag.'],
  ['Joined', 'Normal', 'EhosNode', 'Its startd is in the pool.'],
  [
    'BootTimeout',
    'Warning',
    'EhosNode, EhosNodePool',
    'It did not join in time and is replaced; how far its console shows it came.',
    'See BootsFailing.',
  ],
  [
    'ServerFailed',
    'Warning',
    'EhosNode, EhosNodePool',
    'The cloud shows its server as failed; it is replaced.',
    'The message has the fault.',
  ],
  [
    'ServerVanished',
    'Warning',
    'EhosNode, EhosNodePool',
    'Its server is gone and was not deleted by us.',
    'Find out who did.',
  ],
  ['Lost', 'Warning', 'EhosNode, EhosNodePool', 'Its startd is not heard of.'],
  ['FoundAgain', 'Normal', 'EhosNode', 'Its startd is heard of again.'],
  ['BlackHole', 'Warning', 'EhosNode, EhosNodePool', 'Jobs fail there as soon as they start.', 'See BlackHole.'],
  ['Recalled', 'Normal', 'EhosNode', 'It is needed again: its drain is called off.'],
  ['Drained', 'Normal', 'EhosNode', 'HTCondor proved that it runs nothing.'],
  ['DrainCancelled', 'Normal', 'EhosNode', 'A job arrived: it stays.'],
  [
    'DrainFailed',
    'Warning',
    'EhosNode',
    'The drain command failed; tried again.',
    'The message has the words of HTCondor.',
  ],
  ['JobsVacated', 'Warning', 'EhosNode, EhosNodePool', 'terminationGracePeriod is over: its jobs are queued again.'],
  ['DeletingServer', 'Normal', 'EhosNode', 'The cloud is asked to delete its server, and why.'],
  [
    'DeleteFailed',
    'Warning',
    'EhosNode, EhosNodePool',
    'The cloud refuses; tried again each minute.',
    'Unlock the server, or ask the operators of the cloud.',
  ],
  [
    'HeardInTime',
    'Normal',
    'EhosNode',
    'Its server was about to be deleted since HTCondor did not hear of it, and now does: it is kept.',
  ],
  [
    'DeletionVoid',
    'Warning',
    'EhosNode, EhosNodePool',
    'The cloud did not begin, and its startd takes jobs: it is drained anew.',
    'Look why the cloud did not delete it.',
  ],
  [
    'ForeignServer',
    'Warning',
    'EhosNode',
    'Its record names a server that is not its own, which is not deleted.',
    'Who changed the status?',
  ],
  ['LeftBehind', 'Warning', 'EhosNode', 'A port, volume or floating IP outlived its server and is being removed.'],
  ['FloatingIPGiven', 'Normal', 'EhosNode', 'It has its floating IP.'],
  [
    'NoFloatingIP',
    'Warning',
    'EhosNode, EhosNodePool',
    'It has none yet; tried again.',
    'The message has the words of the cloud.',
  ],
];

export const EVENT_TEXTS: readonly EventText[] = rows.map(([reason, type, on, meaning, remedy = '']) => ({
  ...{ reason, type, on },
  ...{ meaning, remedy },
}));

/** `status.lastDecision.reason` of a pool, and the label of ehos_decisions_total. */
export const DECISION_TEXTS: readonly DecisionText[] = [
  { reason: 'ScaleUp', meaning: 'Nodes are made.' },
  { reason: 'ScaleDown', meaning: 'Nodes that nothing needs are drained.' },
  { reason: 'Replace', meaning: 'Nodes are made, and others drained in their place.' },
  { reason: 'Recall', meaning: 'Nodes that were being drained are needed again.' },
  { reason: 'Enough', meaning: 'There is room for all jobs, or there are none.' },
  { reason: 'Paused', meaning: 'Mode Paused: nothing is planned.' },
  { reason: 'Deleting', meaning: 'The pool is being deleted, and its nodes with it.' },
  { reason: 'QueueUnknown', meaning: 'The master was not read: nothing is made for jobs.' },
  { reason: 'MaxNodes', meaning: 'More are wanted than maxNodes allows.' },
  { reason: 'Quota', meaning: 'More are wanted than the quota, spec.limits or a server group has room for.' },
  { reason: 'CloudUnavailable', meaning: 'More are wanted, and the clouds for them take none.' },
  { reason: 'Cooldown', meaning: 'More are wanted, and where they would be made creates failed lately.' },
  { reason: 'Throttled', meaning: 'More are wanted, and wait for the pace that scaleUp sets.' },
];

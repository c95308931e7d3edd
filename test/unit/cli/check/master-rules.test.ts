import { expect } from 'chai';
import type { EhosMaster, EhosMasterSpec } from '../../../../src/api/resources.ts';
import { Findings } from '../../../../src/cli/check/line.ts';
import { judgeMaster, PERMISSIONS, type MasterAnswers } from '../../../../src/cli/check/master-rules.ts';
import type { MasterFacts } from '../../../../src/condor/master.ts';

const FACTS: MasterFacts = {
  version: '23.9.6',
  trustDomain: 'pool.example',
  caCertificate: 'PEM',
  certificateName: 'master.example',
  negotiatorInterval: 60,
};
/** As docs/preparing-a-master.md has it. */
const CONFIG: Record<string, string> = {
  AUTH_SSL_SERVER_CERTFILE: '/etc/condor/hostcert.pem',
  SEC_DEFAULT_AUTHENTICATION_METHODS: 'FS, IDTOKENS, SSL',
  SEC_TOKEN_REQUEST_LIMITS: 'ADVERTISE_STARTD, ADVERTISE_MASTER',
  SEC_ISSUED_TOKEN_EXPIRATION: '2592000',
  ALLOW_ADVERTISE_STARTD: 'condor@pool.example ehos-node-*@pool.example/10.20.0.0/16 ehos@pool.example',
  ALLOW_ADVERTISE_MASTER: 'condor@pool.example ehos-node-*@pool.example/10.20.0.0/16 ehos@pool.example',
  JOB_DEFAULT_LEASE_DURATION: '600',
};

interface Case {
  config?: Record<string, string | undefined>;
  denied?: string[];
  spec?: Partial<EhosMasterSpec>;
  facts?: Partial<MasterFacts>;
  clockAheadMs?: number;
}

function judge({ config = {}, denied = [], spec = {}, facts = {}, clockAheadMs = 0 }: Case): Record<string, string> {
  const values = Object.entries({ ...CONFIG, ...config }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const answers: MasterAnswers = {
    config: new Map(values),
    permissions: new Map(
      PERMISSIONS.map(({ level }) => {
        const allowed = !denied.includes(level);
        return [level, { allowed, identity: 'ehos@pool.example', words: allowed ? '' : 'DENIED' }];
      }),
    ),
    clockAheadMs,
  };
  const ssh = { host: 'm', user: 'ehos', privateKeyRef: { name: 'k' } };
  const master: EhosMaster = { metadata: { name: 'main' }, spec: { ssh, condor: { host: '10.20.0.1' }, ...spec } };
  const findings = new Findings('EhosMaster');
  judgeMaster(answers, master, { ...FACTS, ...facts }, findings);
  return Object.fromEntries(
    findings.lines
      .filter(({ result }) => result !== 'OK')
      .map(({ what, result, found, remedy = '' }) => [what, `${result} ${found} | ${remedy}`]),
  );
}

describe('the rules for a master', () => {
  it('find nothing wrong with one that is prepared as the page says', () => expect(judge({})).to.deep.equal({}));

  const cases: [string, Case, string, RegExp][] = [
    [
      'no administrator',
      { denied: ['ADMINISTRATOR'] },
      'may ADMINISTRATOR',
      /^FAIL .*drains nodes and approves.*DENIED \| .*part 5/,
    ],
    ['no advertising', { denied: ['ADVERTISE_STARTD'] }, 'may ADVERTISE_STARTD', /^FAIL .* part 4/],
    [
      'drain off',
      { config: { SEC_ENABLE_REMOTE_ADMINISTRATION: 'False' } },
      'draining',
      /^FAIL .*no node can be drained/,
    ],
    ['no authority', { facts: { caCertificate: undefined } }, 'certificate', /^FAIL .*hostcert\.pem \| .*part 1/],
    [
      'no certificate',
      { facts: { caCertificate: undefined }, config: { AUTH_SSL_SERVER_CERTFILE: undefined } },
      'certificate',
      /^FAIL .*AUTH_SSL_SERVER_CERTFILE is not set/,
    ],
    [
      'no SSL',
      { config: { SEC_DEFAULT_AUTHENTICATION_METHODS: 'FS, IDTOKENS' } },
      'SSL',
      /^FAIL .*"FS, IDTOKENS".*part 2/,
    ],
    ['no limits', { config: { SEC_TOKEN_REQUEST_LIMITS: undefined } }, 'token limits', /^WARN .*part 3/],
    [
      'limits that let nobody in',
      { config: { SEC_TOKEN_REQUEST_LIMITS: 'READ, ADVERTISE_MASTER' } },
      'token limits',
      /^FAIL .*lacks ADVERTISE_STARTD/,
    ],
    [
      'limits that let more in',
      { config: { SEC_TOKEN_REQUEST_LIMITS: 'ADVERTISE_STARTD,ADVERTISE_MASTER,ADMINISTRATOR' } },
      'token limits',
      /^WARN .*also has ADMINISTRATOR/,
    ],
    [
      'tokens that end too early',
      { config: { SEC_ISSUED_TOKEN_EXPIRATION: '3600' } },
      'token lifetime',
      /^FAIL .*after 1h, .*for 720h/,
    ],
    [
      'a single address',
      { config: { ALLOW_ADVERTISE_STARTD: 'ehos-node-*@pool.example/10.20.0.7 x' } },
      'ALLOW_ADVERTISE_STARTD',
      /^WARN "\/10\.20\.0\.7" .*every address/,
    ],
    [
      'a single address with its mask',
      { config: { ALLOW_ADVERTISE_MASTER: 'ehos-node-*@pool.example/10.20.0.7/32' } },
      'ALLOW_ADVERTISE_MASTER',
      /^WARN "\/10\.20\.0\.7\/32"/,
    ],
    [
      'nodes that are not named',
      { config: { ALLOW_ADVERTISE_MASTER: 'condor@pool.example' } },
      'ALLOW_ADVERTISE_MASTER',
      /^WARN it does not name ehos-node/,
    ],
    ['a long lease', { config: { JOB_DEFAULT_LEASE_DURATION: '2400' } }, 'job lease', /^WARN 2400 s.*part 6/],
    [
      'an address that only the master has',
      { spec: { condor: { host: '127.0.0.1' } } },
      'address for nodes',
      /^WARN .*the node itself/,
    ],
    ['a clock that is behind', { clockAheadMs: -120_000 }, 'clock', /^WARN 2m behind ours/],
  ];
  for (const [what, given, line, words] of cases)
    it(`tell ${what}, and nothing else`, () => {
      const told = judge(given);
      expect(Object.keys(told)).to.deep.equal([line]);
      expect(told[line]).to.match(words);
    });

  it('ask no certificate of a master whose nodes bring their token', () =>
    expect(
      judge({
        spec: { nodeCredentials: { method: 'SecretRef' } },
        facts: { caCertificate: undefined },
        config: { SEC_DEFAULT_AUTHENTICATION_METHODS: 'FS' },
      }),
    ).to.deep.equal({}));
});

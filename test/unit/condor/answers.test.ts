/** Parsers of the smaller answers. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { EhosError } from '../../../src/base/errors.ts';
import { serverIdentity } from '../../../src/condor/certificates.ts';
import { parseCollectorStart } from '../../../src/condor/collector.ts';
import { drainOutcome, isSlotName } from '../../../src/condor/drain.ts';
import {
  approvalOutcome,
  isRequestId,
  ownIdentity,
  parseTokenRequests,
  tokenOf,
} from '../../../src/condor/token-requests.ts';
import { parseVersion } from '../../../src/condor/version.ts';

const step = (code: number, stdout = '', stderr = ''): { code: number; stdout: string; stderr: string } => ({
  code,
  stdout,
  stderr,
});

describe('parseVersion', () => {
  const accepted: [output: string, version: string][] = [
    [
      '$CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $\n$CondorPlatform: X86_64-Debian_13 $',
      '23.9.6',
    ],
    ['$CondorVersion: 23.0.0 2023-09-29 BuildID: 678199 $', '23.0.0'],
    ['$CondorVersion: 25.1.0 2025-09-01 BuildID: 1 $', '25.1.0'],
  ];
  for (const [output, version] of accepted) {
    it(`reads ${version}`, () => {
      expect(parseVersion(output)).to.equal(version);
    });
  }
  const refused: [output: string, words: RegExp][] = [
    ['$CondorVersion: 10.9.0 2023-10-02 $', /10\.9\.0 is too old: 23\.0 or later/],
    ['$CondorVersion: 9.0.17 Oct 04 2022 $', /9\.0\.17 is too old/],
    ['', /names no version/],
    ['Slurm 23.02', /names no version/],
  ];
  for (const [output, words] of refused) {
    it(`refuses ${JSON.stringify(output)}`, () => {
      expect(() => parseVersion(output))
        .to.throw(EhosError, words)
        .that.includes({ errorClass: 'Invalid' });
    });
  }
});

describe('parseCollectorStart', () => {
  const table: [title: string, ads: unknown, start: number | undefined][] = [
    ['nothing yet', [], undefined],
    ['one', [{ StatsLastUpdateTime: 1000, StatsLifetime: 300 }], 700],
    [
      'the youngest of two',
      [
        { StatsLastUpdateTime: 1000, StatsLifetime: 300 },
        { StatsLastUpdateTime: 1000, StatsLifetime: 20 },
      ],
      980,
    ],
    ['one without statistics', [{ Name: 'x' }], undefined],
  ];
  for (const [title, ads, start] of table) {
    it(`finds ${title}`, () => {
      expect(parseCollectorStart(JSON.stringify(ads))).to.equal(start);
    });
  }
});

describe('drainOutcome', () => {
  const failure = (code: number, words: string): string =>
    `Attempt to send DRAIN_JOBS to startd <10.20.1.39:9618?sock=startd> failed Received failure from slot1@n in response to DRAIN_JOBS request: error code ${code}: ${words}`;
  const table: [title: string, answer: ReturnType<typeof step>, kind: string][] = [
    ['accepted', step(0, 'Sent request to drain the startd <...> with slot1@n.'), 'Drained'],
    ['a job runs', step(1, '', failure(10003, 'Draining check expression is false on slot1_1@n.')), 'Busy'],
    ['said on standard output', step(1, failure(10003, 'Draining check expression is false on slot1_1@n.')), 'Busy'],
    ['it drains already', step(1, '', failure(10001, 'Draining already in progress.')), 'AlreadyDraining'],
    ['another code', step(1, '', failure(10099, 'Something else.')), 'Failed'],
    ['unknown', step(1, '', "ERROR: Can't find address for startd slot1@n"), 'Failed'],
    ['the collector is down', step(1, '', 'ERROR: (null)'), 'Failed'],
    ['no answer in time', step(124), 'Failed'],
    ['no such command', step(127), 'Failed'],
  ];
  for (const [title, answer, kind] of table) {
    it(`${title}: ${kind}`, () => {
      const outcome = drainOutcome(answer);
      expect(outcome.kind).to.equal(kind);
      if ('message' in outcome) expect(outcome.message).not.to.equal('');
    });
  }
});

describe('isSlotName', () => {
  const table: [name: string, ok: boolean][] = [
    ['slot1@n1.example', true],
    ['slot1_2@n1', true],
    ['slot1@startd@n1.example', true],
    ['n1.example', false],
    ['-fast@x', false],
    ['slot1@n1 -fast', false],
    ['slot1@n1\n', false],
    ['slot1@$(id)', false],
    ['', false],
    [`slot1@${'n'.repeat(600)}`, false],
  ];
  for (const [name, ok] of table) {
    it(`${JSON.stringify(name.slice(0, 40))} is ${ok ? 'one' : 'none'}`, () => {
      expect(isSlotName(name)).to.equal(ok);
    });
  }
});

describe('token requests', () => {
  it('are read literally, even where they look like an expression', () => {
    const ad = {
      RequestId: '0009824',
      RequestedIdentity: '/Expr(1+1)/',
      AuthenticatedIdentity: 'a@b',
      PeerLocation: '10.0.0.1',
    };
    expect(parseTokenRequests(JSON.stringify([ad]))).to.deep.equal([
      {
        id: '0009824',
        requestedIdentity: '/Expr(1+1)/',
        authorizations: undefined,
        lifetime: undefined,
        authenticatedAs: 'a@b',
        peer: '10.0.0.1',
      },
    ]);
  });

  const limits: [title: string, change: Record<string, unknown>, expected: Record<string, unknown>][] = [
    [
      'scopes',
      { LimitAuthorization: 'ADVERTISE_STARTD, ADVERTISE_MASTER' },
      { authorizations: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'] },
    ],
    ['empty scopes', { LimitAuthorization: '' }, { authorizations: [] }],
    ['a lifetime', { TokenLifetime: 3600 }, { lifetime: 3600 }],
    ['no end', { TokenLifetime: -1 }, { lifetime: undefined }],
    ['nonsense', { TokenLifetime: 'long', PeerLocation: 3 }, { lifetime: undefined, peer: '' }],
  ];
  for (const [title, change, expected] of limits) {
    it(`have ${title}`, () => {
      const [request] = parseTokenRequests(JSON.stringify([{ RequestId: '1', ...change }]));
      expect(request).to.deep.include(expected);
    });
  }

  it('without an id are refused', () => {
    expect(() => parseTokenRequests('[{"PeerLocation": "x"}]')).to.throw(/RequestId/);
  });

  for (const [id, ok] of [
    ['0009824', true],
    ['', false],
    ['12;id', false],
    ['-1', false],
  ] as const) {
    it(`${JSON.stringify(id)} is ${ok ? 'an' : 'no'} id`, () => {
      expect(isRequestId(id)).to.equal(ok);
    });
  }

  const approvals: [title: string, answer: ReturnType<typeof step>, approved: boolean, message: RegExp][] = [
    ['yes', step(0, 'Request contents:\n...\nRequest 0000007 approved successfully.'), true, /approved successfully/],
    ['rc 0 without approval', step(0, 'Request was NOT approved.'), false, /NOT approved/],
    ['approval of another', step(0, 'Request 0000008 approved successfully.'), false, /0000008/],
    [
      'unknown',
      step(1, '', 'Remote daemon did not provide information for request ID 0000007.'),
      false,
      /did not provide/,
    ],
    ['silence', step(124), false, /exit code 124/],
  ];
  for (const [title, answer, approved, message] of approvals) {
    it(`approval: ${title}`, () => {
      const outcome = approvalOutcome('0000007', answer);
      expect(outcome.approved).to.equal(approved);
      expect(outcome.message).to.match(message);
    });
  }

  it('yield the token on the last line', () => {
    expect(tokenOf('Token request enqueued.  Ask an administrator to please approve request 1.\na.b-_.c\n')).to.equal(
      'a.b-_.c',
    );
    expect(tokenOf('Token request enqueued.')).to.equal(undefined);
    expect(tokenOf('')).to.equal(undefined);
  });

  it('tell who asks', () => {
    expect(
      ownIdentity('Authenticated using:         FS\nRemote Mapping:              ehos@ehos.rig\nAuthorized: TRUE\n'),
    ).to.equal('ehos@ehos.rig');
    expect(ownIdentity('ERROR: couldn’t locate COLLECTOR!')).to.equal(undefined);
  });
});

describe('serverIdentity', () => {
  const pem = (name: string): string => readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');
  const server = pem('host.pem');
  const authority = pem('ca.pem');
  const other = pem('other-ca.pem');

  it('finds the authority that signed the certificate, and its name', () => {
    const identity = serverIdentity(server, [other, authority]);
    expect(identity?.caCertificate.trim()).to.equal(authority.trim());
    expect(identity?.certificateName).to.equal('condor-master');
  });

  it('takes the first certificate of a chain', () => {
    expect(serverIdentity(server + authority, [authority])?.certificateName).to.equal('condor-master');
  });

  it('finds the authority among several in one file', () => {
    expect(serverIdentity(server, [other + authority])?.caCertificate.trim()).to.equal(authority.trim());
  });

  it('takes the common name where there is no other', () => {
    expect(serverIdentity(pem('host-cn-only.pem'), [authority])?.certificateName).to.equal('old-style.example');
  });

  for (const [title, certificate, authorities] of [
    ['no certificate', undefined, [authority]],
    ['an empty file', '', [authority]],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', [authority]],
    ['no authority', server, []],
    ['another authority of the same name', server, [other]],
  ] as const) {
    it(`finds none with ${title}`, () => {
      expect(serverIdentity(certificate, [...authorities])).to.equal(undefined);
    });
  }
});

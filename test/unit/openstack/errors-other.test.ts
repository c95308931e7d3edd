import { expect } from 'chai';
import type { ErrorClass } from '../../../src/base/errors.ts';
import { answerError, faultClass } from '../../../src/openstack/errors.ts';
import type { Asked } from '../../../src/openstack/errors.ts';
import type { HttpAnswer } from '../../../src/openstack/http.ts';
import { allFixtures } from './fixtures.ts';

const fixtures = allFixtures();

describe('errors of OpenStack: the fault of every captured server', () => {
  const EXPECTED_FAULTS: Record<string, ErrorClass> = {
    'fault-placement-down-server': 'NoCapacity',
    'server-delete-failed-state': 'Transient',
    'server-error-anti-affinity': 'NoCapacity',
    'server-error-bfv-gigabytes-quota': 'Quota',
    'server-error-bfv-image-too-big': 'Transient',
    'server-error-bfv-volume-quota': 'Quota',
    'server-error-no-valid-host': 'NoCapacity',
    'server-error-no-valid-host-as-admin': 'NoCapacity',
    'server-error-spawn-failed': 'Transient',
    'server-error-zone-anti-affinity': 'NoCapacity',
  };
  const faults = fixtures.flatMap((f) => {
    const server = (f.response.body as { server?: { fault?: { message: string } } } | undefined)?.server;
    return server?.fault ? [{ name: f.name, message: server.fault.message }] : [];
  });

  it('has a row here', () => {
    expect(faults.map((f) => f.name).sort()).to.deep.equal(Object.keys(EXPECTED_FAULTS).sort());
  });
  for (const { name, message } of faults) {
    it(`${name} is ${EXPECTED_FAULTS[name] ?? '?'}`, () => expect(faultClass(message)).to.equal(EXPECTED_FAULTS[name]));
  }
  const others: [string, ErrorClass][] = [
    ['Build of instance x aborted: No more IP addresses available on network y.', 'NoCapacity'],
    ['Insufficient compute resources: Free memory 10 MB < requested 20 MB.', 'NoCapacity'],
    ['Build of instance x aborted: Maximum number of ports exceeded', 'Quota'],
    ['VolumeSizeExceedsAvailableQuota: Requested volume exceeds allowed gigabytes quota', 'Quota'],
    ['Quota exceeded for cores: Requested 0, but already used 21 of 20 cores', 'Quota'],
    ['Insufficient compute resources: Claim pci failed.', 'NoCapacity'],
    ['PCI device request [InstancePCIRequest(alias_name="a100",count=1)] failed', 'NoCapacity'],
    ['Build of instance x was re-scheduled: Anti-affinity instance group policy was violated', 'NoCapacity'],
    [
      'Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance x. Last exception: Insufficient compute resources: Free vcpu 1.00 VCPU < requested 2 VCPU.',
      'NoCapacity',
    ],
    [
      'Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance x. Last exception: internal error: qemu unexpectedly closed the monitor',
      'Transient',
    ],
    [
      'Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance x.',
      'Transient',
    ],
    ['Build of instance x aborted: Failed to allocate the network(s), not rescheduling.', 'Transient'],
    [
      'Build of instance x aborted: Volume y did not finish being created even after we waited 187 seconds or 61 attempts. And its status is downloading.',
      'Transient',
    ],
    ['Timed out waiting for a reply to message ID 0123456789abcdef', 'Transient'],
    ['', 'Transient'],
  ];
  for (const [message, errorClass] of others) {
    it(`"${message}" is ${errorClass}`, () => expect(faultClass(message)).to.equal(errorClass));
  }
});

function answer(status: number, body: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, body, header: (name) => headers[name.toLowerCase()] };
}
const json = { 'content-type': 'application/json' };

describe('errors of OpenStack: what was not captured', () => {
  const rows: [string, Asked, HttpAnswer, ErrorClass, string][] = [
    [
      'Glance asked for JSON',
      { service: 'image', method: 'GET', path: '/images/x' },
      answer(
        404,
        '{"message": "No image found with ID x<br /><br />\\n\\n\\n", "code": "404 Not Found", "title": "Not Found"}',
        json,
      ),
      'NotFound',
      'image GET /images/x: 404 No image found with ID x',
    ],
    [
      'a router of Nova asked for JSON',
      { service: 'compute', method: 'GET', path: '/servers/x' },
      answer(404, '{"message": "The resource could not be found.<br /><br />", "code": "404 Not Found"}', json),
      'Transient',
      '404 The resource could not be found.',
    ],
    [
      'a proxy without its backend',
      { service: 'compute', method: 'GET', path: '/servers/x' },
      answer(404, 'no such route'),
      'Transient',
      '404 no such route',
    ],
    [
      'a body of nothing',
      { service: 'compute', method: 'GET', path: '/servers' },
      answer(502, ''),
      'Transient',
      'compute GET /servers: 502',
    ],
    [
      'JSON that is broken',
      { service: 'compute', method: 'GET', path: '/servers' },
      answer(500, '{"x', json),
      'Transient',
      '500 {"x',
    ],
    [
      'a proxy that refuses a large request',
      { service: 'compute', method: 'POST', path: '/servers' },
      answer(413, '<html><head><title>413 Request Entity Too Large</title></head><body></body></html>'),
      'Invalid',
      '413 413 Request Entity Too Large',
    ],
    [
      'the rate limit of an old Nova',
      { service: 'compute', method: 'POST', path: '/servers' },
      answer(413, '{"overLimit": {"code": 413, "message": "This request was rate-limited."}}', json),
      'RateLimited',
      'rate-limited',
    ],
    [
      'no address left',
      { service: 'network', method: 'POST', path: '/ports' },
      answer(
        409,
        '{"NeutronError": {"type": "IpAddressGenerationFailure", "message": "No more IP addresses available on network x."}}',
        json,
      ),
      'NoCapacity',
      'No more IP addresses',
    ],
    [
      'several networks and none named',
      { service: 'compute', method: 'POST', path: '/servers' },
      answer(
        409,
        '{"conflictingRequest": {"message": "Multiple possible networks found, use a Network ID to be more specific."}}',
        json,
      ),
      'Invalid',
      'Multiple possible networks',
    ],
    [
      'a project that is gone',
      { service: 'identity', method: 'GET', path: '/projects/x' },
      answer(404, '{"error": {"message": "Could not find project: x.", "code": 404}}', json),
      'NotFound',
      'Could not find project',
    ],
    [
      'Keystone behind a wrong path',
      { service: 'identity', method: 'POST', path: '/auth/tokens' },
      answer(404, '<html><body>nginx</body></html>'),
      'Transient',
      '404 nginx',
    ],
    [
      'a request that took the proxy too long',
      { service: 'compute', method: 'GET', path: '/servers' },
      answer(408, ''),
      'Timeout',
      '408',
    ],
    [
      'a redirect',
      { service: 'compute', method: 'GET', path: '/servers' },
      answer(301, '', { location: 'https://nova.example.org/v2.1/servers?x=secret' }),
      'Transient',
      '301 redirected to https://nova.example.org/v2.1/servers',
    ],
    [
      'a teapot',
      { service: 'compute', method: 'GET', path: '/servers' },
      answer(418, 'short and stout'),
      'Invalid',
      '418 short and stout',
    ],
  ];
  for (const [what, asked, given, errorClass, says] of rows) {
    it(`${what} is ${errorClass}`, () => {
      const error = answerError(asked, given);
      expect(error.errorClass).to.equal(errorClass);
      expect(error.message).to.contain(says);
      expect(error.message).to.not.contain('secret');
    });
  }

  for (const status of [500, 502, 503, 504]) {
    it(`a create that was answered ${status} may have been done`, () => {
      expect(
        answerError({ service: 'compute', method: 'POST', path: '/servers' }, answer(status, '')).maybeDone,
      ).to.equal(true);
      expect(
        answerError({ service: 'compute', method: 'GET', path: '/servers' }, answer(status, '')).maybeDone,
      ).to.equal(false);
      expect(
        answerError({ service: 'identity', method: 'POST', path: '/auth/tokens' }, answer(status, '')).maybeDone,
      ).to.equal(false);
    });
  }
  it('ignores a Retry-After that is a date', () => {
    const given = answer(503, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' });
    expect(answerError({ service: 'compute', method: 'GET', path: '/servers' }, given).retryAfterMs).to.equal(
      undefined,
    );
  });
});

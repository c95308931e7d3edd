/** What the capture's fault script saw, as far as the sandbox plays it. */
import type { Recorder } from './recorder.ts';
import { settle } from './scenario-servers.ts';

/** Build requests, lost answers, injected failures, expired tokens. */
export async function outageScenario(r: Recorder): Promise<void> {
  const { driver, faults } = r.test.sandbox;
  const wish = (tag: string): Record<string, unknown> => ({ tags: [tag], metadata: { 'ehos.request': tag } });
  const list = (name: string, query: string): Promise<unknown> => r.nova(name, 'GET', `/servers/detail?${query}`);
  const since = new Date(r.test.clock.now() - 1000).toISOString().slice(0, 19) + 'Z';
  driver.schedulerDown = true;
  const a = await r.create('fault-buildreq-create-a', { name: 'br-a', ...wish('tag-br-a') });
  const b = await r.create('fault-buildreq-create-b', { name: 'br-b', ...wish('tag-br-b') });
  await r.nova('fault-buildreq-get', 'GET', `/servers/${a}`);
  await list('fault-buildreq-list-tags', 'tags=tag-br-a');
  await list('fault-buildreq-list-not-tags', 'not-tags=tag-br-b');
  await list('fault-buildreq-list-name', 'name=^br-a$');
  await list('fault-buildreq-list-status', 'status=BUILD');
  await list('fault-buildreq-list-changes-since', `changes-since=${since}`);
  await list('fault-buildreq-list-plain', 'limit=5');
  await r.nova('fault-buildreq-tags-get', 'GET', `/servers/${a}/tags`);
  await r.nova('fault-buildreq-console', 'POST', `/servers/${a}/action`, { body: { 'os-getConsoleOutput': {} } });
  await r.nova('fault-buildreq-limits', 'GET', '/limits');
  await r.nova('fault-buildreq-delete', 'DELETE', `/servers/${b}`);
  driver.schedulerDown = false;
  await settle(r);

  faults.add({ service: 'compute', method: 'POST', drop: 'after', count: 1 });
  await r.create('lost', { name: 'lost-1', ...wish('req-lost-1') }).catch(() => undefined);
  await settle(r);
  await list('fault-lost-find-by-tag', 'tags=req-lost-1');
  const gateway = { status: 504, body: { error: 'gateway time-out' }, afterEffect: true, count: 1 };
  faults.add({ service: 'compute', method: 'POST', ...gateway });
  await r.create('fault-lost-post-504', { name: 'lost-2', ...wish('req-lost-2') });
  await settle(r);
  await list('fault-lost-find-by-tag-2', 'tags=req-lost-2');
  for (const [status, after] of [
    [429, '2'],
    [503, '1'],
  ] as const) {
    const body = { overLimit: { code: status, message: 'rig: injected failure', retryAfter: after } };
    faults.add({ service: 'compute', status, body, headers: { 'retry-after': after }, count: 1 });
    await r.create(`fault-injected-${status}`);
  }
  driver.neverActive = /^cd-/;
  const stuck = await r.create('fault-compute-down-create', { name: 'cd-1', ...wish('cd') });
  await settle(r);
  await r.create('fault-compute-down-create-2', { name: 'cd-2', ...wish('cd') });
  await r.nova('fault-compute-down-stuck-build', 'GET', `/servers/${stuck}`);
  await r.nova('fault-compute-down-delete', 'DELETE', `/servers/${stuck}`);
  driver.noValidHost = /^pd$/;
  const full = await r.create('fault-placement-down-create', { name: 'pd', ...wish('pd') });
  await settle(r);
  await r.nova('fault-placement-down-server', 'GET', `/servers/${full}`);
  await settle(r, 5 * 3600_000);
  await r.nova('fault-token-expired', 'GET', '/servers?limit=1', { mv: null });
  await r.ask('fault-token-expired-glance', 'image', 'GET', '/v2/images?limit=1');
  await r.ask('fault-token-expired-neutron', 'network', 'GET', '/v2.0/networks?limit=1');
}

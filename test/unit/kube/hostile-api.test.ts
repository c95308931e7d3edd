/** What answers where the Kubernetes API should be, over a real socket. */
import { expect } from 'chai';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { NODES } from '../../../src/api/resources.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import { BADNESS } from '../../integration/hostile-cloud.ts';
import { UNPRINTABLE } from '../base/hostile.ts';
import { ApiStub } from './api-stub.ts';

const MOST = 500 * 1024 * 1024;
/** Pauses between tries take no time. */
const clock: Clock = {
  now: () => systemClock.now(),
  after: (ms, fn) => systemClock.after(ms < 1_000 ? 0 : ms, fn),
};

describe('a Kubernetes API that means no good', function () {
  this.timeout(60_000);
  let api: ApiStub;
  before(async () => {
    api = new ApiStub();
    await api.listen();
  });
  after(async () => await api.close());

  const memory = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const errorOf = async (promise: Promise<unknown>): Promise<EhosError> =>
    await promise.then(
      () => {
        throw new Error('it should have been refused');
      },
      (error: unknown) => {
        if (error instanceof EhosError) return error;
        throw error;
      },
    );

  for (const [what, answer] of Object.entries(BADNESS))
    it(`an answer ${what} is an error of one line, in bounded time and memory`, async () => {
      api.answers = [(response) => answer(response)];
      const before = memory();
      let peak = 0;
      const watch = setInterval(() => (peak = Math.max(peak, memory() - before)), 5);
      const random = { next: () => 0 };
      const client = new RestKubeClient({
        access: api.access(),
        clock,
        random,
        log: silentLog,
        userAgent: 'x/1',
        timeoutMs: 1_000,
      });
      try {
        const calls = [client.list(NODES, 'ns'), client.patchStatus(NODES, 'ns', 'a', { status: {} })];
        for (const error of await Promise.all(calls.map(errorOf))) {
          expect(error.errorClass).to.be.oneOf(['Transient', 'Timeout']);
          expect(error.message).not.to.match(UNPRINTABLE);
          expect(error.message.length).to.be.below(1_500);
        }
      } finally {
        clearInterval(watch);
        await client.close();
      }
      expect(peak).to.be.below(MOST);
    });
});

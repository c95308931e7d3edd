import { expect } from 'chai';
import { Semaphore } from '../../../src/controllers/semaphore.ts';

/** A task that ends when it is told to. */
function task(): {
  run: () => Promise<string>;
  end: () => void;
  fail: (error: Error) => void;
  readonly began: boolean;
} {
  let settle: { resolve: (value: string) => void; reject: (error: Error) => void } | undefined;
  let began = false;
  const done = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return {
    run: async () => {
      began = true;
      return await done;
    },
    end: () => settle?.resolve('done'),
    fail: (error) => settle?.reject(error),
    get began() {
      return began;
    },
  };
}

const settle = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('Semaphore', () => {
  it('lets as many in as it has places, and the others in their order', async () => {
    const semaphore = new Semaphore(2);
    const tasks = [task(), task(), task(), task()];
    const runs = tasks.map(async ({ run }) => await semaphore.run(run));
    await settle();
    expect(tasks.map(({ began }) => began)).to.deep.equal([true, true, false, false]);
    tasks[1]!.end();
    await settle();
    expect(tasks.map(({ began }) => began)).to.deep.equal([true, true, true, false]);
    tasks[0]!.end();
    await settle();
    expect(tasks.map(({ began }) => began)).to.deep.equal([true, true, true, true]);
    for (const { end } of tasks) end();
    expect(await Promise.all(runs)).to.deep.equal(['done', 'done', 'done', 'done']);
  });

  it('gives the place of a task that fails to the next one, and passes the failure on', async () => {
    const semaphore = new Semaphore(1);
    const [first, second] = [task(), task()];
    const failed = semaphore.run(first.run).catch((error: unknown) => error);
    const next = semaphore.run(second.run);
    const error = new Error('broken');
    first.fail(error);
    expect(await failed).to.equal(error);
    second.end();
    expect(await next).to.equal('done');
  });

  it('gives the place of a task that throws at once back', async () => {
    const semaphore = new Semaphore(1);
    const thrown = await semaphore
      .run(() => {
        throw new Error('at once');
      })
      .catch((error: unknown) => (error as Error).message);
    expect(thrown).to.equal('at once');
    expect(await semaphore.run(() => Promise.resolve('in'))).to.equal('in');
  });

  it('has no more places after many tasks than before', async () => {
    const semaphore = new Semaphore(3);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        await semaphore.run(async () => {
          most = Math.max(most, ++inside);
          await Promise.resolve();
          inside--;
        });
      }),
    );
    expect({ inside, most }).to.deep.equal({ inside: 0, most: 3 });
  });
});

import { Writable } from 'node:stream';
import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { withLogFields } from '../../../src/base/log-scope.ts';
import { createLogger, type AdjustableLog } from '../../../src/base/log.ts';

describe('the log', () => {
  let lines: Record<string, unknown>[];
  let log: AdjustableLog;

  beforeEach(() => {
    lines = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
        done();
      },
    });
    log = createLogger({ level: 'info', format: 'json', stream, clock: new ManualClock(0) });
  });

  it('carries what is under way, across what is waited for, and not in what goes on beside it', async () => {
    const work = async (object: string): Promise<void> => {
      await withLogFields({ object }, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        log.child({ cloud: 'c' }).info('looked at');
      });
    };
    await Promise.all([work('ns/a'), work('ns/b')]);
    log.info('alone');
    expect(lines.map(({ message, object, cloud }) => ({ message, object, cloud }))).to.deep.equal([
      { message: 'looked at', object: 'ns/a', cloud: 'c' },
      { message: 'looked at', object: 'ns/b', cloud: 'c' },
      { message: 'alone', object: undefined, cloud: undefined },
    ]);
  });

  it('gives way to what the record itself says', () => {
    withLogFields({ object: 'ns/a' }, () => log.info('m', { object: 'ns/other' }));
    expect(lines[0]).to.include({ object: 'ns/other' });
  });

  it('changes its level while it is used, also that of its children', () => {
    const child = log.child({});
    child.debug('not yet');
    log.level = 'debug';
    expect(log.level).to.equal('debug');
    child.debug('now');
    log.level = 'error';
    child.warn('no more');
    expect(lines.map(({ message }) => message)).to.deep.equal(['now']);
  });
});

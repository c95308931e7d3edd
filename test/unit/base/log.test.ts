import { Writable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { createLogger, silentLog, type Log, type LogOptions } from '../../../src/base/log.ts';
import { hostileText, UNPRINTABLE } from './hostile.ts';

function capture(options: Partial<LogOptions> = {}): {
  log: Log;
  text: () => string;
  records: () => Record<string, unknown>[];
} {
  let written = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString();
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, clock: new ManualClock(0), ...options });
  const lines = (): string[] => written.split('\n').slice(0, -1);
  return {
    log,
    text: () => written,
    records: () => lines().map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('createLogger, json', () => {
  it('writes one line with time, level, message and fields, in this order', () => {
    const { log, text } = capture();
    log.info('node created', { node: 'default/a', cores: 4 });
    expect(text()).to.equal(
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"node created","node":"default/a","cores":4}\n',
    );
  });

  const levels = ['debug', 'info', 'warn', 'error'] as const;
  for (const [i, level] of levels.entries()) {
    it(`at level ${level} writes ${levels.slice(i).join(', ')} and nothing below`, () => {
      const { log, records } = capture({ level });
      for (const each of levels) log[each](`a ${each}`);
      expect(records().map((record) => record.level)).to.deep.equal(levels.slice(i));
    });
  }

  it('keeps the order of many records', () => {
    const { log, records } = capture();
    for (let i = 0; i < 500; i++) log.info('tick', { i });
    expect(records().map((record) => record.i)).to.deep.equal(Array.from({ length: 500 }, (_, i) => i));
  });

  it('gives a child the fields of its parents, its own, and those of the call; the nearest wins', () => {
    const { log, records } = capture();
    log.child({ a: 1, b: 1, c: 1 }).child({ b: 2, c: 2 }).info('x', { c: 3 });
    log.info('y');
    expect(records()[0]).to.include({ a: 1, b: 2, c: 3 });
    expect(records()[1]).not.to.have.property('a');
  });

  it('lets no field overwrite or lengthen time, level and message', () => {
    const { log, records } = capture();
    log.warn('true words', { message: 'false words', level: 'debug', time: 'never' });
    expect(records()).to.deep.equal([
      {
        time: '1970-01-01T00:00:00.000Z',
        level: 'warn',
        message: 'true words',
        message_: 'false words',
        level_: 'debug',
        time_: 'never',
      },
    ]);
  });

  it('spells out an error with its causes, which plain JSON would print as {}', () => {
    const { log, records } = capture();
    log.error('create failed', { error: new EhosError('Quota', 'cores', { cause: new Error('403') }) });
    expect(records()[0]?.error).to.deep.equal({
      type: 'EhosError',
      message: 'cores',
      class: 'Quota',
      causes: [{ type: 'Error', message: '403' }],
    });
  });

  it('hides secrets in message and fields', () => {
    const { log, text } = capture();
    log.info('got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOi.c2ln', { adminPass: 'Zx9', headers: { 'X-Auth-Token': 'abc' } });
    expect(text()).to.match(/redacted.*redacted.*redacted/);
    expect(text()).not.to.match(/eyJ|Zx9|abc/);
  });
});

describe('createLogger, text', () => {
  it('writes words plainly and anything else as JSON', () => {
    const { log, text } = capture({ format: 'text' });
    log.info('node created', { node: 'default/a', why: '4 jobs', shape: { cpus: 1 }, none: undefined });
    expect(text()).to.equal(
      '1970-01-01T00:00:00.000Z INFO  node created node=default/a why="4 jobs" shape={"cpus":1}\n',
    );
  });

  const forged = 'x\n1970-01-01T00:00:00.000Z ERROR forged\r\u001b[2J\u2028y\u0085z';
  it('stays on one line and away from the terminal, whatever a peer says', () => {
    const { log, text } = capture({ format: 'text' });
    log.warn(forged, { said: forged, [forged]: 1 });
    expect(text().match(/\n/g)).to.have.length(1);
    expect(text().slice(0, -1)).not.to.match(/[\p{Cc}\u2028]/u);
  });
});

describe('silentLog', () => {
  it('takes everything, also through children, and writes nothing', () => {
    const written: unknown[] = [];
    const original = process.stderr.write.bind(process.stderr);
    process.stderr.write = (chunk: string | Uint8Array) => written.push(chunk) > 0;
    try {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) silentLog.child({ a: 1 })[level]('x', { b: 2 });
    } finally {
      process.stderr.write = original;
    }
    expect(written).to.deep.equal([]);
  });
});

describe('a log record of hostile text', () => {
  for (const format of ['json', 'text'] as const)
    it(`is one line that drives no terminal, as ${format}`, () => {
      fc.assert(
        fc.property(hostileText, hostileText, (message, field) => {
          const { log, text } = capture({ format });
          log.warn(`node ${message}`, { field, list: [field], error: new Error(field) });
          expect(text().slice(0, -1)).not.to.match(UNPRINTABLE);
          expect(text().split('\n')).to.have.length(2);
        }),
      );
    });

  it('as json says the field exactly as it was', () => {
    const { log, records } = capture();
    const field = 'a\x9b2J\u202eb\u2028c\x1b';
    log.info('x', { field });
    expect(records()[0]?.field).to.equal(field);
  });
});

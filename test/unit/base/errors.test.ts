import { expect } from 'chai';
import { EhosError, errorClassOf, messageOf } from '../../../src/base/errors.ts';

describe('EhosError', () => {
  it('carries its class, its options and its cause', () => {
    const cause = new Error('socket closed');
    const error = new EhosError('Timeout', 'no answer', {
      cause,
      field: 'spec.ssh.host',
      maybeDone: true,
      requestId: 'req-1',
      retryAfterMs: 5000,
      status: 504,
    });
    expect(error).to.be.instanceOf(Error).and.to.include({
      name: 'EhosError',
      message: 'no answer',
      errorClass: 'Timeout',
      cause,
      field: 'spec.ssh.host',
      maybeDone: true,
      requestId: 'req-1',
      retryAfterMs: 5000,
      status: 504,
    });
  });

  it('is certain about its effect unless told otherwise, and has no cause of its own making', () => {
    const error = new EhosError('Quota', 'cores used up');
    expect(error.maybeDone).to.equal(false);
    expect(error).not.to.have.property('cause');
  });
});

describe('errorClassOf', () => {
  const table: [name: string, thrown: unknown, errorClass: string][] = [
    ['an EhosError', new EhosError('NoCapacity', 'no host'), 'NoCapacity'],
    ['another Error', new TypeError('x is not a function'), 'Transient'],
    ['a string', 'oops', 'Transient'],
    ['undefined', undefined, 'Transient'],
    ['an object that only looks like one', { errorClass: 'Auth' }, 'Transient'],
  ];
  for (const [name, thrown, errorClass] of table) {
    it(`calls ${name} ${errorClass}`, () => expect(errorClassOf(thrown)).to.equal(errorClass));
  }
});

describe('messageOf', () => {
  const table: [name: string, thrown: unknown, message: string][] = [
    ['an Error', new Error('no such image'), 'no such image'],
    ['several lines', new Error(' first\r\n\tsecond  third\n'), 'first second third'],
    ['a string', 'oops', 'oops'],
    ['a number', 42, '42'],
    ['null', null, 'null'],
  ];
  for (const [name, thrown, message] of table) {
    it(`makes one line of ${name}`, () => expect(messageOf(thrown)).to.equal(message));
  }
});

import { expect } from 'chai';
import { PassThrough } from 'node:stream';
import { openTerminal, type Terminal } from '../../../../src/cli/init/terminal.ts';

/** A terminal at which somebody types, and what it shows. */
class Desk {
  readonly input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => this.input });
  readonly output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  shown = '';

  constructor() {
    this.output.on('data', (chunk: Buffer) => (this.shown += chunk.toString()));
  }

  open(): Terminal {
    return openTerminal(this.input as unknown as NodeJS.ReadStream, this.output as unknown as NodeJS.WriteStream)!;
  }

  /** Types a line as the answer to what is asked. */
  async answer<T>(asked: Promise<T>, line: string): Promise<T> {
    this.input.write(`${line}\n`);
    return await asked;
  }
}

describe('questions at a terminal', () => {
  it('are answered, or left to what stands for an empty answer', async () => {
    const desk = new Desk();
    const terminal = desk.open();
    expect(await desk.answer(terminal.ask('Image'), ' worker ')).to.equal('worker');
    expect(await desk.answer(terminal.ask('Key', 'id_ed25519'), '')).to.equal('id_ed25519');
    expect(desk.shown).to.include('Key [id_ed25519]: ');
  });

  it('never show a secret', async () => {
    const desk = new Desk();
    expect(await desk.answer(desk.open().askSecret('Password'), 'hush-hush')).to.equal('hush-hush');
    expect(desk.shown).to.include('Password: ').and.not.include('hush');
  });

  for (const [line, yes] of [
    ['yes', true],
    ['Y', true],
    ['', false],
    ['no', false],
    ['yesterday', false],
  ] as const)
    it(`take "${line}" for ${yes ? 'a yes' : 'a no'}`, async () => {
      const desk = new Desk();
      expect(await desk.answer(desk.open().confirm('Is it the same'), line)).to.equal(yes);
    });

  it('are not asked where nobody could answer', () => {
    const silent = new PassThrough() as unknown as NodeJS.ReadStream;
    expect(openTerminal(silent, process.stderr)).to.equal(undefined);
  });
});

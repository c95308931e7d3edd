import { expect } from 'chai';
import { Expression, plainAd, Real } from '../../../../src/sandbox/condor/pool/classad.ts';
import { compileExpression } from '../../../../src/sandbox/condor/pool/expression.ts';

const MY = plainAd({
  Name: 'slot1@n1',
  Machine: 'n1',
  SlotType: 'Partitionable',
  State: 'Unclaimed',
  EhosPool: 'pool-a',
  Cpus: 4,
  TotalCpus: new Real(8),
  Draining: true,
  Double: new Expression('Cpus * 2'),
  Loop: new Expression('Loop + 1'),
});
const TARGET = plainAd({ EhosPool: 'pool-b', RequestCpus: 2, Owner: 'alice' });

describe('ClassAd expressions', () => {
  const rows: [text: string, value: unknown][] = [
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 * 24 * 3600', 604_800],
    ['-Cpus', -4],
    ['10 / 0', undefined],
    ['Cpus >= RequestCpus', true],
    ['TARGET.RequestCpus > MY.Cpus', false],
    ['EhosPool == "POOL-A"', true],
    ['EhosPool =?= "POOL-A"', false],
    ['TARGET.EhosPool == MY.EhosPool', false],
    ['DynamicSlot =!= true', true],
    ['DynamicSlot == true', undefined],
    ['DynamicSlot =!= true && State =!= "Claimed" && State =!= "Preempting"', true],
    ['SlotType =!= "Dynamic"', true],
    ['NoSuch || true', true],
    ['NoSuch && false', false],
    ['NoSuch && true', undefined],
    ['!NoSuch', undefined],
    ['!Draining', false],
    ['TARGET.NoSuch is undefined', true],
    ['TARGET.Owner isnt undefined', true],
    ['isUndefined(NoSuch)', true],
    ['ifThenElse(NoSuch isnt undefined, NoSuch, (Cpus + 1023) / 1024)', 1027 / 1024],
    ['Cpus > 2 ? "big" : "small"', 'big'],
    ['member(Machine, {"n0", "N1"})', true],
    ['member(Machine, {"n0"})', false],
    ['member(Machine, {})', false],
    ['size({1, 2})', 2],
    ['regexp("^slot1@", Name)', true],
    ['strcat("ehos-node-", Machine)', 'ehos-node-n1'],
    ['stringListMember("b", "a, b")', true],
    ['Double', 8],
    ['TotalCpus', 8],
    ['Loop', undefined],
    ['"a\\"b\\101"', 'a"bA'],
    ['nosuchfunction(1)', undefined],
  ];
  for (const [text, value] of rows)
    it(text, () => expect(compileExpression(text)({ my: MY, target: TARGET })).to.deep.equal(value));

  for (const text of ['(((', '1 +', 'a b', '"open', 'f(1', '#', ''])
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => compileExpression(text)).to.throw(/expression/));
});

import { expect } from 'chai';
import { seededRandom } from '../../../../src/base/random.ts';
import { TokenDesk } from '../../../../src/sandbox/condor/pool/token-desk.ts';

const NOW = Date.UTC(2026, 0, 1);
const desk = (trustDomain = 'ehos.sandbox'): TokenDesk => new TokenDesk({ trustDomain }, seededRandom(1));
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('tokens of the pool', () => {
  it('are good for what they say, until they end, and after a restart that forgot them', () => {
    const { token } = desk().issue('ehos-node-1@ehos.sandbox', ['ADVERTISE_STARTD'], 60, NOW);
    const found = desk().verify(token, NOW + 59_000);
    expect(found).to.include({ identity: 'ehos-node-1@ehos.sandbox', issuedAt: NOW, expiresAt: NOW + 60_000 });
    expect(found?.authorizations).to.deep.equal(['ADVERTISE_STARTD']);
    expect(desk().verify(token, NOW + 60_000)).to.equal(undefined);
  });

  it('without limits and without an end are so', () => {
    const { token } = desk().issue('root@ehos.sandbox', undefined, undefined, NOW);
    expect(desk().verify(token, NOW * 2)).to.include({ authorizations: undefined, expiresAt: undefined });
  });

  it('are refused with other claims, of another pool, and when they are none', () => {
    const { token } = desk().issue('ehos-node-1@ehos.sandbox', ['READ'], 60, NOW);
    const [header, , signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claimsOf(token), sub: 'ehos-node-2@ehos.sandbox' }));
    for (const bad of [`${header}.${forged.toString('base64url')}.${signature}`, token.slice(0, -1), 'x', ''])
      expect(desk().verify(bad, NOW), bad).to.equal(undefined);
    expect(desk('elsewhere').verify(token, NOW)).to.equal(undefined);
  });
});

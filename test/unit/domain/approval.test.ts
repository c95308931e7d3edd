import { expect } from 'chai';
import { decideApprovals, type ApprovalNode } from '../../../src/domain/approval.ts';
import type { TokenRequest } from '../../../src/domain/snapshots.ts';

const node: ApprovalNode = {
  uid: 'a1',
  identity: 'ehos-node-a1@ehos.rig',
  addresses: ['10.20.0.5'],
  joined: false,
  leaving: false,
};
const request: TokenRequest = {
  id: '0009824',
  requestedIdentity: 'ehos-node-a1@ehos.rig',
  authorizations: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'],
  lifetime: 3600,
  authenticatedAs: 'unauthenticated@unmapped',
  peer: '10.20.0.5',
};

describe('token requests', () => {
  it('approves the request that matches a booting server exactly', () => {
    const { approve, refused } = decideApprovals([request], [node], 3600);
    expect(approve.map(({ id }) => id)).to.deep.equal(['0009824']);
    expect(refused).to.deep.equal([]);
  });

  it('approves a node that has to ask again, as long as it has not joined', () => {
    const twice = [request, { ...request, id: '0000001' }];
    expect(decideApprovals(twice, [node], 3600).approve).to.have.length(2);
  });

  const refusals: [string, Partial<TokenRequest>, Partial<ApprovalNode>, RegExp][] = [
    ['comes from another address', { peer: '10.20.0.6' }, {}, /comes from 10\.20\.0\.6/],
    ['the node has joined: a job there may ask', {}, { joined: true }, /has joined already/],
    ['the node is being removed', {}, { leaving: true }, /being removed/],
    ['limits nothing', { authorizations: undefined }, {}, /unlimited rights/],
    ['limits nothing with an empty list', { authorizations: [] }, {}, /unlimited rights/],
    ['wants administration', { authorizations: ['ADVERTISE_STARTD', 'ADMINISTRATOR'] }, {}, /ADMINISTRATOR/],
    ['has no end', { lifetime: undefined }, {}, /without end/],
    ['lasts too long', { lifetime: 3601 }, {}, /3601 s of validity, at most 3600/],
    ['lasts no time', { lifetime: 0 }, {}, /0 s of validity/],
    ['was authenticated as another node', { authenticatedAs: 'ehos-node-b2@ehos.rig' }, {}, /authenticated as another/],
    ['asks for a node that is not ours', { requestedIdentity: 'ehos-node-zz@ehos.rig' }, {}, /no node of ours/],
    ['asks for our node in another domain', { requestedIdentity: 'ehos-node-a1@evil' }, {}, /no node of ours/],
  ];
  for (const [why, change, nodeChange, reason] of refusals)
    it(`refuses a request that ${why}`, () => {
      const { approve, refused } = decideApprovals([{ ...request, ...change }], [{ ...node, ...nodeChange }], 3600);
      expect(approve).to.deep.equal([]);
      expect(refused).to.have.length(1);
      expect(refused[0]?.reason).to.match(reason);
    });

  it('waits, and accuses nobody, while the address of the server is not known', () => {
    expect(decideApprovals([request], [{ ...node, addresses: [] }], 3600)).to.deep.equal({ approve: [], refused: [] });
  });

  for (const identity of ['condor@ehos.rig', 'x"; evil@ehos.rig', 'ehos@ehos.rig'])
    it(`leaves ${JSON.stringify(identity)} to others`, () => {
      expect(decideApprovals([{ ...request, requestedIdentity: identity }], [node], 3600)).to.deep.equal({
        approve: [],
        refused: [],
      });
    });
});

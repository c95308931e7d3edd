/**
 * The hostile peers as a process of their own, so that what they spend of memory and time is not counted with the operator's.
 * Says by messages to its parent where they are; is bad from the message `begin` on.
 */
import { BADNESS, HostileCloud, PLACES } from './hostile-cloud.ts';
import { greetWith, GREETINGS, HostileMaster, MASTERS_OF_ILL_WILL } from './hostile-master.ts';

export interface Peers {
  clouds: { badness: string; place: string; cloudsYaml: string }[];
  /** Without a key: what is there is no SSH server. */
  masters: { what: string; port: number; privateKey?: string; knownHosts?: string }[];
}

const begun = new Promise<void>((resolve) => {
  process.once('message', () => resolve());
});
// with its parent it ends
process.once('disconnect', () => process.exit(0));

const peers: Peers = { clouds: [], masters: [] };
for (const [i, [badness, answer]] of Object.entries(BADNESS).entries()) {
  const place = PLACES[i % PLACES.length] ?? 'servers';
  const cloud = await new HostileCloud(place, (response) => void begun.then(() => answer(response))).start();
  peers.clouds.push({ badness, place, cloudsYaml: cloud.cloudsYaml() });
}
for (const [what, answer] of Object.entries(MASTERS_OF_ILL_WILL)) {
  const master = new HostileMaster((stdin, channel) => void begun.then(() => answer(stdin, channel)));
  const { port, knownHosts } = await master.start();
  peers.masters.push({ what, port, knownHosts, privateKey: master.userKey.private });
}
for (const [what, greeting] of Object.entries(GREETINGS))
  peers.masters.push({ what, ...(await greetWith((socket) => void begun.then(() => greeting(socket)))) });
process.send?.(peers);

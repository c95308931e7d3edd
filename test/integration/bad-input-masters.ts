/** What users write wrongly about the way to their HTCondor master. */
import { MASTERS } from '../../src/api/resources.ts';
import type { CondorMasterServer } from '../../src/sandbox/condor/server/condor-master.ts';
import { newSshKey } from '../../src/sandbox/ssh-key.ts';
import type { BadInput } from './bad-input-stage.ts';

/** A way to the master that does not lead there. */
function badMaster(
  key: string,
  what: string,
  reason: string,
  says: RegExp[],
  spoil: BadInput['spoil'],
  mend: BadInput['mend'],
): BadInput {
  return { key, what, spoil, told: { by: MASTERS, type: 'Connected', status: 'False', reason, says }, mend };
}

const INVALID = 'InvalidConfiguration';

export function badMasters(): BadInput[] {
  const away: { port: number; hostKey: string } = { port: 0, hostKey: newSshKey().private };
  let bare: CondorMasterServer;
  let old: CondorMasterServer;
  return [
    badMaster(
      'host-key',
      'another host key than the expected one',
      INVALID,
      [
        /spec\.ssh\.hostKey: 127\.0\.0\.1:\d+ offers the ssh-ed25519 key SHA256:\S+, which is not the expected one \(SHA256:\S+\): refused/,
      ],
      async (stage) => await stage.master('host-key', { knownHostsRef: undefined, hostKey: newSshKey().public.trim() }),
      async ({ harness }) => {
        await harness.patch(MASTERS, 'master-host-key', {
          spec: { ssh: { hostKey: harness.sandbox.master.hostKeyLine } },
        });
      },
    ),
    badMaster(
      'known-hosts',
      'known_hosts that do not name the host',
      INVALID,
      [
        /spec\.ssh\.knownHostsRef: has no usable key for \[127\.0\.0\.1\]:\d+ \(entries: 1; .*ssh-keyscan -p \d+ 127\.0\.0\.1/,
      ],
      async (stage) => {
        await stage.secret('known-hosts', { known_hosts: `other.example.org ${newSshKey().public}` });
        await stage.master('known-hosts', { knownHostsRef: { name: 'known-hosts' } });
      },
      async (stage) =>
        await stage.patchSecret('known-hosts', { known_hosts: stage.harness.sandbox.master.knownHostsLine }),
    ),
    badMaster(
      'no-ssh-key',
      'a private key that is no key',
      INVALID,
      [/spec\.ssh\.privateKeyRef: holds no private key in OpenSSH or PEM form: make one with ssh-keygen/],
      async (stage) => {
        await stage.secret('no-ssh-key', { 'ssh-privatekey': 'this is no key' });
        await stage.master('no-ssh-key', { privateKeyRef: { name: 'no-ssh-key' } });
      },
      async (stage) => await stage.patchSecret('no-ssh-key', { 'ssh-privatekey': stage.privateKey }),
    ),
    badMaster(
      'stranger',
      'a key that no account knows',
      'AuthenticationFailed',
      [/127\.0\.0\.1:\d+ refused the key for user "ehos": check spec\.ssh\.user, spec\.ssh\.privateKeyRef/],
      async (stage) => {
        await stage.secret('stranger', { 'ssh-privatekey': newSshKey().private });
        await stage.master('stranger', { privateKeyRef: { name: 'stranger' } });
      },
      async (stage) => await stage.patchSecret('stranger', { 'ssh-privatekey': stage.privateKey }),
    ),
    badMaster(
      'user',
      'an account that does not exist',
      'AuthenticationFailed',
      [/refused the key for user "nobody"/],
      async (stage) => await stage.master('user', { user: 'nobody' }),
      async (stage) => await stage.patchSpec(MASTERS, 'master-user', { ssh: { user: 'ehos' } }),
    ),
    badMaster(
      'ssh-secret',
      'a Secret that does not exist',
      INVALID,
      [/spec\.ssh\.privateKeyRef: there is no Secret "no-such-secret" in namespace "default"/],
      async (stage) => await stage.master('ssh-secret', { privateKeyRef: { name: 'no-such-secret' } }),
      async (stage) => await stage.secret('no-such-secret', { 'ssh-privatekey': stage.privateKey }),
    ),
    badMaster(
      'ssh-secret-key',
      'a Secret without the key that is named',
      INVALID,
      [/spec\.ssh\.privateKeyRef: Secret "master-ssh" has no key "id_rsa"; it has: known_hosts, ssh-privatekey/],
      async (stage) => await stage.master('ssh-secret-key', { privateKeyRef: { name: 'master-ssh', key: 'id_rsa' } }),
      async (stage) =>
        await stage.patchSpec(MASTERS, 'master-ssh-secret-key', { ssh: { privateKeyRef: { key: 'ssh-privatekey' } } }),
    ),
    badMaster(
      'closed',
      'a port at which nobody listens',
      'ConnectionFailed',
      [/no SSH connection to 127\.0\.0\.1:\d+: .*ECONNREFUSED/],
      async (stage) => {
        const server = await stage.startMaster(away);
        await stage.secret('closed', { known_hosts: server.knownHostsLine });
        away.port = server.port;
        await server.close();
        await stage.master('closed', { port: away.port, knownHostsRef: { name: 'closed' } });
      },
      async (stage) => {
        await stage.startMaster(away);
      },
    ),
    badMaster(
      'bare',
      'a host without HTCondor',
      INVALID,
      [/spec\.ssh\.host: there is no condor_version in the PATH of the account/],
      async (stage) => {
        bare = await stage.startMaster();
        bare.faults.noCondor = true;
        await stage.master('bare', { port: bare.port, knownHostsRef: undefined, hostKey: bare.hostKeyLine });
      },
      () => {
        bare.faults.noCondor = false;
        return Promise.resolve();
      },
    ),
    badMaster(
      'old',
      'an HTCondor that is too old',
      INVALID,
      [/spec\.ssh\.host: HTCondor 9\.0\.17 is too old: 23\.0 or later is needed/],
      async (stage) => {
        old = await stage.startMaster();
        old.faults.version = '9.0.17';
        await stage.master('old', { port: old.port, knownHostsRef: undefined, hostKey: old.hostKeyLine });
      },
      () => {
        old.faults.version = undefined;
        return Promise.resolve();
      },
    ),
  ];
}

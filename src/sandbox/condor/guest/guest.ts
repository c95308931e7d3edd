/** One guest's life: boot delay, cloud-init, its token, its startd. What it prints is what an admin would see on the console. */
import { consoleLines, type ConsoleFacts } from './console.ts';
import type { CondorPool } from '../pool/pool.ts';
import type { Footprint } from '../pool/schedd.ts';
import type { Startd } from '../pool/startd.ts';
import type { TokenGrant } from '../pool/token-desk.ts';
import { interpretUserData } from './user-data.ts';
import { workerSetup, type TokenCall, type WorkerSetup } from './worker-setup.ts';

/** Deviations of a guest from a healthy one. */
export interface GuestBehaviour {
  /** Nothing comes up after power-on. */
  neverBoots?: boolean;
  /** cloud-init runs, HTCondor is not there. */
  neverJoins?: boolean;
  /** Instead of the farm's range. */
  bootDelayMs?: number;
  /** Dead so long after power-on: silent, the server stays ACTIVE. */
  panicAfterMs?: number;
  /** Each job ends at once with exit code 1. */
  blackHole?: boolean;
}

export interface GuestSetting {
  serverId: string;
  hostname: string;
  fqdn: string;
  address: string;
  userData: Buffer | undefined;
  /** What the machine shows to HTCondor. */
  resources: Footprint;
  bootDelayMs: number;
  /** From the start of condor_master to the first ad. */
  startMs: number;
  behaviour: GuestBehaviour;
}

/** The pause of the join script between two tries, and of condor_token_request between two polls (measured: 5 s). */
const RETRY_MS = 5000;
const MAX_LINES = 500;
const ANONYMOUS = 'unauthenticated@unmapped';

export class Guest {
  readonly #pool: CondorPool;
  readonly #setting: GuestSetting;
  readonly #console: string[] = [];
  readonly #facts: ConsoleFacts;
  #startd: Startd | undefined;
  #dead = false;
  #asked = 0;

  constructor(pool: CondorPool, setting: GuestSetting) {
    this.#pool = pool;
    this.#setting = setting;
    this.#facts = { bootedAt: pool.clock.now(), hostname: setting.hostname, address: setting.address };
    const { behaviour, bootDelayMs } = setting;
    if (behaviour.neverBoots) {
      this.#print('Boot failed: not a bootable disk');
      return;
    }
    this.#later(bootDelayMs, () => this.#boot());
    if (behaviour.panicAfterMs !== undefined) this.#later(behaviour.panicAfterMs, () => this.#panic());
  }

  get console(): string {
    return this.#console.map((line) => `${line}\n`).join('');
  }

  /** The machine vanishes, silently. */
  destroy(): void {
    this.#dead = true;
    if (this.#startd) this.#pool.execution.vanish(this.#startd);
  }

  #boot(): void {
    const { userData, behaviour, hostname, serverId } = this.#setting;
    this.#print(...consoleLines.start(this.#facts, this.#pool.clock.now()));
    const plan = interpretUserData(userData ?? Buffer.alloc(0), { instanceId: serverId, hostname });
    for (const warning of plan.warnings) this.#print(consoleLines.warning(warning, this.#pool.clock.now()));
    if (behaviour.neverJoins) this.#print('Failed to start condor.service: Unit condor.service not found.');
    const setup = workerSetup(plan);
    this.#print(consoleLines.finish(this.#facts, this.#pool.clock.now()));
    if (behaviour.neverJoins) return;
    if ('error' in setup) this.#print(setup.error);
    else this.#findCollector(setup);
  }

  #findCollector(setup: WorkerSetup): void {
    const { host, port } = this.#pool.settings.collector;
    if (setup.collector.host !== host || setup.collector.port !== port) {
      this.#print(
        `condor_startd: Failed to connect to collector ${setup.collector.host}:${setup.collector.port}: timed out`,
      );
      return;
    }
    if (setup.credentials.kind === 'Token') this.#showToken(setup, setup.credentials.token);
    else this.#authenticateMaster(setup, setup.credentials.call);
  }

  /** The node must know the master's certificate authority, and the name in its certificate (measured: else no request is made). */
  #authenticateMaster(setup: WorkerSetup, call: TokenCall): void {
    const { certificates, hostname } = this.#pool.settings;
    if (!samePem(setup.caCertificate, certificates.authority) || setup.collector.alias !== hostname) {
      this.#print('ehos: asking for a token', 'ehos: no token yet: AUTHENTICATE:1004:Failed to authenticate using SSL');
      return;
    }
    this.#ask(setup, call);
  }

  #ask(setup: WorkerSetup, call: TokenCall): void {
    const again = (): void => this.#later(RETRY_MS, () => this.#ask(setup, call));
    if (this.#pool.collectorState !== 'Up') {
      this.#print('ehos: no token yet: Failed to connect to collector');
      again();
      return;
    }
    const answer = this.#pool.tokens.ask(
      {
        identity: call.identity || `condor@${this.#setting.hostname}`,
        authorizations: call.authorizations,
        lifetime: call.lifetime,
        peer: this.#setting.address,
        clientId: `${this.#setting.hostname}-${100 + ++this.#asked}`,
        authenticatedAs: ANONYMOUS,
      },
      this.#pool.clock.now(),
    );
    if ('error' in answer) {
      this.#print(`ehos: no token yet: ${answer.error}`);
      again();
      return;
    }
    this.#print('ehos: asking for a token');
    this.#later(RETRY_MS, () => this.#poll(setup, call, answer.id));
  }

  #poll(setup: WorkerSetup, call: TokenCall, requestId: string): void {
    const answer = this.#pool.tokens.poll(requestId, this.#pool.clock.now());
    if (answer === 'Pending') this.#later(RETRY_MS, () => this.#poll(setup, call, requestId));
    else if (answer === 'Gone') this.#ask(setup, call);
    else {
      this.#print('ehos: token received');
      this.#start(setup, answer);
    }
  }

  #showToken(setup: WorkerSetup, token: string): void {
    const grant = this.#pool.tokens.verify(token, this.#pool.clock.now());
    if (grant) this.#start(setup, grant);
    else this.#print('condor_startd: SECMAN: AUTHENTICATE:1004:Failed to authenticate using IDTOKENS');
  }

  #start(setup: WorkerSetup, grant: TokenGrant): void {
    if (grant.authorizations && !grant.authorizations.includes('ADVERTISE_STARTD')) {
      this.#print(`condor_startd: PERMISSION DENIED to ${grant.identity} for UPDATE_STARTD_AD`);
      return;
    }
    this.#print('ehos: condor started');
    this.#later(this.#setting.startMs, () => this.#join(setup, grant));
  }

  #join(setup: WorkerSetup, grant: TokenGrant): void {
    const { fqdn, address, resources, behaviour } = this.#setting;
    this.#startd = this.#pool.join({
      machine: fqdn,
      address,
      total: { ...resources, cpus: setup.cpus ?? resources.cpus, memory: setup.memory ?? resources.memory },
      attributes: setup.attributes,
      ...(setup.start === undefined ? {} : { start: setup.start }),
      identity: grant.identity,
      updateIntervalSeconds: setup.updateIntervalSeconds,
      maxRetirementSeconds: setup.maxRetirementSeconds,
      tokenExpiresAt: grant.expiresAt,
      masterAd: setup.advertisesMaster && (grant.authorizations?.includes('ADVERTISE_MASTER') ?? true),
      blackHole: behaviour.blackHole,
    });
  }

  #panic(): void {
    this.#print('Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b');
    this.destroy();
  }

  /** Nothing of a dead guest happens any more. */
  #later(ms: number, step: () => void): void {
    this.#pool.events.after(ms, () => {
      if (!this.#dead) step();
    });
  }

  #print(...lines: string[]): void {
    this.#console.push(...lines);
    // Nova returns the end of a long console
    if (this.#console.length > MAX_LINES) this.#console.splice(0, this.#console.length - MAX_LINES);
  }
}

function samePem(a: string | undefined, b: string): boolean {
  return a?.replace(/\s/g, '') === b.replace(/\s/g, '');
}

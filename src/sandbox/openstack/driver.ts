/** The knobs of the sandbox's virtual hardware; tests turn them while it runs. */
export interface Driver {
  /** Servers whose name matches fail on every host: ERROR, "Exceeded maximum number of retries...". */
  failSpawn: RegExp | undefined;
  /** Deleting servers whose name matches fails: ERROR, "Failed to terminate instance: ...". */
  failDelete: RegExp | undefined;
  /** Servers whose name matches find no host: ERROR, as on a full cloud. */
  noValidHost: RegExp | undefined;
  /** Servers of these flavors in these zones find no host; a row that names neither hits all. */
  noHostFor: readonly { zone?: string; flavor?: string }[];
  /** Zones whose hosts are all down or disabled: listed as not available, and refused like zones that do not exist. */
  closedZones: readonly string[];
  /** Servers whose name matches stay in BUILD while this is set, as with dead compute hosts. */
  neverActive: RegExp | undefined;
  /** From POST to ACTIVE, milliseconds; undefined: what the cloud says. */
  spawnDelayMs: number | undefined;
  /** From DELETE to 404, milliseconds. */
  deleteDelayMs: number;
  /** While true, the volumes of servers that go stay, in use by servers that are no more, as with Cinder's API down (measured). */
  keepsVolumes: boolean;
  /** While true, new servers stay build requests, as with a hung scheduler. */
  schedulerDown: boolean;
}

export function newDriver(): Driver {
  return {
    failSpawn: undefined,
    failDelete: undefined,
    noValidHost: undefined,
    noHostFor: [],
    closedZones: [],
    neverActive: undefined,
    spawnDelayMs: undefined,
    deleteDelayMs: 500,
    keepsVolumes: false,
    schedulerDown: false,
  };
}

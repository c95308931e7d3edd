/** How much is measured. */
export interface Scale {
  /** Jobs that arrive at once. */
  jobs: number;
  /** Nodes of the fleet. */
  nodes: number;
  /** Length of the steady state that is measured, ms. */
  windowMs: number;
}

export const FULL: Scale = { jobs: 1000, nodes: 1000, windowMs: 75_000 };

/** For the work on the bench itself. */
export const QUICK: Scale = { jobs: 100, nodes: 100, windowMs: 20_000 };

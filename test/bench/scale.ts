/** How much is measured. */
export interface Scale {
  /** Jobs that arrive at once. */
  jobs: number;
  /** Nodes of the fleet that comes and goes. */
  nodes: number;
  /** Nodes of the fleet at rest, and idle jobs in its queue. */
  largeNodes: number;
  largeJobs: number;
  /** Length of a steady state that is measured, ms. */
  windowMs: number;
}

export const FULL: Scale = { jobs: 1000, nodes: 1000, largeNodes: 10_000, largeJobs: 1_000_000, windowMs: 75_000 };

/** For the work on the bench itself. */
export const QUICK: Scale = { jobs: 100, nodes: 100, largeNodes: 1000, largeJobs: 100_000, windowMs: 65_000 };

/** Whether this process does its part, and which part that is. */
export interface Readiness {
  ready: boolean;
  /** `alone`: without leader election. A standby has listed everything, and waits. */
  role: 'alone' | 'leader' | 'standby';
  /** Why it is not ready, one line each. */
  missing: string[];
}

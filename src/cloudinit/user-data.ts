/** The user data of a worker node. */

export interface WorkerConfig {
  /** uid of the EhosNode. */
  nodeUid: string;
  pool: string;
  collector: { host: string; port: number; alias: string | undefined };
  trustDomain: string;
  /** How the node comes by its token. */
  credentials:
    { method: 'Approve'; caCertificate: string; lifetimeSeconds: number } | { method: 'Token'; token: string };
  /** Attribute name -> ClassAd expression. */
  startdAttributes: Record<string, string>;
  /** Seconds between two updates of the startd's ad; the operator's notion of Lost follows from it. */
  updateIntervalSeconds: number;
}

/** Listening on a port that every client may use. */
import type { Server } from 'node:http';

/** The unprivileged ports that fetch() refuses ("bad port", Fetch Standard, 2.9 Port blocking). */
const BAD_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

export function isRefusedByFetch(port: number): boolean {
  return BAD_PORTS.has(port);
}

/**
 * Listens on 127.0.0.1 and returns the port. Port 0 takes any free one that is not `refused`:
 * where the system's range of ephemeral ports begins at 1024, it now and then gives one that fetch() does not talk to.
 * Rejects when the port is taken.
 */
export async function listenLocally(
  server: Server,
  port: number,
  refused: (port: number) => boolean = isRefusedByFetch,
): Promise<number> {
  for (;;) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the sandbox has no TCP address');
    if (port !== 0 || !refused(address.port)) return address.port;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

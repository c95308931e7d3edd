/** What kubelet and Prometheus ask. */
import type { Readiness } from '../controllers/readiness.ts';
import { plain, type Route, type Routes } from './http.ts';
import type { Metrics } from './metrics.ts';

export function publicRoutes(readiness: () => Readiness, metrics: Metrics): Routes {
  return new Map<string, Route>([
    ['/healthz', { answer: () => plain(200, 'ok') }],
    [
      '/readyz',
      {
        answer: () => {
          const { ready, role, missing } = readiness();
          if (ready) return plain(200, `ok\nrole: ${role}`);
          return plain(503, ['not ready', `role: ${role}`, ...missing.map((line) => `missing: ${line}`)].join('\n'));
        },
      },
    ],
    ['/metrics', { answer: async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }) }],
  ]);
}

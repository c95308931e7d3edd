/** What an admin asks, through `kubectl port-forward`: there is no login, so that it listens on loopback only. */
import type { AdjustableLog, LogLevel } from '../base/log.ts';
import { LOG_LEVELS } from '../base/log.ts';
import type { Readiness } from '../controllers/readiness.ts';
import { plain, type Answer, type Asked, type Route, type Routes } from './http.ts';
import type { History } from './history.ts';
import { snapshotAnswer, type SnapshotSource } from './snapshot-route.ts';

export interface AdminParts {
  readiness: () => Readiness;
  snapshots: SnapshotSource;
  history: History;
  log: AdjustableLog;
}

export function adminRoutes({ readiness, snapshots, history, log }: AdminParts): Routes {
  const snapshot = {
    answer: ({ url, accept }: Asked): Answer => {
      const { ready, role, missing } = readiness();
      if (!ready) return plain(503, missing.join('\n'));
      if (role === 'standby') return plain(503, 'a standby plans nothing: ask the leader, whose /readyz says so');
      return snapshotAnswer(url, accept, snapshots);
    },
  };
  return new Map<string, Route>([
    ['/snapshot', snapshot],
    ['/snapshot.json', snapshot],
    ['/snapshot.yaml', snapshot],
    ['/history', { answer: () => ({ status: 200, type: 'application/json', body: `${JSON.stringify(history)}\n` }) }],
    ['/loglevel', { puts: true, answer: (asked: Asked) => logLevel(asked, log) }],
  ]);
}

function logLevel({ method, body }: Asked, log: AdjustableLog): Answer {
  if (method !== 'PUT') return plain(200, log.level);
  const wanted = body.trim();
  if (!isLevel(wanted)) return plain(400, `${JSON.stringify(wanted.slice(0, 40))} is none of ${LOG_LEVELS.join(', ')}`);
  const before = log.level;
  log.level = wanted;
  // told at a level that is logged whatever was set
  log.error('log level changed', { from: before, to: wanted });
  return plain(200, wanted);
}

function isLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text);
}

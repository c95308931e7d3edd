/** What the operator's process uses over a stretch of time. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Between two samples of the event loop, ms. Its histogram counts this in, so it is taken off again. */
const RESOLUTION_MS = 10;

export interface Usage {
  seconds: number;
  cpuSeconds: number;
  /** Event loop delay, ms. */
  delay: { p50: number; p99: number; max: number };
  /** Share of the time in which the event loop was at work, 0 to 1. */
  utilization: number;
}

export interface Gauge {
  stop(): Usage;
}

export function startGauge(): Gauge {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const began = performance.now();
  histogram.enable();
  return {
    stop: () => {
      histogram.disable();
      const { user, system } = process.cpuUsage(cpu);
      const delay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
      return {
        seconds: (performance.now() - began) / 1000,
        cpuSeconds: (user + system) / 1e6,
        delay: {
          p50: delay(histogram.percentile(50)),
          p99: delay(histogram.percentile(99)),
          max: delay(histogram.max),
        },
        utilization: performance.eventLoopUtilization(loop).utilization,
      };
    },
  };
}

export interface Memory {
  /** Bytes. */
  rss: number;
  /** Bytes that are alive: after a full garbage collection. */
  heap: number;
}

export function memory(): Memory {
  const rss = process.memoryUsage.rss();
  collectGarbage();
  return { rss, heap: process.memoryUsage().heapUsed };
}

/** The function that `node --expose-gc` would give. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

import { type Registry } from 'prom-client';
import eventLoopLag from 'prom-client/lib/metrics/eventLoopLag.js';
import heapSizeAndUsed from 'prom-client/lib/metrics/heapSizeAndUsed.js';
import heapSpacesSizeAndUsed from 'prom-client/lib/metrics/heapSpacesSizeAndUsed.js';
import osMemoryHeap from 'prom-client/lib/metrics/osMemoryHeap.js';
import processCpuTotal from 'prom-client/lib/metrics/processCpuTotal.js';
import processMaxFileDescriptors from 'prom-client/lib/metrics/processMaxFileDescriptors.js';
import processOpenFileDescriptors from 'prom-client/lib/metrics/processOpenFileDescriptors.js';
import processStartTime from 'prom-client/lib/metrics/processStartTime.js';
import version from 'prom-client/lib/metrics/version.js';

/** Sampling interval of the event loop delay in milliseconds. */
const LOOP_DELAY_MS = 10;

/**
 * Collects prom-client's process metrics one by one. `collectDefaultMetrics` would also observe the
 * garbage collector, which costs 3 to 4 % of the gateway's CPU time and misses some collections,
 * and would add gauges with names that Prometheus reserves for counters.
 */
export function collectProcessMetrics(registry: Registry): void {
  for (const collect of [
    eventLoopLag,
    heapSizeAndUsed,
    heapSpacesSizeAndUsed,
    osMemoryHeap,
    processCpuTotal,
    processMaxFileDescriptors,
    processOpenFileDescriptors,
    processStartTime,
    version,
  ])
    collect(registry, { eventLoopMonitoringPrecision: LOOP_DELAY_MS });
}

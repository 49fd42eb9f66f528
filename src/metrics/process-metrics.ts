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

/** How often the event loop's delay is looked at, in milliseconds. */
const LOOP_DELAY_MS = 10;

/**
 * prom-client's metrics of a Node process, one by one rather than by `collectDefaultMetrics`: that would watch the
 * garbage collector, too, which takes 3 to 4 % of a gateway's processor time and counts only some of its runs, and
 * would add gauges of handles and requests under names that Prometheus keeps for counters.
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

/**
 * Loaded into a gateway's process before its own code: counts there what calls cost, in figures that do not depend on
 * the machine. Driven over IPC; each message is answered by one:
 *
 * - `start`, `stop`: which functions of its own V8 called between the two, and how often
 * - `collect`: collects the garbage
 * - `heap`: the bytes of the heap, garbage included, and how often it was collected since the start
 */
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const session = new Session();
session.connect();

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

const jobs = {
  start: async () => {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    return {};
  },
  stop: async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    await session.post('Profiler.stopPreciseCoverage');
    return { functions: result.flatMap(countsOf) };
  },
  collect: async () => {
    collectGarbage();
    return {};
  },
  heap: async () => ({ heapBytes: getHeapStatistics().used_heap_size, collections }),
};
process.on('message', (job) => void jobs[job]().then((answer) => process.send(answer)));

/** @param {import('node:inspector').Profiler.ScriptCoverage} script */
function countsOf({ url, functions }) {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return [];
  return functions
    .map(({ functionName, ranges }) => ({ url, functionName, count: ranges[0].count }))
    .filter(({ count }) => count > 0);
}

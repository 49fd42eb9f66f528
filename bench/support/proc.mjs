import { readFileSync, readdirSync } from 'node:fs';

/** CPU time that a process has used so far, all its threads together, in microseconds. Linux only. */
export function cpuMicros(pid) {
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ', 1)[0]);
    } catch (error) {
      // A thread may end during the loop.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  return nanos / 1000;
}

/** Memory that a process has resident, in KB of 1024 bytes. */
export function residentKb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
}

/** The peak of a process's resident memory so far, in KB of 1024 bytes. */
export function peakResidentKb(pid) {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
}

/** CPU time that the whole machine has used so far, stolen time included, in microseconds; steps of 10 ms. */
export function machineMicros() {
  const [user, nice, system, , , irq, softIrq, steal] = readFileSync('/proc/stat', 'latin1')
    .slice('cpu  '.length)
    .split(' ', 8)
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * 10_000;
}

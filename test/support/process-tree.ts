import { readFileSync, readdirSync } from 'node:fs';

export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

/** Megabytes of a process and its children, without what they share. */
export function memoryOf(pid: number): number {
  let kilobytes = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      if (Number(entry) === pid || field('PPid') === pid) kilobytes += field('RssAnon');
    } catch {
      // It has ended.
    }
  }
  return kilobytes / 1024;
}

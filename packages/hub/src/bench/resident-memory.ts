import { readFileSync } from 'node:fs'

/** Resident memory of a process in MB, from the kernel. */
export const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** Resident memory of a process, read from /proc: only Linux tells it. */
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';

const SAMPLE_MS = 100;
const KIB_PER_MB = 1024;

/** Megabytes (2^20 bytes), or undefined where /proc does not tell. */
export const residentMb = (pid: number): number | undefined => {
  if (platform() !== 'linux') return undefined;
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has ended; whoever speaks to it is told so.
    return undefined;
  }
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return found === null ? undefined : Number(found[1]) / KIB_PER_MB;
};

/** The most memory that the process has while `work` runs, with what `work` gives. */
export const peakDuring = async <T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peakMb: number | undefined }> => {
  let peakMb = residentMb(pid);
  const timer = setInterval(() => {
    const nowMb = residentMb(pid);
    if (nowMb !== undefined && peakMb !== undefined) peakMb = Math.max(peakMb, nowMb);
  }, SAMPLE_MS);
  try {
    return { result: await work(), peakMb };
  } finally {
    clearInterval(timer);
  }
};

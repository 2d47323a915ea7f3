/** What the operating system and its shells say, whoever ran into it. Structure first: error codes, signals, exit codes. */
import type { FailureRule } from './classify.ts';
import { anyOf, candidatePhases, inPhases, workPhases } from './failure-pattern.ts';

const memory: Omit<FailureRule, 'pattern'> = {
  id: 'killed-for-memory',
  class: 'transient',
  subclass: 'oom',
  problem: 'A process was killed with SIGKILL, as the system does when memory runs out.',
  remedy: 'nothing to do: it is tried again in bounds; if it keeps happening, give the machine more memory',
};

const agentMissing: FailureRule = {
  id: 'agent-command-missing',
  phases: ['agent'],
  class: 'config-fatal',
  subclass: 'command-missing',
  problem: 'The program of "agent.command" in policy/loop.json does not exist on this machine.',
  remedy: 'install the agent, or correct "agent.command" in policy/loop.json',
};

const toolMissing: FailureRule = {
  id: 'qa-tool-missing',
  phases: candidatePhases,
  class: 'config-fatal',
  subclass: 'command-missing',
  problem: 'A QA command names a program that is not there.',
  remedy: 'correct "qa" or "prepare" in policy/promote.json on the target branch, or install the program',
};

/** How a process ended and what the system called it: no text is needed. */
export const structureRules: readonly FailureRule[] = [
  { ...agentMissing, errorCode: 'ENOENT' },
  { ...toolMissing, errorCode: 'ENOENT' },
  {
    id: 'git-timeout',
    errorCode: 'ETIMEDOUT',
    class: 'transient',
    subclass: 'timeout',
    problem: 'A git command did not end within its time limit; the remote may accept and not answer.',
    remedy: 'nothing to do: it is tried again; git ls-remote <remote> shows whether it answers',
  },
  {
    id: 'program-not-found',
    errorCode: 'ENOENT',
    class: 'config-fatal',
    subclass: 'command-missing',
    problem: 'The program to run does not exist on this machine.',
    remedy: 'install the program, or correct its name in the policy that names it',
  },
  {
    id: 'program-not-executable',
    errorCode: 'EACCES',
    class: 'config-fatal',
    subclass: 'permission',
    problem: 'The program to run may not be executed.',
    remedy: 'give it the execute bit: chmod +x <file>',
  },
  { ...memory, signal: 'SIGKILL' },
  { ...memory, exitCode: 137 },
  { ...agentMissing, exitCode: 127 },
  {
    id: 'heap-limit',
    class: 'config-fatal',
    subclass: 'heap-limit',
    problem: 'A program ran into its own fixed limit of memory; it would do so again.',
    remedy:
      'raise the limit (NODE_OPTIONS=--max-old-space-size=…, or the option of the tool), or make the work smaller',
    pattern: anyOf(
      /^(?:\[\d{1,9}:0x[0-9a-f]{1,16}\].{0,80})?FATAL ERROR: .{0,120}(?:heap limit|heap out of memory|Allocation failed)/m,
      /ERR_WORKER_OUT_OF_MEMORY|^(?:Exception in thread .{1,80} )?java\.lang\.OutOfMemoryError/m,
    ),
  },
  {
    ...memory,
    phases: workPhases,
    pattern: anyOf(
      /^(?:[^\s:]{1,200}: )?(?:line \d{1,7}: *|\d{1,7}: *)?(?:\d{1,10} )?Killed(?: {2,}.{0,500})?$/m,
      /(?:signal:? ?=?(?: 9,)? ?|exited with |terminated by )SIGKILL|exit (?:code|status):? 137\b|exited with code 137\b/i,
      /process exited too early.{0,80}ran out of memory/,
    ),
  },
];

/** Linux says "no space left" and "too many open files" of it, and neither a disk nor a descriptor is short. */
const watchRule: FailureRule = {
  id: 'watch-limit',
  class: 'config-fatal',
  subclass: 'watch-limit',
  problem: 'The system watches as many files, or for as many programs, as this user may have watched.',
  remedy:
    'raise it: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024; or end what watches',
  pattern: anyOf(
    /ENOSPC: System limit for number of file watchers reached|EMFILE: too many open files, watch\b/,
    /\bwatch (?:\S{1,400} )?(?:EMFILE|ENOSPC)\b|inotify.{0,60}(?:limit|ENOSPC|EMFILE|[Tt]oo many open files)/m,
  ),
};

/** Tables, memory and descriptors that other processes take and give back. */
const scarceRules: readonly FailureRule[] = [
  {
    id: 'resources-short',
    class: 'transient',
    subclass: 'resources',
    problem: 'The system was short of processes, memory or open files.',
    remedy: 'nothing to do: it is tried again; ulimit -a shows the limits if it keeps happening',
    pattern: anyOf(
      /(?:fork|clone|vfork|pthread_create|thread).{0,80}Resource temporarily unavailable/i,
      /: (?:Resource temporarily unavailable|Cannot allocate memory|Too many open files(?: in system)?|Text file busy|Device or resource busy)(?: \(os error \d{1,3}\))?\W{0,3}$/m,
      /\b(?:EAGAIN|EMFILE|ENFILE|ENOMEM|ETXTBSY|EBUSY)\b(?:: |$|',?$)/m,
      /^(?:fatal: )?Out of memory\b|out of memory, (?:malloc|realloc|calloc|mmap) failed|unable to create threaded|std::bad_alloc/m,
    ),
  },
];

/** Full, read-only, forbidden: somebody must put the machine right. */
const volumeRules: readonly FailureRule[] = [
  {
    id: 'disk-full',
    class: 'config-fatal',
    subclass: 'disk-full',
    problem: 'The disk is full.',
    remedy: 'free space on the volume that holds the repository (df -h . shows it)',
    pattern:
      /No space left on device|\bENOSPC\b|Disk quota exceeded|\bEDQUOT\b|database or disk is full|No usable temporary/i,
  },
  {
    // Of a checkout on a full disk git tells the files, and not the reason.
    id: 'checkout-unwritable',
    phases: ['worktree', 'merge', 'fetch'],
    class: 'config-fatal',
    subclass: 'disk-full',
    problem: 'git could not write the files of the checkout: most likely the disk is full.',
    remedy: 'free space on the volume that holds the repository (df -h . shows it)',
    pattern: /^error: unable to write file /m,
  },
  {
    id: 'read-only-file-system',
    class: 'config-fatal',
    subclass: 'read-only-fs',
    problem: 'The file system is mounted read-only.',
    remedy: 'mount it writable again',
    pattern: /Read-only file system|\bEROFS\b/i,
  },
  {
    id: 'file-permission',
    class: 'config-fatal',
    subclass: 'file-permission',
    problem: 'A file or directory may not be read, written or executed by this user.',
    remedy: 'ls -ld on the path that is named shows its owner; give it back with chown, or run as its owner',
    pattern: anyOf(
      /: Permission denied(?: \(os error 13\))?\W{0,3}$/m,
      /: Operation not permitted\W{0,3}$/m,
      /\b(?:EACCES|EPERM)(?:: |$|',?$)/m,
      /\bPermissionError: \[Errno 13\]|insufficient permission for adding an object|(?:permission denied|denied).{0,80}Docker (?:daemon|API)/i,
    ),
  },
  {
    id: 'program-not-executable',
    exitCode: 126,
    class: 'config-fatal',
    subclass: 'permission',
    problem: 'The program to run may not be executed.',
    remedy: 'give it the execute bit: chmod +x <file>',
    pattern: { test: (text) => !/busy/i.test(text) },
  },
  {
    id: 'io-error',
    class: 'config-fatal',
    subclass: 'io-error',
    problem: 'The disk, or the connection to it, failed.',
    remedy: 'look at dmesg and at the health of the volume before anything is written again',
    pattern: /: (?:Input\/output error|Stale (?:NFS )?file handle|Structure needs cleaning)|\bEIO: /,
  },
];

/** Asked after verdicts on the candidate: a red test may well quote such an error. */
export const machineRules = inPhases(workPhases, [watchRule, ...volumeRules, ...scarceRules]);

/**
 * The built-in failure rules, asked in order after the user's own. Wordings are git's, Node's and the system's under
 * LC_ALL=C. A rule that names a phase means it: the same text has another owner in another phase.
 */
import type { FailureRule } from './classify.ts';
import type { Phase } from './failure.ts';
import { agentRules, gateRules } from './failure-rules-work.ts';

const gitPhases: readonly Phase[] = ['fetch', 'merge', 'worktree', 'push', 'cleanup', 'delete-remote', 'custom'];
const remotePhases: readonly Phase[] = ['fetch', 'push', 'delete-remote', 'custom'];
const ownPhases: readonly Phase[] = ['spawn', 'preflight', 'custom'];

/** What the operating system says, whoever ran into it. */
const systemRules: readonly FailureRule[] = [
  {
    id: 'agent-command-missing',
    phases: ['agent'],
    errorCode: 'ENOENT',
    class: 'config-fatal',
    subclass: 'command-missing',
    problem: 'The program of "agent.command" in policy/loop.json does not exist on this machine.',
    remedy: 'install the agent, or correct "agent.command" in policy/loop.json',
  },
  {
    id: 'qa-tool-missing',
    phases: ['qa', 'prepare'],
    errorCode: 'ENOENT',
    class: 'config-fatal',
    subclass: 'command-missing',
    problem: 'A QA command names a program that is not there.',
    remedy: 'correct "qa" or "prepare" in policy/promote.json on the target branch, or install the program',
  },
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
  {
    id: 'disk-full',
    pattern: /No space left on device|\bENOSPC: |Disk quota exceeded|\bEDQUOT: /i,
    class: 'config-fatal',
    subclass: 'disk-full',
    problem: 'The disk is full.',
    remedy: 'free space on the volume that holds the repository (df -h . shows it)',
  },
  {
    id: 'read-only-file-system',
    pattern: /Read-only file system|\bEROFS: /,
    class: 'config-fatal',
    subclass: 'read-only-fs',
    problem: 'The file system is mounted read-only.',
    remedy: 'mount it writable again',
  },
];

/** Node and tsx cannot load what they were told to run: nobody but us owns it in these phases. */
const loadingRules: readonly FailureRule[] = [
  {
    id: 'entry-point-missing',
    phases: ownPhases,
    pattern: /\bERR_MODULE_NOT_FOUND\b|\bMODULE_NOT_FOUND\b|Cannot find (module|package) '/,
    class: 'config-fatal',
    subclass: 'module-missing',
    problem: 'The entry point, or a module that it imports, is missing.',
    remedy: 'npm run doctor prints what brings it back; for a package: npm ci',
  },
  {
    id: 'entry-point-does-not-load',
    phases: ownPhases,
    pattern:
      /\bERR_(UNSUPPORTED_DIR_IMPORT|UNKNOWN_FILE_EXTENSION|PACKAGE_PATH_NOT_EXPORTED|INVALID_PACKAGE_CONFIG|REQUIRE_ESM|IMPORT_ATTRIBUTE_MISSING)\b|^SyntaxError: |Transform failed with \d+ error/m,
    class: 'config-fatal',
    subclass: 'module-broken',
    problem: 'The entry point cannot be loaded.',
    remedy: 'npm run doctor shows the loading error; mend the file and commit it',
  },
  {
    id: 'node-bad-option',
    phases: ownPhases,
    pattern: /^\S*node\S*: (bad option|.* is not allowed in NODE_OPTIONS)/m,
    class: 'config-fatal',
    subclass: 'bad-option',
    problem: 'Node does not know an option that it was started with.',
    remedy: 'node --version must agree with "tools" in runtime-manifest.json; check NODE_OPTIONS',
  },
];

/** git and the servers behind it. */
const gitRules: readonly FailureRule[] = [
  {
    id: 'remote-lock-held',
    phases: ['push', 'delete-remote', 'custom'],
    pattern: /^remote: (error|fatal): .*Unable to create '.*\.lock': File exists/m,
    class: 'transient',
    subclass: 'remote-lock',
    problem: 'A lock file on the remote is in the way of the push.',
    remedy: 'wait; if it stays, whoever runs the server removes the lock file that the output names',
  },
  {
    id: 'git-lock-held',
    phases: gitPhases,
    pattern: /Unable to create '.*\.lock': File exists|cannot lock ref .*(File exists|is at [0-9a-f]+ but expected)/,
    class: 'transient',
    subclass: 'lock',
    problem: 'Another git process holds a lock in this repository.',
    remedy: 'wait; npm run doctor -- --fix removes the lock of a git that has died, ten minutes after it was made',
  },
  {
    id: 'remote-unreachable',
    phases: remotePhases,
    pattern:
      /Could not resolve host|Temporary failure in name resolution|Connection (refused|timed out|reset)|Operation timed out|Network is unreachable|The remote end hung up unexpectedly|early EOF|unexpected disconnect|HTTP (429|5\d\d)|error: 5\d\d\b|kex_exchange_identification/,
    class: 'transient',
    subclass: 'network',
    problem: 'The remote could not be reached.',
    remedy: 'nothing to do: it is tried again; git ls-remote <remote> shows whether it is back',
  },
  {
    id: 'remote-authentication',
    phases: remotePhases,
    pattern:
      /Authentication failed|could not read (Username|Password)|Permission denied \(publickey|Host key verification failed|HTTP 40[13]|error: 40[13]\b|terminal prompts disabled/,
    class: 'config-fatal',
    subclass: 'credentials',
    problem: 'The remote refused the credentials.',
    remedy: 'git ls-remote <remote> must work without asking; renew the credentials',
  },
  {
    id: 'remote-missing',
    phases: remotePhases,
    pattern:
      /Repository not found|does not appear to be a git repository|No such remote|not found: did you run git update-server-info|couldn't find remote ref|No such file or directory/,
    class: 'config-fatal',
    subclass: 'remote-missing',
    problem: 'The remote, or the branch on it, does not exist.',
    remedy: 'git remote -v and "remote" and "target" in policy/promote.json must agree with the server',
  },
  {
    id: 'push-lost-lease',
    phases: ['push', 'delete-remote', 'custom'],
    pattern: /\[rejected\].*\((fetch first|non-fast-forward|stale info|remote ref updated since checkout)\)/,
    class: 'transient',
    subclass: 'remote-moved',
    problem: 'The target moved while the candidate was tested.',
    remedy: 'nothing to do: it is integrated and tested again',
  },
  {
    id: 'push-refused',
    phases: ['push', 'delete-remote', 'custom'],
    pattern: /\[remote rejected\]|\bGH0\d\d: |pre-receive hook declined|protected branch/,
    class: 'policy-terminal',
    subclass: 'push-refused',
    problem: 'The server refused the push by its own rules.',
    remedy:
      'read what the server said; change the branch, or the rule on the server, then: npm run clear -- <branch> --why "…"',
  },
];

/** All built-in rules, in the order in which they are asked. */
export const builtInRules: readonly FailureRule[] = [
  ...systemRules,
  ...loadingRules,
  ...gitRules,
  ...gateRules,
  ...agentRules,
];

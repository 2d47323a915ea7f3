/** What a shell, `env`, `make` or a package manager says when the program, script, flag or variable is not there. */
import type { FailureRule } from './classify.ts';
import { anyOf, candidatePhases, inPhases, workPhases } from './failure-pattern.ts';

const missing: Pick<FailureRule, 'class' | 'subclass' | 'problem' | 'remedy'> = {
  class: 'config-fatal',
  subclass: 'command-missing',
  problem: 'A program that is to be run is not on this machine, or not on PATH.',
  remedy: 'install it (for a tool of the project: npm ci), or correct the command in the policy that names it',
};

const programAbsent = anyOf(
  /^(?:remote: )?[\w./ -]{1,200}: (?:line )?\d{1,7}: [^\s:][^:\n]{0,200}: (?:command )?not found$/m,
  /^(?:remote: )?(?:[\w./-]{0,200}(?:sh|hooks\/[\w-]{1,40}|\.husky\/[\w./-]{1,60}|[\w-]{1,60}\.\w{1,6}): )(?:line )?(?:\d{1,7}: )?[^\s:][^:\n]{0,200}: (?:command )?not found$/m,
  /^(?:remote: )?(?:zsh|fish): (?:command not found: |Unknown command: )/m,
  /^(?:remote: )?(?:\S{0,60}\/)?env: [‘'"]?[^\n]{1,200}: No such file or directory$/m,
  /: (?:bad interpreter|cannot execute): /m,
  /^(?:\S{1,200}: )(?:line \d{1,7}: )?(?:\.{0,2}\/|[A-Za-z]:)[^\n:]{0,300}: (?:No such file or directory|not found|cannot execute(?:: required file not found)?)$/m,
  /\bspawn(?:Sync)? \S{1,200} ENOENT\b/,
  /^(?:make|gmake)(?:\[\d{1,3}\])?: (?!\*\*\*)\S{1,200}: (?:No such file or directory|Command not found)$/m,
  /^(?:timeout|nohup|nice|xargs|sudo|exec|time|stdbuf|setsid|flock): (?:failed to run command [^\n]{0,200}: No such file|[^\n]{0,200}: (?:command not found|No such file))/m,
  /^(?:error: |fatal: |error Command failed: )?cannot (?:run|exec|spawn) [^\n]{1,200}: No such file or directory/m,
  /^Executable `[^`\n]{1,80}` not found|^`?pre-commit`? not found\. /m,
  /^\S{0,60}python[\d.]{0,5}: (?:No module named [\w.]{1,60}|can't open file )/m,
);

const qaToolAbsent = anyOf(
  /Cannot find (?:module|package) '[^'\n]{0,300}\/node_modules\/(?:\.bin\/[\w.-]{1,60}|(?:vitest|jest|mocha|ava|tap|c8|nyc|typescript|eslint|prettier|@biomejs\/biome|tsx|ts-node|esbuild|rollup|vite|webpack|next|playwright|@playwright\/test|cypress|turbo|nx|lerna)\/[^'\n]{1,200})'/,
  /Cannot find (?:module|package) '?@(?:rollup\/rollup|esbuild|biomejs\/cli|swc\/core|oxc-[\w-]{1,40}|oxlint|rolldown\/binding|parcel\/watcher|unrs\/resolver-binding|next\/swc|img\/sharp|tailwindcss\/oxide|lightningcss|napi-rs\/[\w-]{1,40}|nx\/nx|typescript\/native-preview)[-/]/,
  /The package "@esbuild\/[\w-]{1,40}" could not be found|You installed esbuild for another platform|Cannot find native binding|Failed to load (?:native binding|SWC binary)|[Cc]ould not load the "sharp" module|@biomejs\/cli-\S{1,60} (?:package )?could ?n[o']t be (?:found|resolved)/,
  /invalid ELF header|was compiled against a different Node\.js version|ERR_DLOPEN_FAILED|error while loading shared libraries|version `GLIBC(?:XX)?_[\d.]{1,10}' not found/,
  /Executable doesn't exist at|Host system is missing dependencies|Cypress (?:executable|binary) (?:not found|is missing)|the Cypress binary is missing|Could not find (?:Chrome|Chromium|Firefox) \(|cannot find Chrome binary|ChromeDriver was not found/i,
  /could not determine executable to run|npx canceled due to missing packages|Cannot connect to the Docker daemon|Could not find any Python installation|gyp ERR! (?:find Python|stack Error: not found: (?:make|g\+\+))/,
  /^(?:error: no such (?:command|subcommand)|go: (?:no such tool|unknown command)|error: '?(?:cargo-\w{1,30}|rustfmt|clippy)'? is not installed|error: toolchain '[^'\n]{1,80}' is not installed)/m,
);

const scriptAbsent = anyOf(
  /^npm (?:error|ERR!) (?:Missing script:|missing script:)/m,
  /^(?:[ \t]*ERR_PNPM_NO_SCRIPT|error Command "[^"\n]{1,80}" not found|error: Script not found "|Usage Error: Couldn't find a script named|[ \t]*ERR_PNPM_NO_SCRIPT_OR_SERVER|None of the selected packages has a "[^"\n]{1,80}" script)/m,
  /Command "[^"\n]{1,80}" not found\b|^Error: Task not found|Could not find task|^[ \t]*x? ?Could not find task/m,
  /^(?:make|gmake)(?:\[\d{1,3}\])?: \*\*\* (?:No rule to make target|No targets specified|No makefile found)/m,
  /^(?:Task '[^'\n]{1,80}' not found in|error: Justfile does not contain recipe|error: No justfile found|Cannot find task|task: Task "[^"\n]{1,80}" does not exist|Don't know how to build task)/m,
);

const usageRefused = anyOf(
  /^\S{0,200}(?:node|tsx): (?:bad option|.{1,120} is not allowed in NODE_OPTIONS|.{1,80} requires an argument)/m,
  /^(?:\S{0,60}:? ?)?(?:error: |Error: |CACError: |✖ |× |X \[ERROR\] |✘ \[ERROR\] )?(?:[Uu]nknown|[Uu]nrecogni[sz]ed|[Ii]nvalid|[Uu]nexpected) (?:CLI )?(?:command[- ]line )?(?:option|flag|argument|arguments|parameter|switch|Parameter|Option)s?\b[ :`'"-]/m,
  /^error: unrecognized arguments|: error: unrecognized arguments|^[ \t]*● Unrecognized CLI Parameter|is not expected in this context$/m,
  /ESLint couldn't find an? (?:eslint\.config|configuration file|"?config)|Could not (?:resolve|find) a? ?config(?:uration)? file|Can't find a root directory while resolving a config|No files matching the pattern|No files matching '[^'\n]{1,200}' were found|No ESLint configuration found|Option '[^'\n]{1,60}' can only be used/,
  /^(?:Error: )?Could not find '[^'\n]{1,300}'$|^No (?:test files|tests) found\b|^=+ no tests ran|^(?:Error|ERROR): (?:file or directory not found|not found): |^Error: No test files found|Couldn't find any (?:files to test|tests)|^[ \t]*No (?:spec|test) files? (?:were |was )?found|^Pattern: .{0,200} - 0 matches|^testing: warning: no tests to run$|No tests to run/m,
);

const badUsage: Omit<FailureRule, 'pattern'> = {
  id: 'bad-usage',
  class: 'config-fatal',
  subclass: 'bad-option',
  problem: 'A tool does not know an option that it was given, or found nothing that it could work on.',
  remedy: 'run that command by hand in a clean clone; correct its options, or its version',
};

/** A tool of the gate that cannot start: asked before verdicts, for then every test fails of it. */
export const toolRules = inPhases(
  [...candidatePhases, 'merge', 'push', 'custom'],
  [
    { id: 'qa-tool-missing', phases: candidatePhases, ...missing, exitCode: 127 },
    { id: 'qa-tool-missing', ...missing, pattern: qaToolAbsent },
    { ...badUsage, pattern: /^error TS(?:5023|5025|6044|6046|5058|5083|18003|5057|5081):/m },
  ],
);

/** What is not there; also where a hook calls it. */
export const absenceRules = inPhases(workPhases, [
  {
    id: 'hook-tool-missing',
    phases: ['merge', 'worktree', 'push', 'fetch', 'cleanup', 'delete-remote'],
    ...missing,
    subclass: 'hook-broken',
    problem: 'A hook, here or on the server, could not run: a program that it needs is not there.',
    pattern: programAbsent,
  },
  { id: 'qa-tool-missing', phases: candidatePhases, ...missing, pattern: programAbsent },
  { id: 'command-missing', ...missing, pattern: programAbsent },
  { id: 'command-missing', ...missing, exitCode: 127 },
  {
    id: 'script-missing',
    class: 'config-fatal',
    subclass: 'missing-script',
    problem: 'A script or target of that name does not exist in the project.',
    remedy: 'npm run lists the scripts; correct the command in the policy that names it',
    pattern: scriptAbsent,
  },
  { ...badUsage, pattern: usageRefused },
  {
    id: 'shell-refused',
    class: 'config-fatal',
    subclass: 'shell',
    problem: 'The shell could not run the command as it is written.',
    remedy: 'run that line by hand; correct its quoting, its variables, or the directory that it changes to',
    pattern: anyOf(
      /: Argument list too long\b|\bE2BIG\b|: (?:Exec format error|cannot execute binary file)/m,
      /^\S{0,200}sh: (?:line )?(?:\d{1,7}: )?[A-Z_][A-Z0-9_]{1,80}: \S/m,
      /^(?:\S{1,200}: ){1,2}(?:line )?(?:\d{1,7}: )?(?:cd: [^\n]{1,300}: (?:No such file or directory|Not a directory)|(?:cd: )?can't cd to [^\n]{1,300}|[Bb]ad substitution|[Ss]yntax error\b[^\n]{0,200}|unexpected EOF while looking for[^\n]{0,80}|[\w*@#]{1,80}: (?:unbound variable|parameter (?:not set|null or not set)|bad substitution)|\S{1,80}: (?:bad substitution|ambiguous redirect))/m,
    ),
  },
]);

/** Which lines of an output tell anything: asked when no rule knew a word, to tell a complaint from mere silence. */

/** Lines that say nothing about the cause: frames of wrappers, progress, what passed, empty ones. */
const noise: readonly RegExp[] = [
  /^\s*$/,
  /^[\s.·*─━=+|_~^⠀-⣿▀-▟-]+$/,
  /^> |^\$ |^\+{1,3} |^yarn run v|^info |^➤ YN0000:|^Done in |^Scope: |^•|^ELIFECYCLE/,
  /^npm (?:error|ERR!)(?: (?:code (?:\d+|ELIFECYCLE)|errno|path|workspace|location|command|Lifecycle script|Exit status|Failed at the|This is probably not|A complete log|Test failed\.|signal|\S+@\S* \S+:|in workspace|at location|\s*$)|$)/,
  /^\s*(?:ELIFECYCLE|ERR_PNPM_(?:RECURSIVE_RUN_FIRST_FAIL|RECURSIVE_EXEC_FIRST_FAIL))\b|^(?:\[ELIFECYCLE\]|error (?:Command failed with exit code|Command failed)|error: script ".+" exited with code|error: Recipe .+ failed)/,
  /^(?:g?make)(?:\[\d+\])?: (?:\*\*\* .* Error \d+|Entering|Leaving)|^husky - |^(?:Exit code|exit code|exit status|Exited with)[: ]+\d+|^Terminated$|^Process completed with exit code/,
  /^(?:[\w-]+: )?(?:FAIL|FAILED|ERROR|failed|error)\b.{0,40}\b(?:exit|code|status)[ =:]+\d+\.?$/,
  /^(?:Segmentation fault|Aborted|Terminated|Hangup|Bus error|Illegal instruction|Trace\/breakpoint trap|Quit)(?: \(core dumped\))?$|^.{0,200}: line \d+: +\d+ (?:Segmentation fault|Aborted|Terminated|Hangup|Bus error)\b/,
  /^\s*(?:✓|✔|√|PASS\b|ok \d|# Subtest|TAP version|1\.\.\d|RUN\b|RUNS\b|pass\b|ℹ |Start at|Duration|Test Files .*passed|Tests .*passed)/,
  /^(?:fetch|worktree|merge|qa|push|cleanup|preflight|prepare): \S/,
  /^(?:To|From) \S|^error: failed to push some refs to|^fatal: Could not read from remote repository|^Please make sure you have the correct access rights|^and the repository exists/,
  /^(?:Everything up-to-date|Already up to date|Updating [0-9a-f]|Preparing worktree|HEAD is now|Switched to|Cloning into|Rebasing \(|Auto-merging )/,
  /^\s+at \S|^Node\.js v\d|^\s*\^+\s*$|^node:internal|^\s+throw |^Timeout,|^Collecting |^collected \d|^platform |^rootdir|^plugins|^=+ test session starts/,
  /^(?:Running|Checking|Building|Compiling|Installing|Starting|Linking|Bundling|Downloading|Fetching|Resolving|added \d|up to date|audited)\b|^\S+\.(?:test|spec)\.\w+ \.{2,}$|^tests?\/\S+\.py [.sx]+/i,
  /^\[?UnhandledPromiseRejection: .{0,400}reason "(?:#<\w{1,40}>|undefined|null|\[object \w{1,20}\])"|^(?:\w{0,30}Error: )?Command failed(?: with exit code \d{1,3})?: |^(?:Uncaught )?(?:\w{0,30}Error|ProcessOutput)(?::? ?\{?)$/,
  /^\s*(?:status|signal|pid|errno|exitCode|killed|output|stdout|stderr|cmd|code|shell|spawnargs|path|syscall|duration_ms|location|type|failureType)\b ?[:=]|^\s*(?:exit code|signal|duration|command): |^\s*[\][{}),;]{1,6}$/,
];

/** Bytes that are no text: a share of a tenth of replacement and control characters is never a sentence. */
function isGarbled(line: string): boolean {
  const bad = line.match(/[\ufffd\p{Cc}]/gu)?.length ?? 0;
  return bad * 10 > line.length;
}

/** The lines that may tell a cause; none for silence, progress, what passed, and the frames of wrappers. */
export function tellingLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => !isGarbled(line) && !noise.some((one) => one.test(line)));
}

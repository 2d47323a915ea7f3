/** Node, tsx and ts-node cannot load or run the loop's own program: nobody but its owner can mend that. */
import { tellingLines } from './failure-noise.ts';
import { anyOf, gitPhases, inOrder, inPhases, ownPhases } from './failure-pattern.ts';

const moduleMissing = anyOf(
  /\b(?:ERR_)?MODULE_NOT_FOUND\b|Cannot find (?:module|package) '|^(?:error: )?Cannot find module |Module not found|error: Module not found "|ERR_FILE_NOT_FOUND|Could not resolve "[^"\n]{1,300}"/m,
);

const doesNotLoad = anyOf(
  /\bERR_(?:UNSUPPORTED_DIR_IMPORT|UNKNOWN_FILE_EXTENSION|UNKNOWN_MODULE_FORMAT|PACKAGE_(?:PATH|IMPORT)_NOT_(?:EXPORTED|DEFINED)|INVALID_PACKAGE_(?:CONFIG|TARGET)|REQUIRE_(?:ESM|ASYNC_MODULE|CYCLE_MODULE)|IMPORT_ATTRIBUTE_\w{1,30}|IMPORT_ASSERTION_\w{1,30}|UNSUPPORTED_(?:ESM_URL_SCHEME|TYPESCRIPT_SYNTAX|NODE_MODULES_TYPE_STRIPPING|RESOLVE_REQUEST)|INVALID_TYPESCRIPT_SYNTAX|INVALID_MODULE_SPECIFIER|NETWORK_IMPORT_\w{1,30}|UNKNOWN_BUILTIN_MODULE|VM_DYNAMIC_IMPORT_\w{1,40}|AMBIGUOUS_MODULE_SYNTAX|NO_TYPESCRIPT)\b/,
  /^(?:Uncaught )?SyntaxError\b|Transform failed with \d{1,5} error|^TSError: |Unable to compile TypeScript|does not provide an export named|Cannot use import statement outside a module|require is not defined in ES module scope|await is only valid|error TS\d{4,5}:|ERR_DLOPEN_FAILED|was compiled against a different Node\.js version|error while loading shared libraries|GLIBC_\d/m,
);

const settingsMissing = anyOf(
  inOrder(
    /\b[A-Z][A-Z0-9]{1,30}_[A-Z0-9_]{1,40}\b|\benvironment variable|\benv(?:ironment)? var\b/,
    /\b(?:not set|missing|required|undefined|unset|empty|not defined|must be set)\b/,
  ),
  /[Mm]issing (?:required )?(?:environment variable|env(?:ironment)? var|secret|setting|config)/,
  /\bENO(?:ENT|TDIR)\b|\bEISDIR\b|no such file or directory|must have required property|must NOT have additional|is not valid JSON|in JSON at position|JSON ?(?:SyntaxError|parse error)|YAML(?:Exception|ParseError|SyntaxError)|TomlError|ZodError|ValidationError|unsupported version|unknown (?:key|property|field|strategy|phase|option|argument|command|policy|target)|usage: /i,
  inOrder(/Unexpected (?:token|end)/i, /JSON/),
  inOrder(
    /\b(?:polic(?:y|ies)|config(?:uration)?|manifest|schema|settings?|options?)\b/i,
    /invalid|not valid|missing|unknown|malformed|unsupported|broken|empty|must|required|expected|unexpected|not found|does not exist|cannot|failed|no such|wrong|differs|stale|outdated|mismatch/i,
  ),
  inOrder(/\b(?:requires?|needs|wants|expects?) (?:at least )?(?:node|git|npm|gh|python|bash|zx|tsx)\b/i, /\d/),
  inOrder(
    /\b(?:node|git|npm|gh)(?:\.js)?(?: version)? v?\d/i,
    /too old|not supported|unsupported|required|below|older/i,
  ),
  /too old|Unsupported engine|Unsupported Node|not logged in|\bno (?:remote|token|credentials?|upstream)\b/i,
  inOrder(
    /\b(?:checkout|work ?tree|working (?:tree|copy)|clone|repository)\b/i,
    /stale|dirty|not clean|unclean|behind|uncommitted/i,
  ),
  inOrder(/\b(?:stale|dirty|unclean|uncommitted|not clean)\b/i, /checkout|work ?tree|clone|working|repo|changes/i),
);

const scriptBug =
  /^(?:Uncaught )?(?:TypeError|ReferenceError|RangeError|AssertionError|EvalError)(?: \[[A-Z_]{1,60}\])?: |^(?:Uncaught )?(?:Type|Reference|Range)Error\b|ERR_(?:INVALID_ARG_\w{1,20}|ASSERTION|INVALID_RETURN_\w{1,20}|METHOD_NOT_IMPLEMENTED|UNHANDLED_ERROR|PARSE_ARGS_\w{1,40}|OUT_OF_RANGE)\b|^Traceback \(most recent call last\)|^\w{1,40}Error: .{1,300} is not (?:a function|defined|iterable)|Maximum call stack size exceeded/m;

/** The program itself does not load: structure of Node's own errors, before anything it might quote. */
export const loadingRules = inPhases(
  [...ownPhases, ...gitPhases],
  [
    {
      id: 'entry-point-missing',
      class: 'config-fatal',
      subclass: 'module-missing',
      problem: 'The entry point, or a module that it imports, is missing.',
      remedy: 'npm run doctor prints what brings it back; for a package: npm ci',
      pattern: moduleMissing,
    },
    {
      id: 'entry-point-does-not-load',
      class: 'config-fatal',
      subclass: 'module-broken',
      problem: 'The entry point cannot be loaded.',
      remedy: 'npm run doctor shows the loading error; mend the file and commit it',
      pattern: doesNotLoad,
    },
    {
      id: 'node-bad-option',
      class: 'config-fatal',
      subclass: 'bad-option',
      problem: 'Node does not know an option that it was started with.',
      remedy: 'node --version must agree with "tools" in runtime-manifest.json; check NODE_OPTIONS',
      pattern:
        /^\S{0,200}(?:node|tsx)\S{0,40}: (?:bad option|.{1,120} is not allowed in NODE_OPTIONS|.{1,80} requires an argument)/m,
    },
  ],
);

const complaint =
  /^(?:Uncaught )?(?:Error|AssertionError)(?: \[[A-Z_]{1,60}\])?: \S|\b(?:error|fail(?:ed|ure)?|missing|cannot|could not|unable|invalid|refus\w{1,3}|denied|must|required|not found|unknown|forbidden|unsupported)\b/i;

/** The program ran and gave up: after network and server, whose errors it may only pass on. */
export const scriptRules = inPhases(
  [...ownPhases, ...gitPhases],
  [
    {
      id: 'setting-missing',
      phases: ownPhases,
      class: 'config-fatal',
      subclass: 'policy-missing',
      problem: 'A file, policy, variable or tool that the program needs is missing or malformed.',
      remedy: 'npm run doctor checks what the manifest names; restore what the output names',
      pattern: settingsMissing,
    },
    {
      id: 'program-bug',
      class: 'config-fatal',
      subclass: 'script-bug',
      problem: 'The program that promotes has a bug.',
      remedy: 'mend the line that the stack names, and commit it',
      pattern: scriptBug,
    },
    {
      id: 'file-missing',
      class: 'config-fatal',
      subclass: 'path-missing',
      problem: 'A file or directory that is needed does not exist.',
      remedy: 'restore the path that the output names, or correct it where it is written',
      pattern:
        /: No such file or directory\b|\bENOENT: no such file|^(?:error|fatal): .{1,300}: (?:Not a directory|Is a directory|File name too long|File exists)$/m,
    },
    {
      id: 'git-refused',
      class: 'config-fatal',
      subclass: 'git-refused',
      problem: 'git refused the command, and not for a reason that passes by itself.',
      remedy: 'run that git command by hand in the same directory, and mend what it names',
      pattern:
        /^(?:fatal|error): (?!failed to push some refs|Could not read from remote repository|process died|could not fetch|failed to run|subprocess|the remote end)\S/m,
    },
    {
      id: 'program-refused',
      phases: ['spawn', 'preflight'],
      ended: 'by-code',
      class: 'config-fatal',
      subclass: 'refused',
      problem: 'The program gave up before it had looked at any commit, and would do so again.',
      remedy: 'read what it printed, and mend what it names',
      pattern: { test: (text) => tellingLines(text).some((line) => complaint.test(line)) },
    },
  ],
);

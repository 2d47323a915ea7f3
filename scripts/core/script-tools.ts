/** What is known about programs that read files which their options or arguments name, as data. */

import type { FoundFile } from './script-reading.ts';

/** What the plain arguments of a tool are. */
export type ToolArguments =
  /** Nothing that is looked at: patterns, names, folders. */
  | 'nothing'
  /** Any number of files or folders with tests; only what has a program's ending is taken for one. */
  | 'tests'
  /** Any number of sources, to which it adds endings. */
  | 'sources'
  /** The first is the file that it runs or reads. */
  | 'first'
  /** Folders or files of a TypeScript project, after `-b`; sources without. */
  | 'projects';

export interface Tool {
  /** The word, one of these, that must come first; none: any. */
  readonly subcommands: readonly string[];
  readonly values: readonly string[];
  /** Options without a value; after any other a word may be its value. */
  readonly flags: readonly string[];
  /** Options whose value is a module that is loaded first. */
  readonly loads: readonly string[];
  /** Options whose value is a file of settings that must be there, or it ends at once. */
  readonly settings: readonly string[];
  /** Whether its settings may be a package's, or a folder's, so that only what has an ending is surely a file. */
  readonly packages?: true;
  /** Options that move what the others are relative to: then nothing is claimed. */
  readonly elsewhere: readonly string[];
  readonly takes: ToolArguments;
  /** What it looks for where no option names it, its usual name first. */
  readonly looksFor?: FoundFile;
}

const reads = (...settings: readonly string[]): Tool => {
  return { subcommands: [], values: [], flags: [], loads: [], settings, elsewhere: [], takes: 'nothing' };
};

const config = reads('--config');
const shortConfig = reads('-c', '--config');

const testFlags = [
  ...['-b', '--bail', '-w', '--watch', '-c', '--color', '--colors', '--recursive', '--exit', '--parallel', '-p'],
  ...['--check-leaks', '--full-trace', '--forbid-only', '--forbid-pending', '-A', '--async-only', '--verbose', '-v'],
  ...['--delay', '--diff', '--sort', '-S', '--inline-diffs', '--inspect', '--inspect-brk', '--serial', '-s', '--tap'],
  ...['--fail-fast', '--update-snapshots', '-u', '--renderer', '--no-color', '--no-coverage', '--no-timeouts'],
];

const mochaValues = [
  ...['-t', '--timeout', '-u', '--ui', '-g', '--grep', '-f', '--fgrep', '-s', '--slow'],
  ...['-O', '--reporter-option', '--reporter-options', '--retries', '-j', '--jobs', '--ext', '--extension'],
  ...['--ignore', '--exclude', '--watch-files', '--watch-ignore', '--globals', '-n', '--node-option', '--spec'],
  '--opts',
];

const mocha: Tool = {
  ...reads('--config', '--package'),
  values: mochaValues,
  flags: testFlags.filter((flag) => flag !== '-s' && flag !== '-u'),
  // A reporter is one of its own, a package's, or a module of ours.
  loads: ['-r', '--require', '--import', '--loader', '--file', '-R', '--reporter'],
  takes: 'tests',
};

const ava: Tool = {
  ...config,
  values: ['-m', '--match', '-T', '--timeout', '-c', '--concurrency', '--node-arguments'],
  flags: testFlags.filter((flag) => flag !== '-c'),
  takes: 'tests',
};

const tape: Tool = {
  ...reads(),
  values: ['-i', '--ignore', '--ignore-pattern'],
  flags: testFlags,
  loads: ['-r', '--require', '--import'],
  takes: 'tests',
};

const tsc: Tool = {
  ...reads('-p', '--project'),
  values: [
    ...['--outDir', '--outFile', '--declarationDir', '--module', '-m', '--target', '-t', '--lib', '--jsx', '--rootDir'],
    ...[
      '--moduleResolution',
      '--types',
      '--typeRoots',
      '--baseUrl',
      '--tsBuildInfoFile',
      '--locale',
      '--generateTrace',
    ],
  ],
  flags: [
    ...['-b', '--build', '-w', '--watch', '-d', '--declaration', '--noEmit', '--pretty', '--skipLibCheck', '--strict'],
    ...['--emitDeclarationOnly', '-v', '--verbose', '-f', '--force', '--clean', '--dry', '--preserveWatchOutput'],
    ...['--incremental', '--sourceMap', '--allowJs', '--checkJs', '--esModuleInterop', '--resolveJsonModule'],
  ],
  takes: 'projects',
};

const pm2Values = [
  '-n',
  '--name',
  '-i',
  '--instances',
  '--env',
  '--only',
  '-l',
  '--log',
  '--interpreter',
  '--node-args',
];

const pm2: Tool = {
  ...reads(),
  subcommands: ['start', 'restart', 'reload', 'startOrRestart', 'startOrReload', 'startOrGracefulReload'],
  values: [...pm2Values, '--max-memory-restart', '-o', '-e', '--output', '--error', '--cron', '--watch-delay'],
  elsewhere: ['--cwd'],
  takes: 'first',
};

/** `docker compose logs -f` follows: only the options before its subcommand name files. */
export const compose: Tool = {
  ...reads('-f', '--file'),
  values: ['-p', '--project-name', '--env-file', '--profile', '--ansi', '--progress'],
  elsewhere: ['--project-directory'],
};

const makefile: FoundFile = {
  names: [
    ...['Makefile', 'makefile', 'GNUmakefile'],
    // Each of these makes one.
    ...['Makefile.in', 'Makefile.am', 'Makefile.PL', 'configure', 'configure.ac', 'CMakeLists.txt', 'meson.build'],
  ],
  upward: false,
};

/** gulp takes a folder of that name too (gulpjs.com/docs, "JavaScript and Gulpfiles"). */
const gulpfile: FoundFile = {
  names: ['gulpfile', 'Gulpfile'].flatMap((name) =>
    ['.js', '.mjs', '.cjs', '.ts', '.babel.js', '.esm.js', '.coffee'].map((end) => name + end),
  ),
  upward: true,
};

const gruntfile: FoundFile = {
  names: ['Gruntfile', 'gruntfile'].flatMap((name) => ['.js', '.cjs', '.ts', '.coffee'].map((end) => name + end)),
  upward: true,
};

const byTool: readonly (readonly [Tool, string])[] = [
  [mocha, 'mocha _mocha electron-mocha'],
  [ava, 'ava'],
  [tape, 'tape'],
  [{ ...tape, ...config, takes: 'tests', values: ['--filter', '--seed', '--reporter', '--helper'] }, 'jasmine'],
  [tsc, 'tsc vue-tsc tspc ttsc tsgo'],
  [reads('-p', '--project'), 'tsc-watch tsc-alias'],
  [{ ...shortConfig, elsewhere: ['--rootDir'] }, 'jest'],
  [{ ...shortConfig, elsewhere: ['-r', '--root', '--dir'] }, 'vitest vite'],
  [shortConfig, 'rollup webpack webpack-cli webpack-dev-server playwright graphql-codegen'],
  [
    { ...shortConfig, packages: true },
    'eslint stylelint knip markdownlint markdownlint-cli2 cspell lint-staged release-it',
  ],
  [shortConfig, 'dependency-cruiser depcruise solhint oxlint'],
  [reads('-d', '--dangerfile'), 'danger'],
  [{ ...reads('-f', '--file', '--makefile'), elsewhere: ['-C', '--directory'], looksFor: makefile }, 'make gmake'],
  [{ ...reads('-f', '--gulpfile'), elsewhere: ['--cwd'], looksFor: gulpfile }, 'gulp'],
  [{ ...reads('--gruntfile'), elsewhere: ['--base'], looksFor: gruntfile }, 'grunt'],
  // postcss takes a folder too.
  [{ ...config, packages: true }, 'postcss bundlewatch prettier drizzle-kit commitlint tsdown'],
  [{ ...config, takes: 'sources', values: ['--format', '--target', '-d', '--out-dir', '--tsconfig'] }, 'tsup'],
  [{ ...reads('--tsconfig'), takes: 'sources' }, 'esbuild'],
  [reads('--config-file'), 'babel swc'],
  [{ ...reads('-C', '--config-file'), elsewhere: ['-P', '--project'] }, 'cypress'],
  [reads('--options', '--tsconfig'), 'typedoc'],
  [reads('--schema'), 'prisma'],
  [reads('--knexfile'), 'knex'],
  // Before its version 0.3 the -d of typeorm was a folder.
  [{ ...reads('-d', '--dataSource'), packages: true }, 'typeorm typeorm-ts-node-commonjs typeorm-ts-node-esm'],
  [{ ...reads(), subcommands: ['start'], takes: 'first', flags: ['--single-run'] }, 'karma'],
  [{ ...reads('--config'), subcommands: ['run'], values: ['--network'], takes: 'first' }, 'hardhat'],
  [{ ...reads('--config'), subcommands: ['exec'], values: ['--network'], takes: 'first' }, 'truffle'],
  [{ ...reads(), subcommands: ['run'], takes: 'first' }, 'wdio k6 artillery'],
  [pm2, 'pm2'],
  [{ ...pm2, subcommands: [] }, 'pm2-runtime pm2-dev'],
  [compose, 'docker-compose'],
];

/** The tools by the name of their program. */
export const tools: ReadonlyMap<string, Tool> = new Map(
  byTool.flatMap(([tool, names]) => names.split(' ').map((name) => [name, tool] as const)),
);

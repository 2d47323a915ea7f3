/** What is known about the programs in script lines, as data: who runs a file, and who runs another program. */

/** A program that takes the file to run as its first argument after its options. */
export interface Runner {
  /** Options that take the next word as their value. */
  readonly values: readonly string[];
  /** Options whose value is a module that is loaded first. */
  readonly loads: readonly string[];
  /** Options after which there is no program file. */
  readonly inline: readonly string[];
  /** Options whose value is a shell line. */
  readonly lines: readonly string[];
  /** Words that may stand before the file. */
  readonly subcommands: readonly string[];
  /** Whether it takes `x.js` for `x.ts`. */
  readonly substitutes: boolean;
}

/** Node itself. */
export const node: Runner = {
  values: [
    ...['-C', '--conditions', '--env-file', '--env-file-if-exists', '--input-type', '--title', '--disable-warning'],
    ...['--cpu-prof-dir', '--cpu-prof-interval', '--cpu-prof-name', '--diagnostic-dir', '--dns-result-order'],
    ...['--disable-proto', '--experimental-default-type', '--heap-prof-dir', '--heap-prof-name', '--icu-data-dir'],
    ...['--heapsnapshot-near-heap-limit', '--heapsnapshot-signal', '--inspect-port', '--max-http-header-size'],
    ...['--openssl-config', '--redirect-warnings', '--report-dir', '--report-directory', '--report-filename'],
    ...['--report-signal', '--secure-heap', '--snapshot-blob', '--stack-trace-limit', '--max-old-space-size'],
    ...['--test-concurrency', '--test-name-pattern', '--test-skip-pattern', '--test-reporter', '--test-shard'],
    ...['--test-reporter-destination', '--test-timeout', '--test-coverage-include', '--test-coverage-exclude'],
    ...['--test-isolation', '--experimental-test-isolation', '--tls-cipher-list', '--trace-event-categories'],
    ...['--trace-event-file-pattern', '--unhandled-rejections', '--v8-pool-size', '--watch-path'],
    ...['--allow-fs-read', '--allow-fs-write', '--localstorage-file', '--es-module-specifier-resolution'],
  ],
  loads: ['-r', '--require', '--import', '--loader', '--experimental-loader', '--test-global-setup'],
  // The last two read a description of a program and not a program.
  inline: [
    '-',
    '-e',
    '--eval',
    '-p',
    '--print',
    '-pe',
    '-i',
    '--run',
    '--build-snapshot-config',
    '--experimental-sea-config',
  ],
  lines: [],
  subcommands: ['inspect'],
  substitutes: false,
};

const typescript: Runner = {
  ...node,
  values: [
    ...node.values,
    ...['--tsconfig', '-P', '--project', '-O', '--compiler-options', '--compilerOptions', '--compiler', '--ignore'],
    ...[
      '--include',
      '--exclude',
      '-D',
      '--ignore-diagnostics',
      '--cwd',
      '--extensions',
      '-x',
      '--config',
      '--options',
      '--ignore-watch',
      '--dir',
      '--presets',
      '--plugins',
    ],
  ],
  subcommands: ['watch', 'inspect'],
  substitutes: true,
};

const shell: Runner = {
  values: ['-o', '+o', '-eo', '-euo', '-exo', '-euxo', '--rcfile', '--init-file'],
  loads: [],
  inline: ['-s', '-'],
  lines: ['-c', '-lc', '-ec', '-ic', '-xc', '-euc', '-cx', '-cl', '-ce', '-exc'],
  subcommands: [],
  substitutes: false,
};

const python: Runner = { ...shell, values: ['-W', '-X'], inline: ['-m', '-c', '-'], lines: [] };

const deno: Runner = {
  ...typescript,
  values: ['-c', '--config', '--import-map', '--lock', '--seed', '--location', '--preload', '--watch-exclude'],
};

const bun: Runner = { ...typescript, loads: ['-r', '--preload', '--import'], values: [...typescript.values, '-c'] };

const zx: Runner = { ...typescript, values: ['--shell', '--prefix', '--postfix', '--cwd', '--ext', '--registry'] };

const byRunner: readonly (readonly [Runner, string])[] = [
  [node, 'node nodejs'],
  [typescript, 'tsx ts-node ts-node-esm ts-node-script ts-node-dev tsnd ts-script vite-node esno esmo jiti esr'],
  [typescript, 'babel-node swc-node sucrase-node esbuild-runner ts-node-transpile-only tsimp'],
  [shell, 'sh bash zsh dash ksh'],
  [python, 'python python3'],
  [deno, 'deno'],
  [bun, 'bun'],
  [zx, 'zx'],
];

/** The runners by the name of their program. */
export const runners: ReadonlyMap<string, Runner> = new Map(
  byRunner.flatMap(([runner, names]) => names.split(' ').map((name) => [name, runner] as const)),
);

/** A program that runs the command that follows its own options, here and in this directory. */
export interface Wrapper {
  readonly values: readonly string[];
  /** Options whose value is a shell line. */
  readonly lines: readonly string[];
  /**
   * `next`: the command comes after the options. `search`: somewhere after them, as after `dotenv run --`.
   * `line`: what comes after them and after assignments is a shell line.
   */
  readonly command: 'next' | 'search' | 'line';
}

const next = (...values: readonly string[]): Wrapper => ({ values, lines: [], command: 'next' });
const search = (...values: readonly string[]): Wrapper => ({ values, lines: [], command: 'search' });
const fetching: Wrapper = { values: ['-p', '--package'], lines: ['-c', '--call'], command: 'next' };

/** The wrappers by name. Those that run a command elsewhere (docker, ssh) are not among them on purpose. */
export const wrappers: Readonly<Record<string, Wrapper>> = {
  env: { values: ['-u', '--unset'], lines: ['-S'], command: 'next' },
  exec: next('-a'),
  command: next(),
  time: next('-f', '-o'),
  nice: next('-n'),
  ionice: next('-c', '-n'),
  nohup: next(),
  sudo: next('-u', '-g'),
  stdbuf: next(),
  caffeinate: next(),
  'xvfb-run': next('-s', '-n', '-e'),
  timeout: search('-s', '-k'),
  gtimeout: search('-s', '-k'),
  xargs: search('-n', '-P', '-I', '-L', '-d'),
  npx: fetching,
  pnpx: fetching,
  bunx: fetching,
  'cross-env': next(),
  'cross-env-shell': { values: [], lines: [], command: 'line' },
  dotenv: search('-e', '-v', '-p', '-f'),
  dotenvx: search('-f', '-e'),
  'dotenv-flow': search('-p', '--node-env', '--path'),
  'env-cmd': search('-f', '-e', '-r', '--file', '--environments', '--rc-file'),
  c8: search('-r', '--reporter', '-n', '--include', '-x', '--exclude', '-o', '--report-dir'),
  nyc: search('-r', '--reporter', '-n', '--include', '-x', '--exclude', '--report-dir', '--temp-dir'),
  '0x': search(),
  clinic: search(),
  doppler: search(),
  infisical: search('--env', '--path'),
  op: search('--env-file'),
  varlock: search(),
  onchange: search(),
  watchexec: search('-e', '-w', '-i'),
  corepack: next(),
};

/** Programs with options whose value is a shell line; what else they run is not looked at. */
export const lineOptions: Readonly<Record<string, readonly string[]>> = {
  'tsc-watch': ['--onSuccess', '--onFirstSuccess', '--onFailure'],
  tsup: ['--onSuccess'],
  tsdown: ['--on-success'],
  chokidar: ['-c', '--command'],
  concurrently: ['--teardown'],
};

/** Programs whose arguments are shell lines, with their options that take a value. */
export const lineRunners: Readonly<Record<string, readonly string[]>> = {
  concurrently: [
    ...['-n', '--names', '-c', '--prefix-colors', '-p', '--prefix', '-l', '--prefix-length', '-t', '-s', '--success'],
    ...['--restart-tries', '--restart-after', '-m', '--max-processes', '--hide', '--kill-signal', '--name-separator'],
    ...['--default-input-target', '--timestamp-format', '--teardown', '--shell'],
  ],
  conc: ['-n', '--names', '-c', '-p'],
  'start-server-and-test': ['--expect'],
  'server-test': ['--expect'],
  'start-test': ['--expect'],
};

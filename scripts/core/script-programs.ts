/** What is known about the programs that run one file, as data. */
import type { Taking } from './script-reading.ts';

/** A program that takes the file to run as its first argument after its options. */
export interface Runner {
  /** Options that take the next word as their value. */
  readonly values: readonly string[];
  /** Options whose value is a module that is loaded first. */
  readonly loads: readonly string[];
  /** Options whose value is a file of settings that must be there. */
  readonly settings: readonly string[];
  /** Options after which there is no program file. */
  readonly inline: readonly string[];
  /** Options whose value is a shell line. */
  readonly lines: readonly string[];
  /** Words that may stand before the file. */
  readonly subcommands: readonly string[];
  /** What it takes the path of its file for. */
  readonly taking: Taking;
}

/** Node itself; V8's options may be written with `_` for `-`. */
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
    ...['--test-rerun-failures', '--test-coverage-lines', '--test-coverage-branches', '--test-coverage-functions'],
  ],
  loads: ['-r', '--require', '--import', '--loader', '--experimental-loader', '--test-global-setup'],
  settings: ['--experimental-config-file'],
  // The last two read a description of a program and not a program.
  inline: [
    ...['-', '-e', '--eval', '-p', '--print', '-pe', '-i', '--run'],
    ...['--build-snapshot-config', '--experimental-sea-config'],
  ],
  lines: [],
  subcommands: ['inspect'],
  taking: 'module',
};

const typescript: Runner = {
  ...node,
  values: [
    ...node.values,
    ...['-O', '--compiler-options', '--compilerOptions', '--compiler', '--ignore', '--include', '--exclude', '-D'],
    ...['--ignore-diagnostics', '--cwd', '--extensions', '-x', '--config', '--options', '--ignore-watch', '--dir'],
    ...['--presets', '--plugins', '--scope-dir', '--only'],
  ],
  settings: [...node.settings, '--tsconfig', '-P', '--project'],
  subcommands: ['watch', 'inspect'],
  taking: 'source',
};

const tsNodeDev: Runner = { ...typescript, values: [...typescript.values, '--watch', '--interval', '--debounce'] };

const babelNode: Runner = {
  ...typescript,
  values: [...typescript.values, '--env-name', '--root-mode', '-o', '-i'],
  settings: [...typescript.settings, '--config-file'],
  inline: node.inline.filter((option) => option !== '-i'),
};

/** Its -r is the root, in which it then looks for everything. */
const viteNode: Runner = {
  ...typescript,
  values: [...typescript.values, '-m', '--mode', '-r', '--root'].filter((option) => option !== '--config'),
  loads: [],
  settings: ['-c', '--config'],
};

/** Its file is a program of Node's, or a folder whose package.json says which. */
const electron: Runner = {
  ...node,
  values: ['--host-rules', '--user-data-dir', '--proxy-server', '--js-flags', '--remote-debugging-port'],
  inline: ['-i', '--interactive', '-v', '--version', '-a', '--abi', '-d', '--default'],
  subcommands: [],
};

const forever: Runner = {
  ...node,
  values: [
    ...['-m', '-l', '-o', '-e', '-p', '-c', '-a', '--uid', '--minUptime', '--spinSleepTime', '--sourceDir'],
    ...['--watchDirectory', '--watchIgnore', '--workingDir', '--killSignal', '--pidFile'],
  ],
  inline: [],
  subcommands: ['start', 'restart'],
};

const supervisor: Runner = {
  ...forever,
  values: ['-w', '--watch', '-i', '--ignore', '-e', '--extensions', '-p', '--poll-interval', '-n', '--no-restart-on'],
  inline: ['-x', '--exec'],
  subcommands: [],
};

const shell: Runner = {
  values: ['-o', '+o', '-eo', '-euo', '-exo', '-euxo', '--rcfile', '--init-file'],
  loads: [],
  settings: [],
  inline: ['-s', '-'],
  lines: ['-c', '-lc', '-ec', '-ic', '-xc', '-euc', '-cx', '-cl', '-ce', '-exc'],
  subcommands: [],
  taking: 'file',
};

/** A folder with a `__main__.py` runs too. */
const python: Runner = { ...shell, values: ['-W', '-X'], inline: ['-m', '-c', '-'], lines: [], taking: 'path' };

const perl: Runner = {
  ...shell,
  values: ['-I'],
  inline: [
    '-',
    '-e',
    '-E',
    '-ne',
    '-pe',
    '-le',
    '-ie',
    '-lne',
    '-lpe',
    '-ple',
    '-lane',
    '-ane',
    '-0ne',
    '-0pe',
    '-pie',
  ],
  lines: [],
};

const ruby: Runner = { ...shell, values: ['-I', '-r', '-C', '-E'], inline: ['-', '-e', '-ne', '-pe', '-S'], lines: [] };

const php: Runner = {
  ...shell,
  values: ['-d', '-c', '-S', '-t', '-z'],
  inline: ['-', '-r', '-B', '-R', '-E', '-i', '-m', '-v'],
  lines: [],
};

const deno: Runner = {
  ...node,
  values: [
    ...['--import-map', '--lock', '--seed', '--location', '--preload', '--watch-exclude', '-L', '--log-level'],
    ...['--cert', '--ext', '--filter', '--parallel', '--junit-path', '--reporter', '--frozen'],
  ],
  loads: [],
  settings: ['-c', '--config'],
  inline: ['-', '--eval'],
  subcommands: [],
  taking: 'path',
};

const bun: Runner = {
  ...typescript,
  loads: ['-r', '--preload', '--import'],
  values: [...typescript.values, '-c', '-d', '--define', '--port', '--loader', '-l', '--drop', '--inspect'],
  settings: [],
  subcommands: ['run'],
};

const zx: Runner = { ...typescript, values: ['--shell', '--prefix', '--postfix', '--cwd', '--ext', '--registry'] };

const byRunner: readonly (readonly [Runner, string])[] = [
  [node, 'node nodejs'],
  [typescript, 'tsx ts-node ts-node-esm ts-node-script ts-script esno esmo jiti esr node-dev'],
  [typescript, 'swc-node sucrase-node esbuild-runner ts-node-transpile-only ts-node-cwd tsimp'],
  [tsNodeDev, 'ts-node-dev tsnd'],
  [babelNode, 'babel-node'],
  [viteNode, 'vite-node'],
  [electron, 'electron electronmon'],
  [forever, 'forever'],
  [supervisor, 'supervisor'],
  [shell, 'sh bash zsh dash ksh'],
  [python, 'python py'],
  [perl, 'perl'],
  [ruby, 'ruby'],
  [php, 'php'],
  [deno, 'deno'],
  [bun, 'bun'],
  [zx, 'zx'],
];

/** The runners by the name of their program. */
export const runners: ReadonlyMap<string, Runner> = new Map(
  byRunner.flatMap(([runner, names]) => names.split(' ').map((name) => [name, runner] as const)),
);

/** What is known about programs that run another command, as data. */

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
  /** The word that must come first, as in `poetry run`; without it nothing of ours runs. */
  readonly after?: string;
  /** Arguments of its own before the command, as the seconds of `timeout`. */
  readonly skips?: number;
}

const next = (...values: readonly string[]): Wrapper => ({ values, lines: [], command: 'next' });
const search = (...values: readonly string[]): Wrapper => ({ values, lines: [], command: 'search' });
const fetching: Wrapper = { values: ['-p', '--package'], lines: ['-c', '--call'], command: 'next' };

const uvValues = ['--with', '--python', '-p', '--env-file', '--extra', '--group', '--with-requirements', '--index-url'];

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
  timeout: { ...next('-s', '-k', '--signal', '--kill-after'), skips: 1 },
  gtimeout: { ...next('-s', '-k', '--signal', '--kill-after'), skips: 1 },
  uv: { ...next(...uvValues), after: 'run' },
  poetry: { ...next('-C', '-P'), after: 'run' },
  pipenv: { ...next(), after: 'run' },
  pdm: { ...next('-p'), after: 'run' },
  rye: { ...next(), after: 'run' },
  bundle: { ...next(), after: 'exec' },
  direnv: { ...next(), after: 'exec', skips: 1 },
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
  firebase: [
    '--only',
    '--project',
    '-P',
    '--import',
    '--config',
    '-c',
    '-m',
    '--message',
    '--token',
    '--export-on-exit',
  ],
  watch: ['--interval', '--wait', '-n', '--filter'],
};

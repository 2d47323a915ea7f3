/** Throw-away repositories for measurements: real files for what the doctor reads, index entries for the rest. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withoutLocalGit } from '../effects/git.ts';
import { home } from '../effects/program.ts';

export interface BenchRepository {
  readonly directory: string;
  readonly git: (args: readonly string[], input?: string) => string;
  readonly write: (name: string, text: string) => void;
}

/** What a machine may have set for Node: more certificates alone can double how long it takes to start, which flatters every ratio. */
const forNode = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS'];

/** The environment of every child of a measurement: no other repository's variables, no settings of the user or machine. */
export const benchEnvironment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(withoutLocalGit(process.env)).filter(([name]) => !forNode.includes(name))),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

const modulesMax = 40;

function projectFiles(): Readonly<Record<string, string>> {
  const modules = Array.from({ length: modulesMax }, (_, index) => {
    const next = index + 1 < modulesMax ? `export * from './module-${index + 1}.ts';\n` : '';
    return [`scripts/module-${index}.ts`, `${next}export const value${index}: number = ${index};\n`] as const;
  });
  const policies = ['loop', 'promote', 'breaker', 'failure-classes'].map((name) => `policy/${name}.json`);
  const manifest = {
    entryPoints: [{ path: 'scripts/main.ts', runner: ['node', '--import', 'tsx'] }],
    policies: policies.map((name) => ({ path: name })),
    runtimeDirectories: ['scripts', 'policy'],
  };
  return {
    'package.json': JSON.stringify({
      type: 'module',
      private: true,
      scripts: { start: 'node --import tsx scripts/main.ts' },
    }),
    'runtime-manifest.json': JSON.stringify(manifest),
    '.husky/pre-commit': 'npx loopbreaker hook pre-commit\n',
    '.husky/pre-push': 'npx loopbreaker hook pre-push\n',
    'policy/loop.json': JSON.stringify({ agent: { command: ['node'] } }),
    'policy/promote.json': '{}',
    'policy/breaker.json': '{}',
    'policy/failure-classes.json': '{}',
    'scripts/main.ts': "import './module-0.ts';\n",
    'scripts/empty.ts': '// nothing\n',
    ...Object.fromEntries(modules),
  };
}

export interface Throwaway extends BenchRepository {
  readonly dispose: () => void;
}

/** A repository of so many files in the index, with the packages of `modules` for its hooks and runners. */
export function makeRepository(files: number, modules = path.join(home, 'node_modules')): Throwaway {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'loopbreaker-bench-')));
  const git = (args: readonly string[], input = ''): string =>
    execFileSync('git', [...args], { cwd: directory, env: benchEnvironment, input, encoding: 'utf8' });
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), text);
  };
  git(['init', '-q', '--initial-branch=main']);
  const project = projectFiles();
  for (const [name, text] of Object.entries(project)) write(name, text);
  git(['add', '-A']);
  const blob = git(['hash-object', '-w', '--stdin'], 'a file among many\n').trim();
  const rest = Array.from({ length: Math.max(0, files - Object.keys(project).length) }, (_, index) => {
    return `100644 ${blob}\tsource/folder-${index % 500}/file-${index}.txt\0`;
  });
  git(['update-index', '-z', '--index-info'], rest.join(''));
  // For runners; not of the tree.
  symlinkSync(modules, path.join(directory, 'node_modules'));
  return { directory, git, write, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Such a repository with the packages of this program; `use` gets it, and it is gone afterwards. */
export async function withRepository(
  files: number,
  use: (repository: BenchRepository) => Promise<void>,
): Promise<void> {
  const repository = makeRepository(files);
  try {
    await use(repository);
  } finally {
    repository.dispose();
  }
}

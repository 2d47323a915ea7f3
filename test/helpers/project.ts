/** A small repository that the doctor finds nothing wrong with, and what the doctor says about it. */
import { type DoctorResult, type Finding, subjectOf } from '../../scripts/core/doctor.ts';
import { openDiagnosis } from '../../scripts/diagnose.ts';
import { cleanEnvironment, makeRepository, type Repository } from './repository.ts';

export const projectManifest = {
  entryPoints: [{ path: 'scripts/main.js', runner: ['node'] }],
  policies: [
    { path: 'policy/loop.json' },
    { path: 'policy/promote.json' },
    { path: 'policy/breaker.json' },
    { path: 'policy/failure-classes.json' },
  ],
  files: ['PROMPT.md'],
  hooks: [],
  runtimeDirectories: ['scripts', 'policy'],
};

/** The files of the project; main.js imports core/one.js, which imports core/two.js. */
export const projectFiles: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ type: 'module', scripts: { start: 'node scripts/main.js' } }),
  'runtime-manifest.json': JSON.stringify(projectManifest, null, 2),
  'PROMPT.md': 'Do it.\n',
  'policy/loop.json': JSON.stringify({ agent: { command: ['node'] } }),
  'policy/promote.json': '{}',
  'policy/breaker.json': '{}',
  'policy/failure-classes.json': '{}',
  'scripts/main.js': "import './core/one.js';\nconsole.log('it ran');\n",
  'scripts/core/one.js': "export { two } from './two.js';\n",
  'scripts/core/two.js': 'export const two = 2;\n',
};

interface Owner {
  after(dispose: () => void): void;
}

/** The project as a repository, with files replaced or added. */
export function makeProject(owner: Owner, files: Readonly<Record<string, string>> = {}): Repository {
  return makeRepository(owner, { files: { ...projectFiles, ...files } });
}

/** The manifest of the project with some keys replaced, as text. */
export function manifestWith(keys: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...projectManifest, ...keys }, null, 2);
}

/** The doctor on a tree of the repository, in an environment without hooks and CI. */
export function examine(
  repository: Repository,
  tree = 'worktree',
  only?: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<DoctorResult> {
  return openDiagnosis({ directory: repository.directory, tree, env: cleanEnvironment(env), only });
}

/** The findings of one check. */
export function findingsOf(result: DoctorResult, id: string): readonly Finding[] {
  return result.checks.find((check) => check.id === id)?.findings ?? [];
}

/** `code subject` of each finding that is more than a note, in order. */
export function troubles(result: DoctorResult): readonly string[] {
  return result.checks.flatMap((check) =>
    check.findings
      .filter((finding) => finding.severity !== 'note')
      .map((finding) => `${check.id}: ${finding.code} ${subjectOf(finding) ?? ''}`),
  );
}

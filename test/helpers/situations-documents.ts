/** Situations of the manifest, the policies, suppressions and hooks. */
import { fileURLToPath } from 'node:url';
import { manifestWith, projectManifest } from './project.ts';
import { beforeCommit, everywhere, onDisk, type Situation } from './situations.ts';

const manifest = 'runtime-manifest.json';
const suppress = (code: string, path: string, until = '2999-01-01') => [
  { code, path, until, reason: 'it is right so' },
];
const husky = fileURLToPath(new URL('../../node_modules/husky/bin.js', import.meta.url));
const hooked = {
  'package.json': JSON.stringify({ type: 'module', scripts: { prepare: `node ${husky}` } }),
  [manifest]: manifestWith({ hooks: ['pre-commit'] }),
  '.husky/pre-commit': 'exit 0\nnpx loopbreaker hook pre-commit\n',
};

/** All of them. */
export const documentSituations: readonly Situation[] = [
  {
    name: 'the manifest is taken out of the index',
    make: (project) => void project.git('rm', '-q', '--cached', manifest),
    // Documents are read from disk as long as git holds them; this one it does not hold any more.
    expected: beforeCommit(`manifest: document-missing ${manifest}`),
  },
  {
    name: 'there never was a manifest',
    make: (project) => {
      project.git('rm', '-q', manifest);
      project.git('commit', '-q', '--amend', '-m', 'before the adoption');
      return undefined;
    },
    expected: everywhere(`manifest: document-missing ${manifest}`),
  },
  {
    name: 'the manifest on disk is no JSON',
    make: (project) => void project.write({ [manifest]: '{' }),
    expected: onDisk(`manifest: document-not-json ${manifest}`),
  },
  {
    name: 'the staged manifest is no JSON and the one on disk is',
    make: (project) => {
      project.write({ [manifest]: '{' });
      project.git('add', '-A');
      project.write({ [manifest]: manifestWith({}) });
      return undefined;
    },
    expected: { worktree: [], index: [`manifest: document-not-json ${manifest}`], head: [] },
  },
  {
    name: 'a folder is in the place of the manifest',
    make: (project) => {
      project.remove(manifest);
      project.write({ [`${manifest}/x`]: '' });
      return undefined;
    },
    expected: onDisk(`manifest: document-unreadable ${manifest}`),
  },
  {
    name: 'the manifest has a key that nobody reads',
    files: { [manifest]: JSON.stringify({ ...projectManifest, entryPoint: [] }) },
    expected: everywhere(`manifest: document-unknown-key ${manifest}`),
  },
  {
    name: 'the manifest has a key twice',
    files: { [manifest]: '{ "hooks": [], "hooks": [] }' },
    expected: everywhere(`manifest: document-duplicate-key ${manifest}`),
  },
  {
    name: 'the manifest leaves out a policy that is there',
    files: { [manifest]: manifestWith({ policies: projectManifest.policies.slice(1) }) },
    expected: everywhere(`manifest: manifest-leaves-out ${manifest}`),
  },
  {
    name: 'the manifest names a path out of the repository',
    files: { [manifest]: manifestWith({ files: ['../x.md'] }) },
    expected: everywhere(`manifest: manifest-path-unusable ${manifest}`, 'tracked: path-missing ../x.md'),
  },
  {
    name: 'a runtime directory is empty',
    files: { [manifest]: manifestWith({ runtimeDirectories: ['script'] }) },
    expected: everywhere(`manifest: runtime-directory-missing ${manifest}`),
  },
  {
    name: 'a missing file is accepted for a while',
    files: { [manifest]: manifestWith({ files: ['gone.md'], suppress: suppress('path-missing', 'gone.md') }) },
    expected: everywhere(),
  },
  {
    name: 'one of two missing files is accepted',
    files: {
      [manifest]: manifestWith({ files: ['gone.md', 'lost.md'], suppress: suppress('path-missing', 'gone.md') }),
    },
    expected: everywhere('tracked: path-missing lost.md'),
  },
  {
    name: 'an acceptance has ended',
    files: {
      [manifest]: manifestWith({ files: ['gone.md'], suppress: suppress('path-missing', 'gone.md', '2020-01-01') }),
    },
    expected: everywhere(`manifest: suppression-expired ${manifest}`, 'tracked: path-missing gone.md'),
  },
  {
    name: 'an acceptance is of no use any more, and another would accept that',
    files: {
      [manifest]: manifestWith({
        suppress: [...suppress('path-missing', 'PROMPT.md'), ...suppress('suppression-unused', manifest)],
      }),
    },
    expected: everywhere(`manifest: suppression-unused ${manifest}`, `manifest: suppression-unused ${manifest}`),
  },
  {
    name: 'a suppression names no code that exists',
    files: { [manifest]: manifestWith({ suppress: suppress('path-mising', 'PROMPT.md') }) },
    expected: everywhere(`manifest: suppression-unknown-code ${manifest}`),
  },
  {
    name: 'a policy on disk has a value of the wrong type',
    make: (project) => void project.write({ 'policy/breaker.json': '{ "failuresMax": "many" }' }),
    expected: onDisk('policies: document-wrong-type policy/breaker.json'),
  },
  {
    name: 'a committed policy can never do its work',
    files: { 'policy/breaker.json': '{ "probeLeaseSeconds": 60 }' },
    expected: everywhere('policies: policy-cannot-work policy/breaker.json'),
  },
  {
    name: 'a policy that is not ours has no schema',
    files: {
      [manifest]: manifestWith({ policies: [...projectManifest.policies, { path: 'mine.json' }] }),
      'mine.json': '{}',
    },
    expected: everywhere('policies: policy-schema-missing mine.json'),
  },
  {
    name: 'a policy was removed from disk',
    make: (project) => void project.remove('policy/loop.json'),
    expected: onDisk('tracked: path-deleted-on-disk policy/loop.json'),
  },
  {
    name: 'the hooks were never installed',
    files: hooked,
    expected: onDisk('hooks: hook-not-installed .husky/pre-commit'),
  },
  {
    name: 'core.hooksPath leads elsewhere',
    files: hooked,
    make: (project) => void project.git('config', 'core.hooksPath', '/nowhere'),
    expected: onDisk('hooks: hook-elsewhere .husky/pre-commit'),
  },
];

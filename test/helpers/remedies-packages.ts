/** Remedies about packages: everything is installed from the repository itself, without a network. */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { manifestWith } from './project.ts';
import type { RemedyCase } from './remedies.ts';
import type { Repository } from './repository.ts';

const manifest = 'runtime-manifest.json';

const runner = (...words: readonly string[]) =>
  manifestWith({ entryPoints: [{ path: 'scripts/main.js', runner: words }] });

/** A dependency that npm installs without a network: a folder of the repository. */
const dependency = {
  'package.json': JSON.stringify({ name: 'a', version: '1.0.0', type: 'module', dependencies: { dep: 'file:dep' } }),
  'package-lock.json': JSON.stringify({
    name: 'a',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'a', version: '1.0.0', dependencies: { dep: 'file:dep' } },
      dep: { version: '1.0.0' },
      'node_modules/dep': { resolved: 'dep', link: true },
    },
  }),
  'dep/package.json': JSON.stringify({ name: 'dep', version: '1.0.0', main: 'index.js' }),
  'dep/index.js': '',
  '.gitignore': 'node_modules\n',
};

/** The same package as a tarball, so that it has a version of its own in the lockfile. */
const packed = {
  ...dependency,
  'package.json': JSON.stringify({ name: 'a', version: '1.0.0', dependencies: { dep: 'file:dep.tgz' } }),
  'package-lock.json': JSON.stringify({
    name: 'a',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'a', version: '1.0.0', dependencies: { dep: 'file:dep.tgz' } },
      'node_modules/dep': { version: '1.0.0', resolved: 'file:dep.tgz' },
    },
  }),
};

function olderInstalled(project: Repository): undefined {
  project.write({ 'package/package.json': JSON.stringify({ name: 'dep', version: '1.0.0' }) });
  execFileSync('tar', ['-czf', 'dep.tgz', 'package'], { cwd: project.directory });
  project.write({ 'node_modules/dep/package.json': JSON.stringify({ name: 'dep', version: '0.9.0' }) });
  return undefined;
}

/** All of them. */
export const packageCases: readonly RemedyCase[] = [
  {
    code: 'link-missing-package',
    check: 'links',
    files: { ...dependency, 'scripts/main.js': "import 'dep';\n" },
  },
  {
    code: 'runner-package-missing',
    check: 'links',
    files: { ...dependency, [manifest]: runner('node', '--import', 'dep') },
  },
  { code: 'packages-not-installed', check: 'toolchain', files: dependency },
  { code: 'packages-differ', check: 'toolchain', files: packed, make: olderInstalled },
  {
    code: 'packages-unlisted',
    check: 'toolchain',
    files: dependency,
    make: (project) => {
      project.write({
        'node_modules/other/package.json': JSON.stringify({ name: 'other', version: '1.0.0' }),
        'node_modules/.package-lock.json': JSON.stringify({
          name: 'a',
          lockfileVersion: 3,
          requires: true,
          packages: {
            dep: { version: '1.0.0' },
            'node_modules/dep': { resolved: 'dep', link: true },
            'node_modules/other': { version: '1.0.0' },
          },
        }),
      });
      symlinkSync('../dep', path.join(project.directory, 'node_modules/dep'));
      return undefined;
    },
  },
  {
    code: 'lockfile-missing',
    when: 'there is none',
    check: 'toolchain',
    files: dependency,
    make: (project) => {
      project.git('rm', '-q', 'package-lock.json');
      project.commit();
      return undefined;
    },
    trees: ['worktree', 'index', 'HEAD'],
  },
  {
    code: 'lockfile-missing',
    when: 'it is ignored',
    check: 'toolchain',
    files: dependency,
    make: (project) => {
      project.git('rm', '-q', '--cached', 'package-lock.json');
      project.write({ '.gitignore': 'node_modules\npackage-lock.json\n' });
      project.commit();
      return undefined;
    },
    trees: ['worktree', 'index', 'HEAD'],
  },
  {
    code: 'lockfile-unreadable',
    check: 'toolchain',
    files: dependency,
    make: (project) => void project.write({ 'package-lock.json': '<<<<<<< HEAD' }),
  },
  {
    code: 'lockfile-out-of-step',
    check: 'toolchain',
    files: dependency,
    make: (project) => {
      const other = { name: 'a', version: '1.0.0', dependencies: { dep: 'file:dep', more: 'file:more' } };
      project.write({
        'package.json': JSON.stringify(other),
        'more/package.json': JSON.stringify({ name: 'more', version: '1.0.0' }),
      });
      project.commit();
      return undefined;
    },
    trees: ['worktree', 'index', 'HEAD'],
  },
  {
    code: 'lockfile-out-of-step',
    when: 'another manager took its place',
    check: 'toolchain',
    files: dependency,
    make: (project) => {
      const other = { name: 'a', version: '1.0.0', packageManager: 'pnpm@9.1.0', dependencies: { more: 'file:dep' } };
      project.write({ 'package.json': JSON.stringify(other), 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" });
      project.commit();
      return undefined;
    },
    trees: ['worktree', 'index', 'HEAD'],
  },
];

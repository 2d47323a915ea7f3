/** Packages as npm installs them, in throw-away folders: ours packed from this checkout, others from the registry. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withoutLocalGit } from '../effects/git.ts';
import { home } from '../effects/program.ts';

const quiet = { HUSKY: '0', npm_config_update_notifier: 'false', npm_config_loglevel: 'error' };

function npm(cwd: string, args: readonly string[]): { readonly ok: boolean; readonly said: string } {
  const env = { ...withoutLocalGit(process.env), ...quiet };
  const { status, stdout, stderr } = spawnSync('npm', [...args], { cwd, env, encoding: 'utf8' });
  return { ok: status === 0, said: status === 0 ? stdout : stderr };
}

/** Builds and packs this program. Returns the tarball; throws with npm's words when that fails. */
export function packProgram(folder: string): string {
  const { ok, said } = npm(home, ['pack', '--foreground-scripts=false', '--pack-destination', folder]);
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (!ok || name === undefined) throw new Error(`npm pack failed: ${said}`);
  return path.join(realpathSync(folder), name);
}

/** Installs packages in a new folder. Returns its node_modules, or null where npm could not. */
export function install(folder: string, packages: readonly string[]): string | null {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const { ok } = npm(folder, ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages]);
  return ok ? path.join(folder, 'node_modules') : null;
}

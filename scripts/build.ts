/**
 * `npm run build`: bundles the commands to dist/, which the package holds in place of scripts/: it starts without a
 * loader, needs few packages beside it, and compiles no schema of ours. In a checkout nothing of dist/ is run.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bundleCommands } from './build/commands.ts';
import { bundleLatePackages } from './build/late-packages.ts';
import { writeLicences } from './build/licences.ts';
import { bundleValidators } from './build/validators.ts';
import type { Manifest } from './core/manifest.ts';
import { home } from './effects/program.ts';
import { parseDocument } from './effects/schema.ts';

/** The commands of the contract: what scripts/ holds besides them is theirs, or a developer's. */
function commandNames(): readonly string[] {
  const name = 'runtime-manifest.json';
  const parsed = parseDocument<Manifest>('runtime-manifest', readFileSync(path.join(home, name), 'utf8'), name);
  if (!parsed.ok) throw new Error(`${name} cannot be used: ${parsed.problems[0]?.problem}`);
  return parsed.value.entryPoints.flatMap((entry) => /^scripts\/([^/]+)\.ts$/.exec(entry.path)?.[1] ?? []);
}

const dist = path.join(home, 'dist');
rmSync(dist, { recursive: true, force: true });
const bundled = [
  await bundleCommands(dist, commandNames()),
  ...(await bundleLatePackages(dist)),
  ...(await bundleValidators(dist)),
];
const packages = writeLicences(dist, bundled);
const outputs = bundled.flatMap(({ outputs }) => Object.values(outputs));
const kilobytes = Math.round(outputs.reduce((sum, { bytes }) => sum + bytes, 0) / 1024);
process.stdout.write(`dist: ${outputs.length} files, ${kilobytes} KiB, with ${packages.join(', ')}\n`);

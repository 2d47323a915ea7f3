/** Builds the whole program: the commands, the packages that they load late, their validators, and the licences. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import type { Manifest } from '../core/manifest.ts';
import { home } from '../effects/program.ts';
import { parseDocument } from '../effects/schema.ts';
import { bundleCommands } from './commands.ts';
import { bundleLatePackages } from './late-packages.ts';
import { writeLicences } from './licences.ts';
import { bundleValidators } from './validators.ts';

/** The commands of the contract: what scripts/ holds besides them is theirs, or a developer's. */
function commandNames(): readonly string[] {
  const name = 'runtime-manifest.json';
  const parsed = parseDocument<Manifest>('runtime-manifest', readFileSync(path.join(home, name), 'utf8'), name);
  if (!parsed.ok) throw new Error(`${name} cannot be used: ${parsed.problems[0]?.problem}`);
  return parsed.value.entryPoints.flatMap((entry) => /^scripts\/([^/]+)\.ts$/.exec(entry.path)?.[1] ?? []);
}

/** What was built. */
export interface Built {
  readonly files: number;
  readonly bytes: number;
  /** The packages that are bundled, by name. */
  readonly packages: readonly string[];
}

/** Replaces a folder by the built program. Throws when anything of it cannot be built. */
export async function buildProgram(dist: string): Promise<Built> {
  rmSync(dist, { recursive: true, force: true });
  const bundled: readonly Metafile[] = [
    await bundleCommands(dist, commandNames()),
    ...(await bundleLatePackages(dist)),
    ...(await bundleValidators(dist)),
  ];
  const packages = writeLicences(dist, bundled);
  const outputs = bundled.flatMap((metafile) => Object.values(metafile.outputs));
  return { files: outputs.length, bytes: outputs.reduce((sum, { bytes }) => sum + bytes, 0), packages };
}

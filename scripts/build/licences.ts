/** The licences of what is bundled: their texts must go wherever the code goes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { parseObject } from '../core/json-value.ts';
import { home } from '../effects/program.ts';

/** The packages that some input came from, as npm names them. */
function packagesIn(bundled: readonly Metafile[]): readonly string[] {
  const inputs = bundled.flatMap((metafile) => Object.keys(metafile.inputs));
  const names = inputs.flatMap((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** Name, version and licence of a package. Throws for one without a text of its licence. */
function licenceOf(name: string): string {
  const folder = path.join(home, 'node_modules', name);
  const packageJson = parseObject(readFileSync(path.join(folder, 'package.json'), 'utf8')) ?? {};
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  if (file === undefined) throw new Error(`${name} is bundled, but has no text of its licence`);
  const text = readFileSync(path.join(folder, file), 'utf8').trim();
  return `${name} ${String(packageJson.version)} (${String(packageJson.license)})\n\n${text}\n`;
}

/** Writes dist/LICENSES.txt and returns the names of the packages that are bundled. */
export function writeLicences(dist: string, bundled: readonly Metafile[]): readonly string[] {
  const packages = packagesIn(bundled);
  const head = 'loopbreaker is bundled with parts of these packages.\n';
  writeFileSync(path.join(dist, 'LICENSES.txt'), [head, ...packages.map(licenceOf)].join(`\n${'-'.repeat(80)}\n\n`));
  return packages;
}

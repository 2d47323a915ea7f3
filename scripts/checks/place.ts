/** Where a person edits what mends a finding: a file that is there, and its line. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { manifestPath } from '../core/manifest.ts';
import type { CheckContext } from './check.ts';

export type Place = Required<Pick<Finding, 'path'>> & Pick<Finding, 'line'>;

/** A place; without a line where that is not known. */
export function placeAt(path: string, line: number | undefined): Place {
  return line === undefined ? { path } : { path, line };
}

/** Where the pointer leads in runtime-manifest.json of the graded tree. */
export function manifestPlace({ manifest, documents }: CheckContext, pointer: string): Place {
  return placeAt(manifestPath, manifest.ok ? documents.locate(manifest.text, pointer)?.line : undefined);
}

/** A line that says something only to people, in a shell, YAML or JavaScript. */
const remark = /^\s*(#|\/\/|\/?\*)/;

/**
 * The first line, from 1, that holds one of the texts; the earlier texts are looked for first. Lines before `from` and
 * remarks are passed over. undefined when no line holds any.
 */
export function lineHolding(text: string, wanted: readonly string[], from = 1): number | undefined {
  const lines = text.split(/\r?\n/);
  for (const one of wanted) {
    const index = lines.findIndex((line, at) => at >= from - 1 && line.includes(one) && !remark.test(line));
    if (index >= 0) return index + 1;
  }
  return undefined;
}

/** Where a source file imports something, by the specifier as it is written. */
export async function importPlace({ tree }: CheckContext, file: string, specifier: string): Promise<Place> {
  const quoted = ["'", '"', '`'].map((quote) => quote + specifier + quote);
  return placeAt(file, lineHolding((await tree.read(file)) ?? '', quoted));
}

/** The same by what Node says of it: a package without the path in it, a file with its ending. */
export async function importedPlace({ tree }: CheckContext, file: string, said: string): Promise<Place> {
  const { name, base } = path.posix.parse(said);
  const starts = ["'", '"', '`'].map((quote) => quote + said);
  return placeAt(file, lineHolding((await tree.read(file)) ?? '', [...starts, `/${base}`, `/${name}`]));
}

/** Compiles our own schemas ahead: ajv's compiling is most of the time of a short command, and its code needs no ajv. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { build, type Metafile } from 'esbuild';
import { home } from '../effects/program.ts';
import { schemaOptions, writtenKinds } from '../effects/schema.ts';
import { settings } from './settings.ts';

const written = new Set(writtenKinds.map((kind) => `${kind}.schema.json`));

/** Writes dist/validators/<kind>.cjs for each schema below policy/schema by which the program judges what it reads. */
export async function bundleValidators(dist: string): Promise<readonly Metafile[]> {
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  const folder = path.join(home, 'policy/schema');
  const one = async (name: string) => {
    const ajv = new Ajv({ ...schemaOptions, code: { source: true } });
    const contents = standalone.default(ajv, ajv.compile(JSON.parse(readFileSync(path.join(folder, name), 'utf8'))));
    const outfile = path.join(dist, 'validators', name.replace('.schema.json', '.cjs'));
    const stdin = { contents, resolveDir: home, sourcefile: name };
    return (await build({ ...settings, stdin, outfile, format: 'cjs', minify: true })).metafile;
  };
  return await Promise.all(
    readdirSync(folder)
      .filter((name) => !written.has(name))
      .map(one),
  );
}

/**
 * Packages that are seldom needed, and then at once, so that they cannot be imported as a promise: loaded by require().
 * The built package has no such packages around it: there each is one file below dist/packages.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ValidateFunction } from 'ajv';
import { home, isBuilt } from './program.ts';

/** What scripts/build.ts puts below dist/packages: each file with the packages in it. The two ajv are nearly the same code. */
export const lateFiles = {
  'ajv.cjs': ['ajv', 'ajv/dist/2020.js'],
  'jsonc-parser.cjs': ['jsonc-parser'],
} as const;

const require = createRequire(import.meta.filename);

function found<F extends keyof typeof lateFiles>(file: F, name: (typeof lateFiles)[F][number]): string {
  return isBuilt ? path.join(home, 'dist/packages', file) : name;
}

/** ajv is a third of the doctor's time, so it is loaded for the first document that is judged, not before. */
export function loadAjv(): Pick<typeof import('ajv'), 'Ajv'> {
  return require(found('ajv.cjs', 'ajv'));
}

/** ajv for the newer dialects of JSON schema, which only a schema of the user's own may be written in. */
export function loadAjv2020(): Pick<typeof import('ajv/dist/2020.js'), 'Ajv2020'> {
  return require(found('ajv.cjs', 'ajv/dist/2020.js'));
}

/** jsonc-parser tells where in a text something stands, which is asked only once something is wrong. */
export function loadJsonc(): typeof import('jsonc-parser') {
  return require(found('jsonc-parser.cjs', 'jsonc-parser'));
}

/** The validator of one of our own schemas, where it was compiled when the package was built; else null. */
export function compiledAhead(kind: string): ValidateFunction | null {
  return isBuilt ? require(path.join(home, 'dist/validators', `${kind}.cjs`)) : null;
}

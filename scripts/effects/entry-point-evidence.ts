/** The inputs of loading a program: itself, what it imports, and the files that decide what it obeys. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Closure, closureOf, type ImportReference } from '../core/closure.ts';
import { absent, type Evidence, type EvidenceInput, evidenceOf, sha256Hex } from '../core/evidence.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { importsIn } from './imports.ts';
import { fileHash, lockfileNames } from './package-files.ts';
import { policyPaths } from './policies.ts';

/** Files besides the entry point that decide whether it can be loaded and what it obeys. */
const surroundings = [
  ...Object.values(policyPaths),
  'package.json',
  ...lockfileNames,
  'node_modules/.package-lock.json',
];

/** More missing imports than this are one input together. */
const namedMissingMax = 6;

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** The imports of a file. Without the parser (node_modules has vanished) no file is followed any further. */
async function specifiersOf(file: string): Promise<readonly ImportReference[]> {
  try {
    return await importsIn(file, readFileSync(file, 'utf8'));
  } catch (error) {
    if (hasErrorCode(error, 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND')) return [];
    throw error;
  }
}

/** The program and what it imports, by paths relative to its folder. */
async function closureFrom(entryPoint: string): Promise<Closure> {
  const at = (name: string) => path.join(path.dirname(entryPoint), name);
  return await closureOf(path.basename(entryPoint), {
    has: (name) => isFile(at(name)),
    importsOf: (name) => specifiersOf(at(name)),
  });
}

async function programInputs(root: string, entryPoint: string): Promise<readonly EvidenceInput[]> {
  const at = (name: string) => path.join(path.dirname(entryPoint), name);
  const closure = await closureFrom(entryPoint);
  const nameOf = (name: string) => path.relative(root, at(name));
  const missing = [...new Set(closure.missing.map((gap) => gap.candidates[0] ?? gap.specifier))].sort();
  const named = missing.slice(0, namedMissingMax).map((name) => ({ name: nameOf(name), sha256: absent }));
  const digest = closure.files.map((name) => `${name}\0${fileHash(at(name))}`).sort();
  const entry = nameOf(path.basename(entryPoint));
  return [
    ...named.filter((input) => input.name !== entry),
    { name: entry, sha256: fileHash(entryPoint) },
    { name: `imports of ${entry}`, sha256: sha256Hex([...digest, ...missing].join('\n')) },
  ];
}

/** Evidence of loading the program, absolute, or null where none can be told. Names are relative to the root. */
export async function entryPointEvidence(root: string, entryPoint: string | null): Promise<Evidence> {
  const files = surroundings.map((name) => ({ name, sha256: fileHash(path.join(root, name)) }));
  const around = files.filter((input) => input.sha256 !== absent || input.name.startsWith('policy/'));
  const inputs = [
    ...(entryPoint === null ? [] : await programInputs(root, entryPoint)),
    ...around,
    { name: 'Node version', sha256: process.version },
  ];
  return evidenceOf('entry-point', inputs, root);
}

/** The files whose change may change that evidence, absolute, those that are not there among them. */
export async function entryPointFiles(root: string, entryPoint: string | null): Promise<readonly string[]> {
  const around = surroundings.map((name) => path.join(root, name));
  if (entryPoint === null) return around;
  const { files, missing } = await closureFrom(entryPoint);
  const wanted = missing.flatMap((gap) => gap.candidates);
  return [...around, ...[...files, ...wanted].map((name) => path.join(path.dirname(entryPoint), name))];
}

/** runtime-manifest.json: the contract of what must be there, be tracked and run. */

export type Probe = 'help' | 'import' | 'syntax' | 'none';

export interface EntryPoint {
  readonly path: string;
  readonly runner: readonly string[];
  readonly probe: Probe;
}

export interface PolicyFile {
  readonly path: string;
  /** Left out for the policies that loopbreaker knows by name. */
  readonly schema?: string;
}

export interface Suppression {
  readonly code: string;
  readonly path: string;
  readonly reason: string;
  /** Last day on which it counts, YYYY-MM-DD. */
  readonly until: string;
}

export interface Manifest {
  readonly entryPoints: readonly EntryPoint[];
  readonly policies: readonly PolicyFile[];
  readonly files: readonly string[];
  readonly hooks: readonly string[];
  readonly runtimeDirectories: readonly string[];
  readonly generated: readonly { readonly path: string; readonly by: string }[];
  readonly suppress: readonly Suppression[];
  readonly tools: Readonly<Record<string, string>>;
}

export const manifestPath = 'runtime-manifest.json';

/** A path that the manifest names, and where, as a JSON pointer. */
export interface NamedPath {
  readonly path: string;
  readonly pointer: string;
}

/** The files that the manifest names as they are written there; its hooks, which are names, are not among them. */
export function namedFiles({ entryPoints, policies, files }: Manifest): readonly NamedPath[] {
  return [
    ...entryPoints.map(({ path }, index) => ({ path, pointer: `/entryPoints/${index}/path` })),
    ...policies.flatMap(({ path, schema }, index) => [
      { path, pointer: `/policies/${index}/path` },
      ...(schema === undefined ? [] : [{ path: schema, pointer: `/policies/${index}/schema` }]),
    ]),
    ...files.map((path, index) => ({ path, pointer: `/files/${index}` })),
  ];
}

/** Every path that must exist and be tracked for anything to run, each once; hooks are where husky has them. */
export function requiredPaths(manifest: Manifest): readonly string[] {
  const named = namedFiles(manifest).map(({ path }) => path);
  return [...new Set([manifestPath, ...named, ...manifest.hooks.map((hook) => `.husky/${hook}`)])];
}

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

/** Every path that the manifest itself names: what must exist and be tracked for anything to run. */
export function requiredPaths(manifest: Manifest): readonly string[] {
  const named = [
    manifestPath,
    ...manifest.entryPoints.map((entry) => entry.path),
    ...manifest.policies.flatMap((policy) =>
      policy.schema === undefined ? [policy.path] : [policy.path, policy.schema],
    ),
    ...manifest.files,
    ...manifest.hooks.map((hook) => `.husky/${hook}`),
  ];
  return [...new Set(named)];
}

/** Scans of source files, remembered by the sha of their content: an unchanged file is neither read nor parsed again. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ImportReference, ParsedModule } from '../core/closure.ts';
import type { Memory } from './memory.ts';

/** Grows when a scan of the same text would say something else than before. */
const scanVersion = 1;

/** `sha` is that of the blob where git says it; null where the text is on disk. `read` is asked only when needed. */
export interface ScanRequest {
  readonly path: string;
  readonly sha: string | null;
  readonly read: () => Promise<string>;
}

export type ScanModule = (request: ScanRequest) => Promise<ParsedModule>;

function blobSha(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0`)
    .update(text)
    .digest('hex');
}

function isReference(value: unknown): value is readonly [ImportReference['kind'], string] {
  return Array.isArray(value) && ['import', 'require'].includes(value[0]) && typeof value[1] === 'string';
}

function recalled(value: unknown): ParsedModule | undefined {
  if (!Array.isArray(value) || !value.every(isReference)) return undefined;
  return { imports: value.map(([kind, specifier]) => ({ kind, specifier })), errors: [] };
}

/**
 * A scanner with a memory. What does not parse is not remembered: the next version of the parser may know more syntax.
 * The parser, native code, is loaded for the first file that is not known.
 */
export function openScans(memory: Memory): ScanModule {
  const running = new Map<string, Promise<ParsedModule>>();
  const scan = async (key: string, file: string, text: string): Promise<ParsedModule> => {
    const { parseModule } = await import('./imports.ts');
    const parsed = parseModule(file, text);
    const plain = parsed.imports.map(({ kind, specifier }) => [kind, specifier]);
    if (parsed.errors.length === 0) memory.remember(key, plain);
    return parsed;
  };
  const isKnownSource = (file: string) => /\.[cm]?[jt]sx?$/.test(file);
  return async ({ path: file, sha, read }) => {
    if (!isKnownSource(file)) return { imports: [], errors: [] };
    const text = sha === null ? await read() : undefined;
    const key = `scan${scanVersion} ${path.posix.extname(file)} ${sha ?? blobSha(text ?? '')}`;
    const known = recalled(memory.recall(key));
    if (known !== undefined) return known;
    const started =
      running.get(key) ?? (text === undefined ? read() : Promise.resolve(text)).then((whole) => scan(key, file, whole));
    running.set(key, started);
    return await started;
  };
}

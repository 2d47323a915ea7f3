/** Scans of source files, remembered by the sha of their content: an unchanged file is neither read nor parsed again. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ImportReference, ParsedModule } from '../core/closure.ts';
import { parseModule } from './imports.ts';
import type { Memory } from './memory.ts';
import type { GradedTree } from './tree.ts';

/** Grows when a scan of the same text would say something else than before. */
const scanVersion = 1;

/** What a file of the graded tree imports. One that is no source, or not there, imports nothing. */
export type ScanModule = (file: string) => Promise<ParsedModule>;

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
 * A scanner of one tree with a memory. What does not parse is not remembered: the next version of the parser may know more syntax.
 */
export function openScans(memory: Memory, tree: GradedTree): ScanModule {
  const running = new Map<string, Promise<ParsedModule>>();
  const scan = async (key: string, file: string, text: string): Promise<ParsedModule> => {
    const parsed = await parseModule(file, text);
    const plain = parsed.imports.map(({ kind, specifier }) => [kind, specifier]);
    if (parsed.errors.length === 0) memory.remember(key, plain);
    return parsed;
  };
  const isKnownSource = (file: string) => /\.[cm]?[jt]sx?$/.test(file);
  return async (file) => {
    if (!isKnownSource(file)) return { imports: [], errors: [] };
    // On disk only the text itself says what it is; elsewhere git has named it, and it is read only when it is new.
    const sha = tree.kind === 'worktree' ? null : (tree.entries.get(file)?.sha ?? null);
    const read = async (): Promise<string> => (await tree.read(file)) ?? '';
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

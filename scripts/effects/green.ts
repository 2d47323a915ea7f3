/**
 * The last commit of a worktree that was found fit, as the doctor saw it: the paths, modes and states of the index, the
 * text of each file that it read, the imports of each source of which it asked nothing else. Where all of this is the
 * same again, under the same program, Node and day, the doctor would ask the same questions and be told the same, so it
 * is not asked. Only a result for which no check looked beyond the tree is remembered.
 */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ImportReference } from '../core/closure.ts';
import { shapeOf, shasIn } from '../core/listing.ts';
import { readSmallFile } from './atomic-file.ts';
import { parseModule } from './imports.ts';
import { isBlob } from './index-listing.ts';
import { openMemory } from './memory.ts';
import { thisProgram } from './program.ts';
import type { Trace } from './traced.ts';

export interface Green {
  /** The population of the index if the doctor would find it fit as it did before, else null. */
  readonly recall: () => Promise<string | null>;
  readonly remember: (population: string, trace: Trace) => void;
}

export interface GreenRequest {
  /** The root of the work tree, absolute: its files may hold the text of a blob. */
  readonly root: string;
  readonly stateDirectory: string;
  /** What git lists of the index. */
  readonly listing: string;
  /** Of `programState`. */
  readonly program: string;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/** All files below a folder. Node's own recursive reading takes four times as long, and this is done at every commit. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}

/**
 * What this program and its packages consist of, by size and change time, which nothing that writes a file can set: npm
 * gives the files of every version the same modification time. Some milliseconds of work.
 */
export function programState(): string {
  const folders = thisProgram.folders.map((name) => path.join(thisProgram.home, name));
  const files = folders.flatMap(filesBelow);
  // npm's own note of what it installed: below a checkout of this program, and beside an installed one.
  const installed = ['node_modules', '..'].map((name) => path.join(thisProgram.home, name, '.package-lock.json'));
  return [...files, ...installed]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return `${file}\0${stat?.ctimeMs}\0${stat?.size}`;
    })
    .join('\n');
}

function asText(imports: readonly ImportReference[]): string {
  return JSON.stringify(imports.map(({ kind, specifier }) => [kind, specifier]));
}

/** What a new text of a source imports; null where disk does not hold that very text, or it does not parse. */
async function importsIn(root: string, file: string, sha: string): Promise<string | null> {
  const reading = readSmallFile(path.join(root, file));
  if (reading.kind !== 'text' || !isBlob(Buffer.from(reading.text), sha)) return null;
  const { imports, errors } = await parseModule(file, reading.text);
  return errors.length === 0 ? asText(imports) : null;
}

/** Path, blob, and for a source of which only the imports were asked these, as text. */
type Answer = readonly [file: string, sha: string, imports?: string];

interface Known {
  readonly circumstances: string;
  readonly population: string;
  readonly answers: readonly Answer[];
}

function isAnswer(value: unknown): value is Answer {
  return Array.isArray(value) && [2, 3].includes(value.length) && value.every((part) => typeof part === 'string');
}

/** What was remembered, or null when it is not of this form. */
function knownFrom(value: unknown): Known | null {
  const [circumstances, population, answers]: readonly unknown[] = Array.isArray(value) ? value : [];
  if (typeof circumstances !== 'string' || typeof population !== 'string') return null;
  return Array.isArray(answers) && answers.every(isAnswer) ? { circumstances, population, answers } : null;
}

/** The memory of one worktree, asked about one listing of its index. */
export function openGreen({ root, stateDirectory, listing, program, today }: GreenRequest): Green {
  const memory = openMemory(path.join(stateDirectory, 'cache', 'green'));
  const hash = createHash('sha256').update(shapeOf(listing)).update(program).update(`${process.version} ${today}`);
  const circumstances = hash.digest('hex');
  const keep = (population: string, answers: readonly Answer[]): void => {
    memory.remember(root, [circumstances, population, answers]);
    memory.save();
  };
  /** The same answer about the file as it is now; null when it is another one. */
  const again = async (answer: Answer, sha: string | undefined): Promise<Answer | null> => {
    const [file, known, imports] = answer;
    if (sha === known) return answer;
    if (sha === undefined || imports === undefined || imports !== (await importsIn(root, file, sha))) return null;
    return [file, sha, imports];
  };
  return {
    recall: async () => {
      const known = knownFrom(memory.recall(root));
      if (known?.circumstances !== circumstances) return null;
      const shas = shasIn(
        listing,
        known.answers.map(([file]) => file),
      );
      if (shas === null) return null;
      const answers: Answer[] = [];
      for (const answer of known.answers) {
        const same = await again(answer, shas.get(answer[0]));
        if (same === null) return null;
        answers.push(same);
      }
      if (answers.some((answer, index) => answer !== known.answers[index])) keep(known.population, answers);
      return known.population;
    },
    remember: (population, { texts, scans }) => {
      const shas = shasIn(listing, [...texts, ...scans.keys()]);
      if (shas === null) return;
      const shaOf = (file: string): readonly string[] => {
        const sha = shas.get(file);
        return sha === undefined ? [] : [sha];
      };
      const read = [...texts].flatMap((file) => shaOf(file).map((sha): Answer => [file, sha]));
      const scanned = [...scans].flatMap(([file, imports]) =>
        shaOf(file).map((sha): Answer => [file, sha, asText(imports)]),
      );
      keep(population, [...read, ...scanned]);
    },
  };
}

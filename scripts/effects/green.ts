/**
 * The last commit of a worktree that was found fit, as the doctor saw it: paths and modes, the text of each file that it
 * read, the imports of each source of which it asked nothing else. Where all of this is the same again, under the same
 * program, Node and day, the doctor would ask the same questions and be told the same, so it is not asked. Paths and
 * modes are remembered twice: as the index has them, or the name of the tree that it makes, and as a commit and what was
 * staged beside it. git then tells only what differs from that commit, where a listing of 100,000 files would take longer
 * than all else. Only a result for which no check looked beyond the tree is remembered.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ImportReference } from '../core/closure.ts';
import { shasIn } from '../core/listing.ts';
import { parseStaged, type Staged, textsSince } from '../core/staged.ts';
import { readSmallFile } from './atomic-file.ts';
import { parseModule } from './imports.ts';
import type { Standing } from './index-difference.ts';
import { isBlob } from './index-listing.ts';
import { openMemory } from './memory.ts';
import type { BlobOf, PlainIndex } from './plain-index.ts';
import { thisProgram } from './program.ts';
import type { Repository } from './repository.ts';
import type { Trace } from './traced.ts';

/** What was found fit. */
export interface Fit {
  readonly standing: Standing;
  readonly plain: PlainIndex | null;
  /** What git lists of the same index. */
  readonly listing: string;
  readonly population: string;
  readonly trace: Trace;
}

/** An index as git compares it with the commit of the memory, and as it was read before. */
export interface Compared {
  readonly staged: string;
  readonly plain: PlainIndex | null;
}

export interface Green {
  /** The commit that git is to compare the index with for `recall`; null when nothing is remembered. */
  readonly commit: () => string | null;
  /** The population of the index if the doctor would find it fit as it did before, else null. */
  readonly recall: (index: Compared | PlainIndex, circumstances: string) => Promise<string | null>;
  readonly remember: (fit: Fit, circumstances: string) => void;
}

/** All files below a folder of home. Node's own recursive reading takes four times as long, and this is done at every commit. */
function filesBelow(home: string, folder: string): readonly string[] {
  return readdirSync(`${home}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(home, file) : [file];
  });
}

/**
 * What an answer depends on besides the tree: the day, Node, and what this program and its packages consist of, by size
 * and change time, which nothing that writes a file can set: npm gives the files of every version the same modification
 * time. A text of some KiB, compared as it is.
 */
export function circumstancesNow(): string {
  const { home, folders } = thisProgram;
  // npm's own note of what it installed: below a checkout of this program, and beside an installed one.
  const installed = ['node_modules/.package-lock.json', '../.package-lock.json'];
  const program = [...folders.flatMap((name) => filesBelow(home, name)), ...installed].map((file) => {
    const stat = statSync(`${home}/${file}`, { throwIfNoEntry: false });
    return `${file} ${stat?.ctimeMs} ${stat?.size}`;
  });
  const today = new Date().toISOString().slice(0, 10);
  return [process.version, today, home, ...program].join('\n');
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
  /** Of an index that was found fit; empty where none was plain. */
  readonly place: string;
  readonly shape: string;
  readonly standing: Standing;
  readonly population: string;
  readonly answers: readonly Answer[];
}

/** Some 500 files. With more than that the next commit is examined, and compared with a newer one from then on. */
const stagedLengthMax = 64 * 1024;

function isAnswer(value: unknown): value is Answer {
  return Array.isArray(value) && [2, 3].includes(value.length) && value.every((part) => typeof part === 'string');
}

/** What was remembered, or null when it is not of this form. */
function knownFrom(value: unknown): Known | null {
  if (!Array.isArray(value)) return null;
  const [circumstances, place, shape, commit, staged, population, answers]: readonly unknown[] = value;
  if (typeof circumstances !== 'string' || typeof population !== 'string') return null;
  if (typeof place !== 'string' || typeof shape !== 'string') return null;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40,64}$/.test(commit) || typeof staged !== 'string') return null;
  if (!Array.isArray(answers) || !answers.every(isAnswer)) return null;
  return { circumstances, place, shape, standing: { commit, staged }, population, answers };
}

function parsedStaged(text: string): Staged | null {
  return text.length > stagedLengthMax ? null : parseStaged(text);
}

/** The same answer about the file as it is now; null when it is another one. */
async function again(root: string, answer: Answer, sha: string | undefined): Promise<Answer | null> {
  const [file, known, imports] = answer;
  if (sha === undefined || sha === known) return answer;
  if (imports === undefined || imports !== (await importsIn(root, file, sha))) return null;
  return [file, sha, imports];
}

/** The blob of any file whose text may differ from what was found fit; null where more than texts does. */
function textsIn(known: Known, index: Compared | PlainIndex): BlobOf | null {
  if ('shape' in index) return index.place === known.place ? index.blobsSince(known.shape) : null;
  const [then, now] = [parsedStaged(known.standing.staged), parsedStaged(index.staged)];
  const texts = then === null || now === null ? null : textsSince(then, now);
  return texts === null ? null : (file) => texts.get(file);
}

/**
 * What is known from now on. Of an index that was only read it is not known how git would compare it; the older comparison
 * stays right, for whatever text it speaks of imports the same. A place is believed once git has worked there.
 */
function renewed(known: Known, index: Compared | PlainIndex, answers: readonly Answer[]): Known {
  if ('shape' in index) return { ...known, answers };
  const { place, shape } = index.plain?.isStill() === true ? index.plain : known;
  return { ...known, place, shape, standing: { ...known.standing, staged: index.staged }, answers };
}

/** The memory of one worktree, whose root, absolute, may hold the text of a blob. */
export function openGreen({ root, stateDirectory }: Repository): Green {
  const memory = openMemory(path.join(stateDirectory, 'cache', 'green'));
  const known = knownFrom(memory.recall(root));
  const keep = ({ circumstances, place, shape, standing, population, answers }: Known): void => {
    memory.remember(root, [circumstances, place, shape, standing.commit, standing.staged, population, answers]);
    memory.save();
  };
  return {
    commit: () => known?.standing.commit ?? null,
    recall: async (index, circumstances) => {
      if (known?.circumstances !== circumstances) return null;
      const shaOf = textsIn(known, index);
      if (shaOf === null) return null;
      const answers: Answer[] = [];
      for (const answer of known.answers) {
        const same = await again(root, answer, shaOf(answer[0]));
        if (same === null) return null;
        answers.push(same);
      }
      const fresh = renewed(known, index, answers);
      const isNews = answers.some((answer, position) => answer !== known.answers[position]);
      if (isNews || fresh.place !== known.place || fresh.shape !== known.shape) keep(fresh);
      return known.population;
    },
    remember: ({ standing, plain, listing, population, trace: { texts, scans } }, circumstances) => {
      const shas = shasIn(listing, [...texts, ...scans.keys()]);
      if (shas === null || parsedStaged(standing.staged) === null) return;
      const shaOf = (file: string): readonly string[] => {
        const sha = shas.get(file);
        return sha === undefined ? [] : [sha];
      };
      const read = [...texts].flatMap((file) => shaOf(file).map((sha): Answer => [file, sha]));
      const scanned = [...scans].flatMap(([file, imports]) =>
        shaOf(file).map((sha): Answer => [file, sha, asText(imports)]),
      );
      const { place, shape } = plain ?? { place: '', shape: '' };
      keep({ circumstances, place, shape, standing, population, answers: [...read, ...scanned] });
    },
  };
}

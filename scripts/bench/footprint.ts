/** What an installation weighs: the package beside the tools that a team may have in its place or besides. */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { objectAt, parseObject } from '../core/json-value.ts';
import { install, packProgram } from './installed.ts';

type Print = (line: string) => void;

const others = ['husky', 'lefthook', 'lint-staged@16'];
const [tarballMaxKiB, installedMaxKiB, packagesMax] = [700, 16 * 1024, 40];

interface Weight {
  readonly kilobytes: number;
  readonly packages: number;
}

/** All files below, links not followed. */
function bytesBelow(folder: string): number {
  const sizes = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const place = path.join(folder, entry.name);
    return entry.isDirectory() ? bytesBelow(place) : lstatSync(place).size;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What npm itself notes that it has installed. */
function packagesIn(modules: string): number {
  const note = parseObject(readFileSync(path.join(modules, '.package-lock.json'), 'utf8'));
  return Object.keys(objectAt(note ?? {}, 'packages')).length;
}

function weigh(folder: string, what: string): Weight | null {
  const modules = install(folder, [what]);
  if (modules === null) return null;
  return { kilobytes: Math.round(bytesBelow(modules) / 1024), packages: packagesIn(modules) };
}

function row(name: string, weight: Weight | null): string {
  if (weight === null) return `${name.padEnd(16)}could not be installed`;
  return `${name.padEnd(16)}${String(weight.kilobytes).padStart(7)} KiB  ${String(weight.packages).padStart(3)} packages`;
}

/** Prints sizes as npm installs them on this platform; true when ours is within its bounds. Needs npm's cache, or the registry. */
export function measure(print: Print): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'loopbreaker-bench-'));
  try {
    const program = packProgram(folder);
    const tarball = Math.round(statSync(program).size / 1024);
    const ours = weigh(path.join(folder, 'ours'), program);
    print(row('loopbreaker', ours));
    for (const name of others) print(row(name, weigh(path.join(folder, `other-${name}`), name)));
    if (ours === null) throw new Error('npm cannot install the package');
    const isWithin = tarball <= tarballMaxKiB && ours.kilobytes <= installedMaxKiB && ours.packages <= packagesMax;
    const bounds = `${tarballMaxKiB} KiB packed, ${installedMaxKiB} KiB and ${packagesMax} packages installed`;
    print(`loopbreaker is ${tarball} KiB packed; bars ${bounds}: ${isWithin ? 'kept' : 'MISSED'}`);
    return isWithin;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What init does to the hook file itself, and to the attributes of its folder. Pure. */
import path from 'node:path';
import { hookFileName, hookFileText } from './hook-file.ts';
import { renewedFacts, standingOf } from './hook-file-standing.ts';
import { absentFile, type InitFacts, type InitPart, warning } from './init-facts.ts';
import { again } from './init-next.ts';
import { attributesFile, hookFolder } from './init-policies.ts';
import { typedPath } from './init-typed.ts';
import { hookAttributes, withUnixEnds } from './line-ends.ts';
import { installLine } from './package-managers.ts';

/** The hook file: written where none is, renewed where nobody has edited it. */
export function planHookFile(facts: InitFacts): InitPart {
  const { programs, manager, lockfile, home, texts } = facts;
  const folder = lockfile === null ? home : path.posix.dirname(lockfile);
  const wanted = { programs, install: installLine(manager, folder, lockfile !== null) };
  const file = `${hookFolder(facts)}/${hookFileName}`;
  const before = texts.get(file);
  if (before === undefined) return { edits: absentFile(facts, file, hookFileText(wanted)), notes: [] };
  const plain = withUnixEnds(before);
  const standing = standingOf(plain, wanted);
  const after = standing === 'outdated' ? hookFileText(renewedFacts(plain, wanted)) : plain;
  const text = `${file} was edited and stays, but it is not what this loopbreaker writes here. To have that one instead of yours:`;
  const told = warning(text, `rm ${typedPath(facts, file)} && ${again}`);
  return {
    edits: after === before ? [] : [{ path: file, before, after }],
    notes: standing === 'edited' ? [told] : [],
  };
}

/** The attributes, where nothing keeps the line ends of the hooks yet. */
export function planLineEnds(facts: InitFacts): InitPart {
  if (facts.keepsLineEnds) return { edits: [], notes: [] };
  const file = attributesFile(facts);
  if (!facts.texts.has(file)) return { edits: absentFile(facts, file, hookAttributes), notes: [] };
  const text = `${file} is yours and stays, but in a clone with core.autocrlf the hooks get line ends that no shell reads. A line for that:`;
  return { edits: [], notes: [warning(text, `printf '\\n* text=auto eol=lf\\n' >> ${typedPath(facts, file)}`)] };
}

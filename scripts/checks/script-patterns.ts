/** Patterns that scripts run all files of: a warning when a pattern matches none. */
import type { Finding } from '../core/doctor.ts';
import { isInOutputFolder } from '../core/script-built.ts';
import type { CheckContext } from './check.ts';
import { fileOf, type ScriptFacts } from './script-facts.ts';
import { ignoreRules } from './script-ignored.ts';
import { scriptPlace } from './script-place.ts';
import type { ScriptLine } from './script-sources.ts';

interface Pattern {
  readonly pattern: string;
  readonly line: ScriptLine;
}

function patternsOf({ lines, isGenerated }: ScriptFacts): readonly Pattern[] {
  const found = new Map<string, Pattern>();
  for (const { line, reading } of lines) {
    for (const target of reading.targets) {
      const pattern = fileOf(line, target);
      if (target.glob && !pattern.startsWith('..') && !isGenerated(pattern)) found.set(pattern, { pattern, line });
    }
  }
  return [...found.values()];
}

/** The folder in which a pattern begins to be one, and a name in it as the pattern may match it. */
function exampleOf(pattern: string): string {
  return pattern.replace(/\*\*?/g, 'x').replace(/[?[\]{}()!@+,]/g, 'x');
}

/** Findings for the patterns without a match, those aside that look into what a build leaves. */
export async function emptyGlobs(context: CheckContext, facts: ScriptFacts): Promise<readonly Finding[]> {
  const patterns = patternsOf(facts);
  if (patterns.length === 0) return [];
  const { default: picomatch } = await import('picomatch');
  const names = [...context.tree.entries.keys()];
  const empty = patterns.filter(({ pattern, line }) => {
    const matches = picomatch(pattern, { dot: true });
    const isSample = facts.standingOf(line) === 'sample';
    return !isSample && !isInOutputFolder(exampleOf(pattern)) && !names.some((name) => matches(name));
  });
  const rules = await ignoreRules(
    context,
    empty.map(({ pattern }) => exampleOf(pattern)),
  );
  const unexplained = empty.filter(({ pattern }) => !rules.has(exampleOf(pattern)));
  return await Promise.all(
    unexplained.map(async ({ pattern, line }): Promise<Finding> => {
      const problem = `${line.name} runs ${pattern}, which matches no file of this tree.`;
      const remedy = 'correct the pattern, or take the script away';
      const place = await scriptPlace(context, line, pattern);
      return {
        code: 'script-glob-empty',
        severity: 'warning',
        problem,
        remedy,
        commands: [],
        ...place,
        target: pattern,
      };
    }),
  );
}

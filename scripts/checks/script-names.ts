/** Scripts that other scripts run by name exist in the package that is asked for them. */
import path from 'node:path';
import leven from 'leven';
import type { Finding } from '../core/doctor.ts';
import type { ScriptName } from '../core/script-lines.ts';
import type { CheckContext } from './check.ts';
import type { ScriptFacts } from './script-facts.ts';
import { scriptPlace } from './script-place.ts';
import type { ScriptLine, ScriptPackage } from './script-sources.ts';

/** npm has them itself. */
const builtIn = ['env'];

function nearest(name: string, one: ScriptPackage): string {
  const sorted = [...one.scripts.keys()].map((key) => ({ key, distance: leven(name, key) }));
  const [best] = sorted.sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? ` (it has "${best.key}")` : '';
}

async function findingFor(
  context: CheckContext,
  line: ScriptLine,
  { name, spelling }: ScriptName,
  one: ScriptPackage,
): Promise<Finding> {
  const problem = `${line.name} runs "${spelling}", but ${one.file} has no script "${name}"${nearest(name, one)}.`;
  const remedy = `correct the name, or write the script "${name}" in ${one.file}`;
  // A generator may add scripts to a package outside of the workspace.
  const severity = one.standing === 'member' ? 'error' : 'warning';
  const place = await scriptPlace(context, line, spelling);
  return { code: 'script-name-missing', severity, problem, remedy, commands: [], ...place };
}

/** The package that is asked for the name, when it does not have it. A directory without a package is not judged. */
function packageWithout(line: ScriptLine, name: ScriptName, { sources }: ScriptFacts): ScriptPackage | undefined {
  const directory = name.origin === 'root' ? name.directory : path.posix.join(line.directory, name.directory);
  const one = sources.packages.get(directory);
  if (one === undefined || one.standing === 'sample' || one.scripts.has(name.name) || builtIn.includes(name.name))
    return undefined;
  const isElsewhere = name.anywhere && [...sources.packages.values()].some((other) => other.scripts.has(name.name));
  return isElsewhere ? undefined : one;
}

/** One finding for each name that is missing from a package. */
export async function nameFindings(context: CheckContext, facts: ScriptFacts): Promise<readonly Finding[]> {
  const findings = new Map<string, Finding>();
  for (const { line, reading } of facts.lines) {
    for (const name of reading.names) {
      const one = packageWithout(line, name, facts);
      const key = `${one?.file} ${name.name}`;
      if (one !== undefined && !findings.has(key)) findings.set(key, await findingFor(context, line, name, one));
    }
  }
  return [...findings.values()];
}

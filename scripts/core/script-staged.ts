/** The commands of a lint-staged configuration: of package.json, of .lintstagedrc as JSON, or as simple YAML. */
import { unquoted } from './script-workspaces.ts';

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function commandsOf(tasks: unknown): readonly string[] {
  if (typeof tasks === 'string') return [tasks];
  if (Array.isArray(tasks)) return tasks.flatMap(commandsOf);
  return isObject(tasks) && typeof tasks.task === 'string' ? [tasks.task] : [];
}

/** `pattern: command`, and `pattern:` with a list of commands below; anything else says nothing. */
function yamlCommands(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const item = /^\s+-\s+(.+)$/.exec(line)?.[1];
    const scalar = /^(?:"[^"]*"|'[^']*'|[^\s#:][^:]*):\s+(.+)$/.exec(line)?.[1];
    const found = item ?? scalar;
    return found === undefined || /^[|>[{&*]/.test(found) ? [] : [unquoted(found)];
  });
}

function jsonCommands(text: string): readonly string[] | null {
  try {
    return stagedTasks(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The commands of a configuration, as a value or as the text of its file; none when it holds none that can be read. */
export function stagedTasks(configuration: unknown): readonly string[] {
  if (typeof configuration === 'string') return jsonCommands(configuration) ?? yamlCommands(configuration);
  return isObject(configuration) ? Object.values(configuration).flatMap(commandsOf) : [];
}

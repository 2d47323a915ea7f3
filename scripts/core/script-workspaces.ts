/** Which packages of a repository belong together, and which are samples that nobody runs where they lie. */

/** Reads the list `packages:` of pnpm-workspace.yaml; null when it is written in a way that is not understood here. */
export function pnpmPackages(yaml: string): readonly string[] | null {
  const flow = /^packages:[ \t]*\[([^\]#]*)\][ \t]*(#.*)?$/m.exec(yaml);
  if (flow !== null) return (flow[1] ?? '').split(',').map(unquoted).filter(Boolean);
  const lines = yaml.split(/\r?\n/);
  const start = lines.findIndex((line) => /^packages:[ \t]*(#.*)?$/.test(line));
  if (start < 0) return /^packages\s*:/m.test(yaml) ? null : [];
  const patterns: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const item = /^\s*-\s+(.+)$/.exec(line)?.[1];
    if (item !== undefined) patterns.push(unquoted(item));
    else if (/^\s/.test(line)) return null;
    else break;
  }
  return patterns;
}

/** A YAML scalar without its quotes and a comment behind it. */
export function unquoted(scalar: string): string {
  const text = scalar.trim();
  const quoted = /^"((?:[^"\\]|\\.)*)"|^'((?:[^']|'')*)'/.exec(text);
  if (quoted !== null) return quoted[1]?.replace(/\\(.)/g, '$1') ?? quoted[2]?.replaceAll("''", "'") ?? '';
  return text.replace(/\s+#.*$/, '');
}

const samples = /^_*(templates?|fixtures?|boilerplates?|skeletons?|scaffold(s|ing)?|test-?data|snapshots?|mocks?)_*$/i;
const tests = /^_*(tests?|specs?)_*$/i;
const foreign = /^(node_modules|vendor|third[-_]?party|bower_components)$/i;

/** A folder whose package.json is copied elsewhere before anybody runs it, such as `templates/app`. */
export function isSample(directory: string): boolean {
  return directory
    .split('/')
    .some((name) => samples.test(name) || /^(template|fixture)s?-|-(template|fixture)s?$/i.test(name));
}

/** A folder whose package.json nobody runs unless it is named: material of tests, code of others. */
export function isMaterial(directory: string): boolean {
  return isForeign(directory) || directory.split('/').some((name) => tests.test(name));
}

/** A folder that holds the code of others. */
export function isForeign(directory: string): boolean {
  return directory.split('/').some((name) => foreign.test(name));
}

/** Whether a pattern reaches into folders of any depth, so that it says nothing about a single one. */
export function isWide(pattern: string): boolean {
  return pattern.includes('**');
}

/** Folders that a script goes to, by `cd` or by an option of a package manager, as they are written. */
export function enteredFolders(script: string): readonly string[] {
  const going = /(?<![\w-])(?:cd|pushd|--prefix|--cwd|--dir|-C)[ =]+["']?(?:\.\/)?([\w@][\w@./-]*)/g;
  return [...script.matchAll(going)].map(([, folder = '']) => folder.replace(/\/+$/, ''));
}

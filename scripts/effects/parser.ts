/**
 * oxc-parser, native code, loaded when it is needed. Around its binding stand ES modules, which a hook would wait for much
 * longer than for the binding itself; they are loaded only where they have to find another build of it.
 */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { EcmaScriptModule, Node, OxcError, Program } from 'oxc-parser';

export interface Parsed {
  readonly module: EcmaScriptModule;
  readonly errors: readonly OxcError[];
  /** Made when it is asked for: most of a parser's time. */
  readonly program: () => Program;
}

type Parse = (file: string, text: string) => Parsed;

/** What a binding answers is what the package does, but for the program, which is JSON. Each part is made when it is read. */
interface Binding {
  readonly parseSync: (file: string, text: string) => Omit<Parsed, 'program'> & { readonly program: string };
}

/** The builds that npm installs on the platforms that are promised; on any other the package looks for itself. */
const builds: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm64': 'linux-arm64-gnu',
  'linux-x64': 'linux-x64-gnu',
};

/**
 * The binding where it lies as usual; null where somebody chose another, or it cannot be loaded here. Only its package is asked
 * for by name: Node takes longer to find out what "exports" of the other one mean than to load the binding.
 */
function loadBinding(): Binding | null {
  const build = builds[`${process.platform}-${process.arch}`];
  if (build === undefined || Object.keys(process.env).some((name) => name.startsWith('NAPI_RS_'))) return null;
  // Loaded only now, like all that most commits do not need.
  const { createRequire } = process.getBuiltinModule('node:module');
  const places = createRequire(import.meta.filename).resolve.paths('oxc-parser') ?? [];
  const found = places.map((place) => path.join(place, 'oxc-parser/package.json')).find((file) => existsSync(file));
  if (found === undefined) return null;
  try {
    return createRequire(realpathSync(found))(`@oxc-parser/binding-${build}`);
  } catch {
    return null; // The package itself knows more places, and says what is wrong when there is none.
  }
}

let known: Parse | undefined;

/** How files are parsed. Throws what Node throws when the parser is not installed. */
export async function loadParser(): Promise<Parse> {
  if (known !== undefined) return known;
  const binding = loadBinding();
  if (binding !== null) {
    known = (file, text) => {
      const parsed = binding.parseSync(file, text);
      return { module: parsed.module, errors: parsed.errors, program: () => JSON.parse(parsed.program).node };
    };
    return known;
  }
  const { parseSync } = await import('oxc-parser');
  known = (file, text) => {
    const parsed = parseSync(file, text);
    return { module: parsed.module, errors: parsed.errors, program: () => parsed.program };
  };
  return known;
}

function isNode(value: object): value is Node {
  return 'type' in value && typeof value.type === 'string';
}

/** Shows every node of a tree, each before what it consists of. */
export function walk(tree: object, show: (node: Node) => void): void {
  if (isNode(tree)) show(tree);
  for (const part of Object.values(tree)) {
    if (typeof part === 'object' && part !== null) walk(part, show);
  }
}

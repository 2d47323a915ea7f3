/** What `npm pack` would publish: every file of the manifest that it should, all that they import, and nothing untracked. */
import path from 'node:path';
import { closureOf } from '../core/closure.ts';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import { isJsonObject, type JsonObject, parseObject, textEntries } from '../core/json-value.ts';
import { type Manifest, manifestPath, requiredPaths } from '../core/manifest.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { importSource } from './import-source.ts';
import { type Place, placeAt } from './place.ts';
import { resolveRules } from './runner.ts';

/** npm lists a package of this repository's size in less than a second. */
const timeoutMs = 60_000;

/** The paths that npm would pack. Nothing is run but npm itself, and nothing is written. Throws when npm does not say. */
async function packedPaths({ execute, env }: CheckContext, directory: string): Promise<readonly string[]> {
  const argv = ['npm', 'pack', '--dry-run', '--json', '--ignore-scripts', '--offline', '--logs-max=0'] as const;
  const quiet = { npm_config_update_notifier: 'false', npm_config_loglevel: 'error' };
  const ended = await execute({ argv: [...argv], cwd: directory, env: { ...env, ...quiet }, timeoutMs });
  const output: unknown = ended.exitCode === 0 ? JSON.parse(ended.stdout) : undefined;
  const first: unknown = Array.isArray(output) ? output[0] : undefined;
  const files = isJsonObject(first) ? first.files : undefined;
  if (!Array.isArray(files)) {
    throw new Error(`npm pack --dry-run told no files (${ended.spawnError ?? ended.stderr.trim().slice(0, 500)})`);
  }
  return files.flatMap((file) => (isJsonObject(file) && typeof file.path === 'string' ? [file.path] : []));
}

/** Files that package.json itself says are run or imported from the package; patterns are left out. */
function targetsOf(packageJson: JsonObject): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const collect = (name: string, value: unknown): void => {
    if (typeof value === 'string' && !value.includes('*')) found.push([name, path.posix.normalize(value)]);
    else if (isJsonObject(value)) for (const key of Object.keys(value)) collect(name, value[key]);
  };
  collect('bin', packageJson.bin);
  collect('main', packageJson.main);
  const { exports } = packageJson;
  if (typeof exports === 'string' || isJsonObject(exports)) collect('exports', exports);
  return found;
}

/** What "files" names: the entry itself, what lies in it, or what its pattern matches. */
async function shippedBy(packageJson: JsonObject): Promise<(file: string) => boolean> {
  if (!Array.isArray(packageJson.files)) return () => true;
  const { default: picomatch } = await import('picomatch');
  const entries = packageJson.files
    .filter((entry) => typeof entry === 'string' && !entry.startsWith('!'))
    .map((entry: string) => path.posix.normalize(entry).replace(/^\/|\/$/g, ''));
  return picomatch(
    entries.flatMap((entry) => [entry, `${entry}/**`]),
    { dot: true },
  );
}

/** Where package.json says what is shipped, or where it could. */
async function listPlace({ tree, documents }: CheckContext): Promise<Place> {
  return placeAt('package.json', documents.locate((await tree.read('package.json')) ?? '', '/files')?.line);
}

type Lacking = Pick<Finding, 'problem'> & Required<Pick<Finding, 'target'>>;

function lacks(target: string, problem: string): Lacking {
  return { target, problem };
}

function lackingFinding(lacking: Lacking, place: Place): Finding {
  const remedy = 'add it to "files", or take away the rule (.npmignore, "!…") that leaves it out';
  return { code: 'artifact-lacks', severity: 'error', ...lacking, remedy, commands: [], ...place };
}

async function lacking(
  context: CheckContext,
  manifest: Manifest,
  packageJson: JsonObject,
  packed: ReadonlySet<string>,
) {
  const isShipped = await shippedBy(packageJson);
  const isGenerated = await generatedBy(manifest);
  const named = requiredPaths(manifest).filter((file) => Array.isArray(packageJson.files) && isShipped(file));
  const contract = named
    .filter((file) => !packed.has(file) && context.tree.has(file))
    .map((file) => lacks(file, `${manifestPath} names ${file} and "files" covers it, but npm pack leaves it out.`));
  const targets = targetsOf(packageJson)
    .filter(
      ([, file]) =>
        !packed.has(file) && !packed.has(`${file}.js`) && !packed.has(`${file}/index.js`) && !isGenerated(file),
    )
    .map(([key, file]) => lacks(file, `"${key}" of package.json names ${file}, which npm pack leaves out.`));
  const said = new Set([...contract, ...targets].map(({ target }) => target));
  const imported = await lackingImports(context, manifest, packed);
  return [...contract, ...targets, ...imported.filter(({ target }) => !said.has(target))];
}

/** A program that is shipped without what it imports ends before its first line wherever it is installed. */
async function lackingImports(context: CheckContext, { entryPoints }: Manifest, packed: ReadonlySet<string>) {
  const shipped = entryPoints.filter(({ path: file }) => packed.has(file) && context.tree.has(file));
  const source = importSource(context);
  const importedBy = new Map<string, string>();
  for (const entry of shipped) {
    const { files } = await closureOf(entry.path, source.under(resolveRules(entry)));
    for (const file of files) if (!packed.has(file) && !importedBy.has(file)) importedBy.set(file, entry.path);
  }
  return [...importedBy].map(([file, entry]) =>
    lacks(file, `${entry} is shipped and imports ${file}, which npm pack leaves out.`),
  );
}

async function generatedBy({ generated }: Manifest): Promise<(file: string) => boolean> {
  if (generated.length === 0) return () => false;
  const { default: picomatch } = await import('picomatch');
  return picomatch(
    generated.map((one) => one.path),
    { dot: true },
  );
}

/** More of them are told by their number. */
const findingsMax = 10;

async function untracked(
  { tree }: CheckContext,
  manifest: Manifest,
  packed: ReadonlySet<string>,
  place: Place,
): Promise<readonly Finding[]> {
  const isGenerated = await generatedBy(manifest);
  const files = [...packed].filter(
    (file) => !tree.entries.has(file) && !file.startsWith('node_modules/') && !isGenerated(file),
  );
  return files.slice(0, findingsMax).map((file, index) => {
    const rest = files.length - findingsMax;
    const more = index === findingsMax - 1 && rest > 0 ? ` And ${rest} more.` : '';
    const problem = `npm pack would publish ${file}, which git does not hold.${more}`;
    const remedy = 'add it to git, leave it out of "files", or declare it as "generated"';
    return { code: 'artifact-untracked', severity: 'error', problem, remedy, commands: [], ...place, target: file };
  });
}

/** The work tree itself, or a clean checkout of what is graded. */
async function folderOf({ tree, disk, checkOut }: CheckContext): Promise<string> {
  if (tree.kind === 'worktree') return disk.root;
  if (checkOut === undefined) throw new Error('there is no clean checkout to pack');
  return await checkOut();
}

async function look(context: CheckContext, manifest: Manifest): Promise<CheckOutcome> {
  const packageJson = parseObject((await context.tree.read('package.json')) ?? '');
  if (packageJson === null) return { findings: [], skipped: 'there is no package.json' };
  if (packageJson.private === true) return { findings: [], skipped: 'package.json is private: nothing is published' };
  const hasName = textEntries(packageJson).filter(([key]) => key === 'name' || key === 'version').length === 2;
  if (!hasName) return { findings: [], skipped: 'package.json has no name and version: nothing can be published' };
  const packed = new Set(await packedPaths(context, await folderOf(context)));
  const place = await listPlace(context);
  const lacked = await lacking(context, manifest, packageJson, packed);
  const foreign = await untracked(context, manifest, packed, place);
  return { findings: [...lacked.map((one) => lackingFinding(one, place)), ...foreign] };
}

/** Check `artifact`, with `--deep` only: npm takes its time. */
export const artifact: Check = {
  id: 'artifact',
  title: 'what npm would publish',
  asks: 'Does the package contain every manifest file that it must, and nothing that git does not hold?',
  run: withManifest((context, manifest) => {
    if (context.deep !== true) return { findings: [], skipped: 'it is looked at with --deep' };
    return look(context, manifest);
  }),
};

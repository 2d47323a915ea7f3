/**
 * Bundles the commands, with the code that they share in chunks; what is loaded late in scripts/ is loaded late here.
 * esbuild splits ES modules only, and Node takes longer to load those than CommonJS, in a hook much longer than the hook
 * works: so they are split first, and written as CommonJS then.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Metafile, type Plugin, transform } from 'esbuild';
import { objectAt, parseObject } from '../core/json-value.ts';
import { home } from '../effects/program.ts';
import { mainFields, settings } from './settings.ts';

/** The packages that are installed beside ours; all others are bundled. */
function installedPackages(): readonly string[] {
  const packageJson = parseObject(readFileSync(path.join(home, 'package.json'), 'utf8'));
  return Object.keys(objectAt(packageJson ?? {}, 'dependencies'));
}

/** `import.meta.url` in a CommonJS file that asks for it: a package may; ours use the cheaper `import.meta.filename`. */
const here = 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;\n';

/** A module as CommonJS. Only what stands beside it is loaded by require(): installed packages may be ES modules. */
async function asCommonJs(text: string): Promise<string> {
  const late = text.replace(/\bimport\(("\.{1,2}\/[^"]+\.cjs")\)/g, 'Promise.resolve().then(() => require($1))');
  const define = {
    'import.meta.filename': '__filename',
    'import.meta.url': 'importMetaUrl',
    'import.meta.resolve': 'undefined',
  };
  const { code, warnings } = await transform(late, {
    format: 'cjs',
    platform: 'node',
    target: settings.target,
    define,
  });
  if (warnings.length > 0)
    throw new Error(`this cannot be CommonJS: ${warnings[0]?.text}: ${warnings[0]?.location?.lineText}`);
  return code.includes('importMetaUrl') ? here + code : code;
}

/** Refuses an installed package that would be loaded with a file: Node has no require() for all of them. */
function refuseStatic({ outputs }: Metafile): void {
  for (const [file, { imports }] of Object.entries(outputs)) {
    const found = imports.find(({ kind, external, path: to }) => {
      return (
        kind === 'import-statement' && external === true && installedPackages().some((name) => to.startsWith(name))
      );
    });
    if (found !== undefined) throw new Error(`${file} imports ${found.path}; load it by import() where it is needed`);
  }
}

/**
 * What is not ours is made small, as bundleLatePackages does it: nobody is sent its stacks. Each file for itself, since a
 * bundle is minified as a whole or not at all.
 */
const smallPackages: Plugin = {
  name: 'small-packages',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path: file }) => {
      const { code } = await transform(readFileSync(file, 'utf8'), { minify: true, target: settings.target });
      return { contents: code, loader: 'js' };
    });
  },
};

/** Writes dist/<name>.cjs for each command. Not minified: a stack must be readable in a bug report. */
export async function bundleCommands(outdir: string, names: readonly string[]): Promise<Metafile> {
  const { outputFiles, metafile } = await build({
    ...settings,
    entryPoints: names.map((name) => `scripts/${name}.ts`),
    outdir,
    outExtension: { '.js': '.cjs' },
    format: 'esm',
    splitting: true,
    mainFields: [...mainFields],
    chunkNames: 'chunks/[name]-[hash]',
    // What the pre-commit hook needs, all commands load: so esbuild makes it one chunk, and not one of each few modules.
    plugins: [smallPackages],
    inject: ['scripts/build/common-chunk.ts'],
    external: [...installedPackages()],
    write: false,
  });
  refuseStatic(metafile);
  for (const file of outputFiles) {
    mkdirSync(path.dirname(file.path), { recursive: true });
    writeFileSync(file.path, await asCommonJs(file.text));
  }
  return metafile;
}

/** Whether the text of a hook, or of a hook tool's configuration, calls loopbreaker. Pure. */
import { hookFileCall } from './hook-file.ts';

/** What `loopbreaker hook` can be asked to do; other hooks of the manifest are the user's own. */
const ownHooks = ['pre-commit', 'pre-push'];

/** Whether loopbreaker has a command for this hook. */
export function isOwnHook(name: string): boolean {
  return ownHooks.includes(name);
}

/** The command line that a hook calls loopbreaker with. */
export function hookCall(name: string): string {
  return `npx loopbreaker hook ${name}`;
}

/** `npm run guard`, `yarn guard`: the scripts of package.json that a text runs. */
const scriptRun = /\b(?:npm|pnpm|yarn|bun)(?:\s+(?:-s|--silent|run))*\s+([\w:.-]+)/g;

function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(#|\/\/)/.test(line))
    .join('\n');
}

/**
 * The hook file of core/hook-file.ts with the name of the hook, `loopbreaker hook pre-commit`, `scripts/cli.ts hook
 * pre-commit`, each also as a list of words, and the doctor on the tree that the hook is about.
 */
function callsDirectly(text: string, name: string): boolean {
  const names = /\bloopbreaker\b|\b(cli|hook|doctor)\.[cm]?[jt]s\b/.test(text);
  const gap = '["\']?[ \\t,"\']+';
  const tree = name === 'pre-commit' ? 'index\\b' : '(?!index\\b|worktree\\b)';
  const hook = new RegExp(`\\bhook(\\.[cm]?[jt]s)?${gap}${name}(?![\\w-])`);
  const doctor = new RegExp(`\\bdoctor(\\.[cm]?[jt]s)?${gap}--tree(=|${gap})${tree}`);
  const byFile = new RegExp(`\\bsh${gap}[^\\s"',]*/loopbreaker${gap}${name}(?![\\w-])`);
  return byFile.test(text) || (names && (hook.test(text) || doctor.test(text)));
}

/**
 * Whether a text that is no comment calls `loopbreaker hook <name>`, itself or by a script of package.json. A hook that
 * loopbreaker has no command for is the user's own: for it the text must only name it.
 */
export function callsHook(text: string, name: string, scripts: ReadonlyMap<string, string>): boolean {
  const plain = withoutComments(text);
  if (!isOwnHook(name)) return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(plain);
  if (callsDirectly(plain, name)) return true;
  return [...plain.matchAll(scriptRun)].some(([, script = '']) => callsDirectly(scripts.get(script) ?? '', name));
}

/** Whether a text that is no comment calls the hook file of a folder, in the words in which init does it. */
export function callsHookFile(text: string, folder: string, name: string): boolean {
  return withoutComments(text).includes(hookFileCall(folder, name));
}

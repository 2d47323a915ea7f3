/** `--deep`: starts entry points in a clean checkout, as their manifest allows: --help, an import, a syntax check. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import type { EntryPoint } from '../core/manifest.ts';
import type { ChildEnd } from '../effects/agent.ts';
import type { CheckContext } from './check.ts';
import { commandLine, readable } from './link-findings.ts';
import { linkRunner } from './runner.ts';

/** A program that has not answered --help by then does something else. */
const timeoutMs = 20_000;

/** A program that says more than this is not answering a question. */
const outputBytesMax = 4 * 1024 * 1024;

const shells = ['sh', 'bash', 'dash', 'zsh', 'ksh'];

type ProbeCommand = { readonly argv: readonly string[] } | { readonly reason: string };

/** Programs are started as production does; only import and syntax need a Node, or a shell, that we know. */
function probeCommand(entry: EntryPoint, root: string): ProbeCommand | undefined {
  const { path: file, runner } = entry;
  const name = path.basename(runner[0] ?? '');
  const link = linkRunner(entry);
  switch (entry.probe) {
    case 'none':
      return undefined;
    case 'help':
      return { argv: runner.length === 0 ? [path.join(root, file), '--help'] : [...runner, file, '--help'] };
    case 'import': {
      if (!link.ok) return { reason: link.reason };
      const url = pathToFileURL(path.join(root, file)).href;
      return { argv: [...link.argv, '--input-type=module', '--eval', `await import(${JSON.stringify(url)});`] };
    }
    case 'syntax':
      if (shells.includes(name)) return { argv: [...runner, '-n', file] };
      if (!link.ok) return { reason: link.reason };
      // TypeScript was parsed by "closure", and linked; node --check knows JavaScript only.
      return /\.[cm]?tsx?$/.test(file) ? undefined : { argv: [link.argv[0], '--check', file] };
  }
}

function notDone(entry: EntryPoint, why: string): Finding {
  const problem = `${entry.path} was not probed (${entry.probe}): ${why}.`;
  return { code: 'probe-not-done', severity: 'note', problem, remedy: 'nothing to do', commands: [], path: entry.path };
}

function endText(end: ChildEnd, overflowed: boolean): string {
  if (overflowed) return `said more than ${outputBytesMax / 1024 / 1024} MiB and was stopped`;
  if (end.stoppedBy === 'timeout') return `did not end within ${timeoutMs / 1000} s and was stopped`;
  return end.signal === null ? `ended with exit code ${end.exitCode}` : `was ended by ${end.signal}`;
}

function failedFinding(root: string, entry: EntryPoint, argv: readonly string[], how: string, tail: string): Finding {
  const lines = tail.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const said = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  const command = commandLine(argv.map((word) => readable(root, word)));
  const problem = `${entry.path} does not start in a clean checkout: "${command}" ${how}: ${readable(root, said.trim()).slice(0, 300)}`;
  const remedy = 'mend what it says; what it needs must be held by git';
  return { code: 'probe-failed', severity: 'error', problem, remedy, commands: [], path: entry.path };
}

async function probe(context: CheckContext, root: string, entry: EntryPoint): Promise<CheckOutcome> {
  const command = probeCommand(entry, root);
  if (command === undefined) return { findings: [] };
  if ('reason' in command) return { findings: [notDone(entry, command.reason)] };
  if (context.runChild === undefined) return { findings: [], unknown: 'there is nothing to start programs with' };
  const abort = new AbortController();
  let bytes = 0;
  const env = { ...context.env, HUSKY: '0', NO_COLOR: '1', GIT_CEILING_DIRECTORIES: path.dirname(root) };
  const end = await context.runChild({
    argv: command.argv,
    cwd: root,
    env,
    marker: `doctor-${randomUUID()}/1`,
    timeoutMs,
    signal: abort.signal,
    onOutput: (chunk) => {
      bytes += chunk.length;
      if (bytes > outputBytesMax) abort.abort();
    },
  });
  if (end.spawnError !== null) {
    return { findings: [], unknown: `${command.argv[0]} could not be started: ${end.spawnError}` };
  }
  if (end.exitCode === 0 && end.stoppedBy === null) return { findings: [] };
  return { findings: [failedFinding(root, entry, command.argv, endText(end, abort.signal.aborted), end.outputTail)] };
}

/** Probes one after the other: each may take a whole processor. */
export async function probeAll(
  context: CheckContext,
  root: string,
  entries: readonly EntryPoint[],
): Promise<CheckOutcome> {
  const findings: Finding[] = [];
  const unknown: string[] = [];
  for (const entry of entries) {
    const outcome = await probe(context, root, entry);
    findings.push(...outcome.findings);
    if (outcome.unknown !== undefined) unknown.push(`${entry.path}: ${outcome.unknown}`);
  }
  return unknown.length === 0 ? { findings } : { findings, unknown: unknown.join('; ') };
}

/** `loopbreaker demo`: the whole story in a throw-away sandbox, with real processes and every fact checked against git. */
import { existsSync } from 'node:fs';
import { type Call, type Command, runIfMain } from './command.ts';
import { exitCodes } from './core/outcome.ts';
import { type Chapter, chapters, naiveLoop, naiveMs } from './demo/chapters.ts';
import { makeSandbox, type Sandbox } from './demo/sandbox.ts';
import { chapterText, type DemoReport, demoSummary, type PlayedChapter } from './report/demo.ts';
import { styleFor } from './report/terminal.ts';

async function play(chapter: Chapter, sandbox: Sandbox): Promise<PlayedChapter> {
  const startedMs = performance.now();
  const { facts, output, promotionAttempts, agentRuns } = await chapter.play(sandbox);
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  const { title, story } = chapter;
  return { chapter: title, story, facts, promotionAttempts, agentRuns, seconds, output };
}

async function tell(call: Call, sandbox: Sandbox): Promise<Omit<DemoReport, 'leftBehind'>> {
  const say = (text: string) => (call.json ? undefined : call.stdout.write(text));
  const played: PlayedChapter[] = [];
  let naiveAttempts = 0;
  for (const [index, chapter] of chapters.entries()) {
    const result = await play(chapter, sandbox);
    played.push(result);
    say(chapterText(index + 1, result, styleFor(call.stdout, call.env).width));
    if (chapter.title !== 'the incident') continue;
    naiveAttempts = await naiveLoop(sandbox, naiveMs);
    say(
      `  A naive loop, in the same place for ${naiveMs / 1000} s: ${naiveAttempts} attempts, and none of them its last.\n\n`,
    );
  }
  const held = played.every((chapter) => chapter.facts.every((fact) => fact.held));
  const rows = played.map(({ output: _output, ...row }) => row);
  const naive = { seconds: naiveMs / 1000, attempts: naiveAttempts };
  return { ok: held && naiveAttempts > 1, chapters: rows, naive };
}

async function run(call: Call): Promise<number> {
  const sandbox = await makeSandbox();
  const interrupted = () => {
    sandbox.dispose();
    process.exit(exitCodes.interrupted);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, interrupted);
  let told: Omit<DemoReport, 'leftBehind'>;
  try {
    if (!call.json)
      call.stdout.write('loopbreaker demo: a bare remote, a clone, a scripted agent; all of it thrown away.\n\n');
    told = await tell(call, sandbox);
  } finally {
    sandbox.dispose();
  }
  const leftBehind = existsSync(sandbox.directory);
  const report: DemoReport = { ...told, ok: told.ok && !leftBehind, leftBehind };
  call.stdout.write(call.json ? `${JSON.stringify(report, null, 1)}\n` : demoSummary(report));
  return report.ok ? exitCodes.ok : exitCodes.refused;
}

const usage = `
npx loopbreaker demo [--json]

Plays four chapters in a sandbox under the system's temporary folder: a healthy promotion, the incident, its cure, a
red QA gate. Every chapter checks its facts against git. Takes about half a minute and leaves nothing behind.

Exit codes: 0 every fact held · 1 one did not
Example: npm run demo
`;

export const command: Command = {
  name: 'demo',
  summary: 'the whole story in a throw-away sandbox',
  usage,
  options: {},
  run,
};

runIfMain(import.meta.filename, command);

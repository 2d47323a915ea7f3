/** One agent run as the loop makes it, without the loop: passes the output on, reads it, and tells what that took. */
import { randomBytes } from 'node:crypto';
import { claimsCompletion } from '../core/completion.ts';
import { openOutputReader } from '../core/output.ts';
import { childEnvironment, runChild } from '../effects/agent.ts';
import { openChildOutput } from '../report/child-output.ts';

const [format = '', line = ''] = process.argv.slice(2);
const token = `COMPLETE ${randomBytes(8).toString('hex')}`;
const reader = openOutputReader(format === 'claude-stream-json' ? format : 'text');
const passOn = openChildOutput(process.stdout);
const start = performance.now();
const marker = `bench-${process.pid}`;
await runChild({
  argv: ['sh', '-c', line],
  cwd: process.cwd(),
  env: childEnvironment(process.env, marker, { LOOPBREAKER_COMPLETION_TOKEN: token }),
  marker,
  timeoutMs: 3600 * 1000,
  onOutput: (chunk, stream) => {
    if (stream === 'stdout') reader.push(chunk);
    return passOn.write(chunk);
  },
});
const { finalMessage } = reader.end();
const ms = performance.now() - start;
const claimed = finalMessage !== null && claimsCompletion(finalMessage, token, '');
// In KiB on Linux and macOS alike: Node makes it so.
process.stderr.write(`${JSON.stringify({ claimed, ms, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`);

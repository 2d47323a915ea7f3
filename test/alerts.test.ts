/** Alerts: a person is told once of what stops the loop, by a program or a web hook, and the loop never waits for it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AlertPayload } from '../scripts/core/alert.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { readPolicies } from '../scripts/effects/policies.ts';
import { programIn } from '../scripts/effects/program.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { projectFiles } from './helpers/project.ts';
import {
  commitFile,
  commitLines,
  countOf,
  journalOf,
  loopbreakerWith,
  sandboxFor,
  stateDirectory,
  told,
} from './helpers/sandbox.ts';

/** Appends what it is given to a file, and what of us it can see. */
const listener = `import { appendFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
const payload = JSON.parse(readFileSync(0, 'utf8'));
const open = readdirSync('/proc/self/fd').flatMap((fd) => { try { return [readlinkSync('/proc/self/fd/' + fd)]; } catch { return []; } });
const ours = Object.keys(process.env).filter((name) => name.startsWith('LOOPBREAKER_') && name !== 'LOOPBREAKER_CHILD');
appendFileSync(process.env.SANDBOX + '/alerts.jsonl', JSON.stringify({ payload, open, ours }) + '\\n');
`;

const allOccasions = ['quarantined', 'held', 'blocked'];

function adopted(...alerts: readonly object[]) {
  const agent = { command: ['node', 'agent.mjs'], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 };
  return { 'listener.mjs': listener, 'policy/loop.json': JSON.stringify({ agent, iterationsMax: 2, alerts }) };
}

const byProgram = adopted({ on: allOccasions, command: ['node', 'listener.mjs'] });

interface Heard {
  readonly payload: AlertPayload;
  readonly open: readonly string[];
  readonly ours: readonly string[];
}

function heard(sandbox: Sandbox): readonly Heard[] {
  const file = path.join(sandbox.directory, 'alerts.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line): Heard => JSON.parse(line));
}

const entryPoint = programIn('', true).commandFile('auto-promote');
const vanish = [`git update-index --skip-worktree ${entryPoint}`, `rm ${entryPoint}`];

test('a quarantine is told once, with all that is needed, and again only after a person has cleared it', async (t) => {
  const sandbox = await sandboxFor(t, byProgram);
  sandbox.plan([{ run: [...commitLines('work.txt'), ...vanish], claim: true }]);
  const secret = { PAGER_TOKEN: 'sesame-open-the-door-9' };
  const end = await loopbreakerWith(sandbox, secret, 'loop');
  assert.equal(end.exitCode, 78, told(end));
  const [first] = heard(sandbox);
  assert.deepEqual(validateDocument('alert', first?.payload, 'stdin'), []);
  const { on, code, circuit, branch, sha, why, remedy } = first?.payload ?? {};
  assert.deepEqual(
    [on, code, circuit, branch],
    ['quarantined', 'circuit-config-fatal', 'promote', 'refs/heads/agent/work'],
  );
  assert.equal(sha, await sandbox.git('rev-parse', 'agent/work'));
  assert.match(`${why} ${remedy}`, /auto-promote\.cjs.*npm run clear -- promote/s);
  assert.deepEqual(
    first?.open.filter((name) => name.includes('loopbreaker/')),
    [],
    'none of our files is open in it',
  );
  assert.deepEqual(first?.ours, []);
  await sandbox.git('update-index', '--no-skip-worktree', entryPoint);
  await sandbox.git('checkout', '--', entryPoint);
  await sandbox.loopbreaker('hold', 'promote', '--why', 'not tonight');
  await sandbox.loopbreaker('loop');
  await sandbox.loopbreaker('loop');
  assert.deepEqual(
    heard(sandbox).map(({ payload }) => payload.on),
    ['quarantined', 'held'],
    'the hold is news once, and a restart is none',
  );
  // Twice, so that the second hold is the very same as the one before its clear.
  for (const count of [3, 4]) {
    await sandbox.loopbreaker('clear', 'promote', '--why', 'over');
    await sandbox.loopbreaker('hold', 'promote', '--why', 'not tonight either');
    await sandbox.loopbreaker('loop');
    assert.equal(heard(sandbox).length, count);
  }
});

test('no secret of the environment or of a URL is in an alert', async (t) => {
  const sandbox = await sandboxFor(t, byProgram);
  const secret = 'sesame-open-the-door-9';
  await sandbox.loopbreaker('hold', '--why', `token ${secret} of https://me:${secret}@host/x leaked`);
  await loopbreakerWith(sandbox, { PAGER_TOKEN: secret }, 'loop');
  const file = readFileSync(path.join(sandbox.directory, 'alerts.jsonl'), 'utf8');
  assert.match(file, /token \*\*\* of/);
  assert.ok(!file.includes(secret));
});

test('a block is told once a branch and reason, and again when it has landed in between', async (t) => {
  const sandbox = await sandboxFor(t, byProgram);
  const broken = (name: string) => ({
    run: ['echo x > broken.txt', 'git add .', `git commit -qm ${name}`],
    claim: true,
  });
  sandbox.plan([broken('one'), { run: ['echo y >> broken.txt', 'git commit -qam two'], claim: true }]);
  await sandbox.loopbreaker('loop');
  assert.equal(countOf(sandbox, 'promotion-begun'), 2);
  assert.deepEqual(
    heard(sandbox).map(({ payload }) => [payload.on, payload.code, payload.circuit]),
    [['blocked', 'qa-red', null]],
  );
  sandbox.plan([{ run: ['git rm -q broken.txt', 'git commit -qm three'], claim: true }]);
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 0);
  sandbox.plan([broken('four')]);
  await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.equal(heard(sandbox).length, 2);
});

test('a promotion that a person or a timer starts tells of a block, a quarantine and a hold too, each once', async (t) => {
  const sandbox = await sandboxFor(t, byProgram);
  const said = () => heard(sandbox).map(({ payload }) => [payload.on, payload.code]);
  await commitFile(sandbox, 'broken.txt', 'x');
  for (const args of [[], [], ['--json']]) {
    assert.equal((await sandbox.loopbreaker('auto-promote', ...args)).exitCode, 1);
    assert.deepEqual(said(), [['blocked', 'qa-red']]);
  }
  await sandbox.git('remote', 'rename', 'origin', 'elsewhere');
  for (const count of [1, 2]) {
    assert.equal((await sandbox.loopbreaker('auto-promote')).exitCode, 78, `run ${count}`);
    assert.deepEqual(said().slice(1), [['quarantined', 'circuit-config-fatal']]);
  }
  await sandbox.loopbreaker('hold', 'promote', '--why', 'freeze');
  for (const command of ['auto-promote', 'auto-promote', 'loop']) {
    assert.equal((await sandbox.loopbreaker(command)).exitCode, 78);
    assert.deepEqual(said().slice(2), [['held', 'circuit-held']]);
  }
  assert.deepEqual(
    heard(sandbox).map(({ payload }) => validateDocument('alert', payload, 'stdin')),
    [[], [], []],
  );
});

for (const [name, alert, says] of [
  ['does not exist', { command: ['no-such-pager'] }, /ENOENT/],
  ['fails', { command: ['sh', '-c', 'echo no such channel; exit 4'] }, /exit code 4: no such channel/],
  ['hangs', { command: ['sh', '-c', 'trap "" TERM; sleep 1000'], timeoutSeconds: 1 }, /timeout/],
  ['is a web hook that nobody answers', { url: 'http://127.0.0.1:1/x?token=verysecret' }, /could not be reached/],
] as const) {
  test(`an alert that ${name} is in the journal, changes nothing about the loop, and is tried by the next one`, async (t) => {
    const sandbox = await sandboxFor(t, adopted({ on: ['held'], ...alert }));
    await sandbox.loopbreaker('hold', 'promote', '--why', 'freeze');
    const end = await sandbox.loopbreaker('loop');
    assert.equal(end.exitCode, 78, told(end));
    const [failed] = journalOf(sandbox).filter((line) => line.event === 'alert-failed');
    assert.match(failed?.why ?? '', says);
    assert.doesNotMatch(JSON.stringify(journalOf(sandbox)), /verysecret/);
    await sandbox.loopbreaker('loop');
    assert.equal(countOf(sandbox, 'alert-failed'), 2);
  });
}

async function webHook(t: TestContext, status: number) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    request.on('end', () => {
      bodies.push(`${request.method} ${request.headers['content-type']} ${text}`);
      response.writeHead(status, { location: '/elsewhere' }).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, bodies };
}

for (const [status, event] of [
  [204, 'alert-delivered'],
  [302, 'alert-failed'],
  [500, 'alert-failed'],
] as const) {
  test(`a web hook that answers ${status} gets the alert by one POST: ${event}`, async (t) => {
    const hook = await webHook(t, status);
    const sandbox = await sandboxFor(t, adopted({ on: ['held'], url: hook.url }));
    await sandbox.loopbreaker('hold', 'agent', '--why', 'freeze');
    await sandbox.loopbreaker('loop');
    assert.equal(hook.bodies.length, 1);
    const [, body = ''] = /^POST application\/json (.*)$/s.exec(hook.bodies[0] ?? '') ?? [];
    assert.deepEqual(validateDocument('alert', JSON.parse(body), 'body'), []);
    assert.equal(countOf(sandbox, event), 1);
  });
}

test('a controller that was written before there were alerts is read', async (t) => {
  const sandbox = await sandboxFor(t, byProgram);
  await sandbox.loopbreaker('hold', 'promote', '--why', 'freeze');
  const file = path.join(stateDirectory(sandbox), 'controller.json');
  const { alerted, ...older } = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(alerted, []);
  writeFileSync(file, JSON.stringify(older));
  const status = await sandbox.loopbreaker('status', '--json');
  assert.equal(JSON.parse(status.stdout).state, 'read', told(status));
});

test('an alert needs one way to go', async () => {
  for (const [alert, says] of [
    [{ on: ['held'] }, /reach nobody/],
    [{ on: ['held'], command: ['x'], url: 'https://x' }, /two ways/],
    [{ on: ['held'], url: 'ftp://x' }, /not allowed/],
  ] as const) {
    const loop = JSON.stringify({ agent: { command: ['agent'] }, alerts: [alert] });
    const files: Readonly<Record<string, string>> = { ...projectFiles, 'policy/loop.json': loop };
    const reading = await readPolicies((name) => Promise.resolve(files[name] ?? null));
    assert.match(reading.ok ? '' : (reading.problems[0]?.problem ?? ''), says);
  }
});

/** A git host that says until when it takes nothing is waited for until then, and counts nothing. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { commitFile, controllerOf, countOf, sandboxFor, told } from './helpers/sandbox.ts';
import { promote } from './helpers/strategies.ts';

const minuteMs = 60_000;

function assertWaitsFor(retryAt: string | undefined, minutes: number): void {
  const leftMs = Date.parse(retryAt ?? '') - Date.now();
  assert.ok(leftMs > (minutes - 2) * minuteMs && leftMs <= minutes * minuteMs, `${retryAt}`);
}

test('a push that is answered with 429 and a time waits for it, and the next run does not even ask', async (t) => {
  const sandbox = await sandboxFor(t);
  const hook = path.join(sandbox.remote, 'hooks', 'pre-receive');
  writeFileSync(hook, '#!/bin/sh\necho "HTTP/1.1 429 Too Many Requests"; echo "Retry-After: 3600"; exit 1\n');
  chmodSync(hook, 0o755);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  const { failure } = end.report;
  assert.deepEqual([end.exitCode, failure?.class, failure?.rule], [75, 'rate-limited', 'request-limit'], told(end));
  assertWaitsFor(failure?.retryAt, 60);
  const { promote: circuit } = controllerOf(sandbox).circuits;
  assert.deepEqual([circuit.state, circuit.consecutiveFailures], ['closed', 0]);
  assertWaitsFor(new Date(circuit.nextEligibleAt ?? 0).toISOString(), 60);
  const again = await promote(sandbox);
  assert.deepEqual([again.exitCode, again.report.failure?.rule], [75, 'circuit-open'], told(again));
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
});

test('so does a fetch, which without a time is tried again soon', async (t) => {
  let body = 'Too many requests, try again in 30 minutes\n';
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(429, { 'content-type': 'text/plain' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const sandbox = await sandboxFor(t, {
    'policy/breaker.json': JSON.stringify({ retry: { attemptsMax: 2, capSeconds: 1 } }),
  });
  await commitFile(sandbox, 'work.txt', 'work\n');
  await sandbox.git('remote', 'set-url', 'origin', `http://127.0.0.1:${port}/x.git`);
  const stated = await promote(sandbox);
  assert.deepEqual([stated.report.failure?.class, asked], ['rate-limited', 1], told(stated));
  assertWaitsFor(stated.report.failure?.retryAt, 30);
  const cleared = await sandbox.loopbreaker('clear', 'promote', '--why', 'once more');
  assert.match(cleared.stdout, /promote circuit \(it was waiting for a limit\)/);
  body = 'slow down\n';
  const silent = await promote(sandbox);
  assert.deepEqual([silent.report.failure?.class, asked], ['transient', 3], told(silent));
});

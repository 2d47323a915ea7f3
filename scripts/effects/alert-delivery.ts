/** Delivers one alert: to a program on its stdin, or to a web hook by POST. It may fail; it cannot hang or throw. */
import type { AlertPayload } from '../core/alert.ts';
import { messageOf } from '../core/outcome.ts';
import type { AlertPolicy } from '../core/policy.ts';
import { secretValues, withoutSecrets } from '../core/secrets.ts';
import { childEnvironment, runChild } from './agent.ts';

export interface Delivery {
  readonly policy: AlertPolicy;
  readonly payload: AlertPayload;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Unique; what the program starts is found by it and ended. */
  readonly marker: string;
  readonly signal: AbortSignal;
}

async function run(argv: readonly string[], delivery: Delivery): Promise<string | null> {
  const { cwd, env, marker, signal, policy, payload } = delivery;
  const end = await runChild({
    argv,
    cwd,
    env: childEnvironment(env, marker),
    marker,
    input: `${JSON.stringify(payload)}\n`,
    timeoutMs: policy.timeoutSeconds * 1000,
    signal,
  });
  if (end.exitCode === 0 && end.stoppedBy === null) return null;
  const how = end.spawnError ?? end.stoppedBy ?? end.signal ?? `exit code ${end.exitCode}`;
  const said = end.outputTail.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  return `the program ended with ${how}${said === '' ? '' : `: ${said}`}`;
}

/** The reason behind "fetch failed", which is all that fetch itself says. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${messageOf(error)}${cause}`;
}

async function post(url: string, { payload, policy, signal }: Delivery): Promise<string | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      // Another place than the policy names gets nothing.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(policy.timeoutSeconds * 1000)]),
    });
    await response.body?.cancel();
    return response.ok ? null : `the web hook answered ${response.status}`;
  } catch (error) {
    return `the web hook could not be reached: ${reasonOf(error)}`;
  }
}

/** Delivers an alert within its time limit. Returns null when it was taken, else why it was not, without secrets. */
export async function deliverAlert(delivery: Delivery): Promise<string | null> {
  const { command, url } = delivery.policy;
  const why = command === undefined ? await post(url ?? '', delivery) : await run(command, delivery);
  return why === null
    ? null
    : withoutSecrets(why, [...secretValues(delivery.env), ...(url === undefined ? [] : [url])]);
}

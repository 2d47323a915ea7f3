/** Alerts: what a person is told by a program or a web hook of their own, once, while they are not looking. Pure. */
import type { Circuit } from './circuit.ts';
import type { CircuitName, Controller } from './controller.ts';
import { sha256Hex } from './evidence.ts';
import type { AlertPolicy } from './policy.ts';
import type { PromotionEnd } from './promotion.ts';
import { withoutSecrets } from './secrets.ts';
import type { Stop } from './stop.ts';
import type { TriggerId } from './verdict.ts';

/** One thing that a person may want to be told. Times are believed, ms. */
export interface Alert {
  readonly on: AlertPolicy['on'][number];
  /** The circuit that is stopped, or the branch that is blocked. */
  readonly about: string;
  readonly code: string;
  readonly signature: string;
  readonly why: string;
  readonly since: number | null;
  readonly until: number | null;
  readonly remedy: string;
  readonly trigger: TriggerId | null;
}

/** The JSON that is delivered (policy/schema/alert.schema.json). Times are wall-clock times. */
export interface AlertPayload {
  readonly version: 1;
  readonly on: Alert['on'];
  readonly at: string;
  readonly host: string;
  readonly repository: string;
  readonly circuit: CircuitName | null;
  readonly branch: string | null;
  readonly sha: string | null;
  readonly code: string;
  readonly signature: string;
  readonly why: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly remedy: string;
}

/** The alert of a stopped circuit; null for a stop that ends by itself soon and is nobody's business. */
export function alertOfStop(stop: Stop | null, circuit: Circuit, trigger: TriggerId | null): Alert | null {
  if (stop === null) return null;
  const { circuit: about, code, why, since, until, remedy } = stop;
  const base = { about, code, signature: circuit.lastSignature ?? code, why, since, until, remedy, trigger };
  switch (code) {
    case 'circuit-held':
      return { ...base, on: 'held' };
    case 'circuit-config-fatal':
    case 'circuit-quarantined':
    case 'circuit-unreadable':
      return { ...base, on: 'quarantined' };
    case 'circuit-probing':
    case 'circuit-limited':
      return null;
  }
}

/** The alert of a branch that was blocked just now; null for every other end of a promotion. */
export function alertOfEnd(end: PromotionEnd | null, trigger: TriggerId, now: number): Alert | null {
  if (end?.outcome !== 'blocked' || end.failure === null) return null;
  const { rule: code, signature, problem: why, remedy } = end.failure;
  return { on: 'blocked', about: trigger.branch, code, signature, why, since: now, until: null, remedy, trigger };
}

/** What is remembered of an alert that was delivered by one policy: the same again is not told again. */
export function alertKey(alert: Alert, policy: AlertPolicy): string {
  const way = sha256Hex(JSON.stringify(policy.command ?? policy.url)).slice(0, 8);
  return `${alert.about} ${way} ${alert.on} ${sha256Hex(alert.signature).slice(0, 16)}`;
}

/** More than these are forgotten, the oldest first: it would be told once more. */
const alertedMax = 16;

/** Remembers that an alert is being delivered. */
export function withAlert(controller: Controller, key: string): Controller {
  return { ...controller, alerted: [...controller.alerted, key].slice(-alertedMax) };
}

/** Forgets one alert: it could not be delivered. */
export function withoutAlert(controller: Controller, key: string): Controller {
  return { ...controller, alerted: controller.alerted.filter((other) => other !== key) };
}

const textMax = 1000;

/** The payload, without the secrets in `secrets` and in URLs. `shiftMs` turns believed time into wall-clock time. */
export function payloadOf(
  alert: Alert,
  place: { readonly host: string; readonly repository: string },
  nowMs: number,
  shiftMs: number,
  secrets: readonly string[],
): AlertPayload {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms + shiftMs).toISOString());
  const clean = (text: string) => withoutSecrets(text, secrets).slice(0, textMax);
  const isBranch = alert.on === 'blocked';
  return {
    version: 1,
    on: alert.on,
    at: new Date(nowMs).toISOString(),
    host: place.host,
    repository: place.repository,
    circuit: isBranch || (alert.about !== 'agent' && alert.about !== 'promote') ? null : alert.about,
    branch: alert.trigger?.branch ?? null,
    sha: alert.trigger?.sha ?? null,
    code: alert.code,
    signature: clean(alert.signature),
    why: clean(alert.why),
    since: iso(alert.since),
    until: iso(alert.until),
    remedy: clean(alert.remedy),
  };
}

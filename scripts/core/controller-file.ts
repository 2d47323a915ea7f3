/** The controller as it stands in controller.json (design section 5): times are ISO 8601, absent things are null. */
import type { Circuit, HalfOpenCircuit, OpenCircuit } from './circuit.ts';
import type { Attempt, CircuitName, Controller, ProcessIdentity, Trigger } from './controller.ts';
import type { Evidence } from './evidence.ts';
import type { FailureClass, Phase } from './failure.ts';

export const controllerVersion = 1;

export interface CircuitFile {
  readonly state: Circuit['state'];
  readonly era: number;
  readonly consecutiveFailures: number;
  readonly sameSignatureCount: number;
  readonly lastFailureClass: FailureClass | null;
  readonly lastSignature: string | null;
  readonly lastRemedy: string | null;
  readonly recentFailures: readonly { readonly at: string; readonly signature: string }[];
  readonly openedAt: string | null;
  readonly firstOpenedAt: string | null;
  readonly quarantineUntil: string | null;
  readonly nextEligibleAt: string | null;
  readonly growth: number;
  readonly failedProbes: number;
  readonly evidence: Evidence | null;
  readonly triedEvidence: readonly string[];
  readonly lease: { readonly runId: string; readonly expiresAt: string } | null;
  readonly successes: number;
  readonly interruptions: number;
  readonly heldBy: string | null;
  readonly why: string | null;
}

interface TriggerFile {
  readonly branch: string;
  readonly sha: string;
  readonly state: Trigger['state'];
  readonly notBefore: string | null;
}

interface AttemptFile {
  readonly runId: string;
  readonly circuit: CircuitName;
  readonly era: number;
  readonly phase: Phase;
  readonly owner: ProcessIdentity;
  readonly startedAt: string;
  readonly trigger: { readonly branch: string; readonly sha: string } | null;
}

export interface ControllerFile {
  readonly version: typeof controllerVersion;
  readonly revision: number;
  readonly bootId: string | null;
  readonly monotonicMs: number | null;
  readonly retryTokens: number;
  readonly circuits: Readonly<Record<CircuitName, CircuitFile>>;
  /** The newest unfinished trigger. */
  readonly trigger: TriggerFile | null;
  /** Unfinished triggers of other branches, oldest first. */
  readonly otherTriggers: readonly TriggerFile[];
  readonly attempts: readonly AttemptFile[];
  readonly agentRuns: { readonly since: string; readonly count: number };
  /** Left out by versions that delivered no alerts; the schema fills it in. */
  readonly alerted: readonly string[];
  readonly updatedAt: string | null;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
const ms = (text: string): number => Date.parse(text);
const msOrNull = (text: string | null): number | null => (text === null ? null : ms(text));

/** Largest count that the schema allows. A damaged file may stand at it; it must not make the next write impossible. */
const countMax = 1_000_000_000;
const counted = (count: number): number => Math.min(count, countMax);

/** Reasons and names come from people and programs and may be of any length; the file's are not. */
const shortened = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;

function encodeCircuit(circuit: Circuit): CircuitFile {
  const half: HalfOpenCircuit | null = circuit.state === 'half-open' ? circuit : null;
  return {
    state: circuit.state,
    era: counted(circuit.era),
    consecutiveFailures: counted(circuit.consecutiveFailures),
    sameSignatureCount: counted(circuit.sameSignatureCount),
    lastFailureClass: circuit.lastFailureClass,
    lastSignature: circuit.lastSignature,
    lastRemedy: circuit.lastRemedy === null ? null : circuit.lastRemedy.slice(0, 500),
    recentFailures: circuit.recentFailures.map(({ at, signature }) => ({ at: iso(at), signature })),
    openedAt: circuit.state === 'closed' ? null : iso(circuit.openedAt),
    firstOpenedAt: isoOrNull(circuit.firstOpenedAt),
    quarantineUntil: circuit.state === 'open' ? iso(circuit.quarantineUntil) : null,
    nextEligibleAt: isoOrNull(circuit.nextEligibleAt),
    growth: circuit.growth,
    failedProbes: Math.min(circuit.failedProbes, 1000),
    evidence: circuit.state === 'open' || circuit.state === 'half-open' ? circuit.evidence : null,
    triedEvidence: circuit.triedEvidence,
    lease: half?.lease ? { runId: half.lease.runId, expiresAt: iso(half.lease.expiresAt) } : null,
    successes: counted(half?.successes ?? 0),
    interruptions: counted(half?.interruptions ?? 0),
    heldBy: circuit.state === 'held' ? shortened(circuit.heldBy, 256) : null,
    why: circuit.state === 'closed' ? null : shortened(circuit.why, 1024),
  };
}

/** The circuit in a file that its schema has accepted: each state has the times that it needs. */
function decodeCircuit(file: CircuitFile): Circuit {
  const memory = {
    era: file.era,
    consecutiveFailures: file.consecutiveFailures,
    sameSignatureCount: file.sameSignatureCount,
    lastFailureClass: file.lastFailureClass,
    lastSignature: file.lastSignature,
    lastRemedy: file.lastRemedy,
    recentFailures: file.recentFailures.map(({ at, signature }) => ({ at: ms(at), signature })),
    growth: file.growth,
    failedProbes: file.failedProbes,
    firstOpenedAt: msOrNull(file.firstOpenedAt),
    nextEligibleAt: msOrNull(file.nextEligibleAt),
    triedEvidence: file.triedEvidence,
  };
  const opened = { openedAt: ms(file.openedAt ?? ''), evidence: file.evidence, why: file.why ?? '' };
  switch (file.state) {
    case 'closed':
      return { ...memory, state: 'closed' };
    case 'open': {
      const open: OpenCircuit = {
        ...memory,
        ...opened,
        state: 'open',
        quarantineUntil: ms(file.quarantineUntil ?? ''),
      };
      return open;
    }
    case 'half-open': {
      const lease = file.lease === null ? null : { runId: file.lease.runId, expiresAt: ms(file.lease.expiresAt) };
      const { successes, interruptions } = file;
      return { ...memory, ...opened, state: 'half-open', lease, successes, interruptions };
    }
    case 'held':
      return { ...memory, state: 'held', openedAt: opened.openedAt, heldBy: file.heldBy ?? '', why: opened.why };
  }
}

const encodeTrigger = (trigger: Trigger): TriggerFile => ({ ...trigger, notBefore: isoOrNull(trigger.notBefore) });
const decodeTrigger = (file: TriggerFile): Trigger => ({ ...file, notBefore: msOrNull(file.notBefore) });

/** The file for a controller. */
export function encodeController(controller: Controller): ControllerFile {
  const triggers = controller.triggers.map(encodeTrigger);
  return {
    version: controllerVersion,
    revision: counted(controller.revision),
    bootId: controller.clock?.bootId ?? null,
    monotonicMs: controller.clock === null ? null : Math.round(controller.clock.monotonicMs),
    retryTokens: controller.retryTokens,
    circuits: {
      agent: encodeCircuit(controller.circuits.agent),
      promote: encodeCircuit(controller.circuits.promote),
    },
    trigger: triggers.at(-1) ?? null,
    otherTriggers: triggers.slice(0, -1),
    attempts: controller.attempts.map((attempt: Attempt) => ({ ...attempt, startedAt: iso(attempt.startedAt) })),
    agentRuns: { since: iso(controller.agentRuns.since), count: counted(controller.agentRuns.count) },
    alerted: controller.alerted,
    updatedAt: isoOrNull(controller.clock?.atMs ?? null),
  };
}

/** The controller of a file that its schema has accepted. */
export function decodeController(file: ControllerFile): Controller {
  const atMs = msOrNull(file.updatedAt);
  const { bootId, monotonicMs } = file;
  return {
    revision: file.revision,
    clock: atMs === null || bootId === null || monotonicMs === null ? null : { atMs, bootId, monotonicMs },
    retryTokens: file.retryTokens,
    circuits: { agent: decodeCircuit(file.circuits.agent), promote: decodeCircuit(file.circuits.promote) },
    triggers: [...file.otherTriggers, ...(file.trigger === null ? [] : [file.trigger])].map(decodeTrigger),
    attempts: file.attempts.map((attempt) => ({ ...attempt, startedAt: ms(attempt.startedAt) })),
    agentRuns: { since: ms(file.agentRuns.since), count: file.agentRuns.count },
    alerted: file.alerted,
  };
}

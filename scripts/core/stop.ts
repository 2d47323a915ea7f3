/** Why a circuit does not admit anything now: since when, until when, and the one thing that frees it. */

import { admits } from './breaker.ts';
import type { Circuit } from './circuit.ts';
import { unreadableSignature } from './circuit-steps.ts';
import type { CircuitName } from './controller.ts';
import { absent, changedByRun, type Evidence } from './evidence.ts';
import { type ExitCode, exitCodes } from './outcome.ts';
import { blockedPrefix } from './promotion.ts';

export interface Stop {
  readonly circuit: CircuitName;
  readonly code:
    | 'circuit-unreadable'
    | 'circuit-held'
    | 'circuit-config-fatal'
    | 'circuit-quarantined'
    | 'circuit-probing'
    | 'circuit-limited';
  readonly why: string;
  /** Believed times, ms; null where there is none. */
  readonly since: number | null;
  readonly until: number | null;
  /** What would have to change, by name. */
  readonly inputs: readonly string[];
  readonly remedy: string;
  readonly exitCode: ExitCode;
}

function evidenceOfCircuit(circuit: Circuit): Evidence | null {
  return circuit.state === 'open' || circuit.state === 'half-open' ? circuit.evidence : null;
}

function evidenceNames(circuit: Circuit): readonly string[] {
  const inputs = (evidenceOfCircuit(circuit)?.inputs ?? []).filter((input) => input.sha256 !== changedByRun);
  const gone = inputs.filter((input) => input.sha256 === absent && !input.name.startsWith('credential.'));
  return (gone.length > 0 ? gone : inputs).map((input) => input.name);
}

/** What frees a circuit that waits for changed inputs: the failure's own remedy, and whether the change is noticed. */
function configFatalRemedy(circuit: Circuit, clear: string): string {
  const evidence = evidenceOfCircuit(circuit);
  const remedy = circuit.lastRemedy ?? 'mend the cause';
  switch (evidence?.kind ?? 'none') {
    case 'entry-point':
      return `${remedy}. In ${evidence?.where ?? 'this work tree'} that is noticed by itself. Or: ${clear}`;
    case 'agent': {
      const isWatched = evidence?.inputs.every((input) => input.sha256 !== changedByRun) ?? false;
      const program = isWatched ? ', or of its program,' : '';
      return `${remedy}. A change of the agent in policy/loop.json${program} is noticed by itself; else: ${clear}`;
    }
    case 'remote-gone':
      return `${remedy}. A remote that answers again, or another URL, is noticed within a minute. Or: ${clear}`;
    case 'remote':
      return `${remedy}. A changed URL or credential helper is noticed by itself; else: ${clear}`;
    case 'remote-target':
      return `${remedy}. That is noticed by itself within a minute. Or: ${clear}`;
    case 'disk':
      return `${remedy}. A disk with clearly more room, or that can be written again, is noticed by itself. Or: ${clear}`;
    case 'none':
      return `${remedy}, then: ${clear}`;
  }
}

/** Why it admits nothing; and by whom it is held, unless by us after too many failed probes. */
function whyOf(circuit: Circuit): string {
  switch (circuit.state) {
    case 'closed':
      return 'a limit was reached';
    case 'open':
    case 'half-open':
      return circuit.why;
    case 'held':
      return circuit.heldBy === 'loopbreaker' ? circuit.why : `${circuit.why} (held by ${circuit.heldBy})`;
  }
}

/**
 * What frees a circuit that time frees: what to look at, and the command, since a cure is not noticed before its time. A
 * block that a person may accept is answered by landing it (acceptance.ts).
 */
function quarantineRemedy({ lastSignature, lastRemedy, lastFailureClass }: Circuit, clear: string): string {
  if (lastSignature === unreadableSignature) return `look at the state directory, then: ${clear}`;
  const isBlock = lastSignature?.startsWith(blockedPrefix) ?? false;
  if (isBlock && lastRemedy?.includes(' --accept-protected '))
    return `${lastRemedy}. What is accepted and lands frees the agent too where nothing else has stopped it. Or wait until then, or: ${clear}`;
  if (lastRemedy === null || lastFailureClass === 'transient')
    return `wait until then, when it is tried again; earlier, once the cause is gone: ${clear}`;
  const branch = isBlock ? ' Its branch is blocked too: npm run status has the command for that.' : '';
  return `${lastRemedy}.${branch} It is tried again then; earlier with: ${clear}`;
}

/** The stop of a circuit at `now`, or null when it admits an attempt. */
export function stopOf(name: CircuitName, circuit: Circuit, now: number): Stop | null {
  const admission = admits(circuit, now);
  if (admission.admitted) return null;
  const clear = `npm run clear -- ${name} --why "your reason"`;
  const since = circuit.firstOpenedAt;
  const why = whyOf(circuit);
  const base = { circuit: name, why, since, until: admission.until, inputs: evidenceNames(circuit) };
  switch (admission.reason) {
    case 'held':
      return { ...base, code: 'circuit-held', remedy: clear, exitCode: exitCodes.configFatal };
    case 'limited': {
      const remedy = `wait until then: a loop that waits goes on, and so does the next npm run loop. If it was raised: ${clear}`;
      return { ...base, code: 'circuit-limited', remedy, exitCode: exitCodes.tryLater };
    }
    case 'probe-running': {
      const remedy = 'wait for the probe that is running; npm run status shows it';
      return { ...base, code: 'circuit-probing', remedy, exitCode: exitCodes.tryLater };
    }
    case 'open': {
      if (circuit.lastFailureClass !== 'config-fatal') {
        const code = circuit.lastSignature === unreadableSignature ? 'circuit-unreadable' : 'circuit-quarantined';
        return { ...base, code, remedy: quarantineRemedy(circuit, clear), exitCode: exitCodes.tryLater };
      }
      const remedy = configFatalRemedy(circuit, clear);
      return { ...base, code: 'circuit-config-fatal', remedy, exitCode: exitCodes.configFatal };
    }
  }
}

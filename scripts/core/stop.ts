/** Why a circuit does not admit anything now: since when, until when, and the one thing that frees it. */

import { admits } from './breaker.ts';
import type { Circuit } from './circuit.ts';
import type { CircuitName } from './controller.ts';
import { absent } from './evidence.ts';
import { type ExitCode, exitCodes } from './outcome.ts';

export interface Stop {
  readonly circuit: CircuitName;
  readonly code:
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

function evidenceNames(circuit: Circuit): readonly string[] {
  if (circuit.state !== 'open' && circuit.state !== 'half-open') return [];
  const inputs = circuit.evidence?.inputs ?? [];
  const gone = inputs.filter((input) => input.sha256 === absent);
  return (gone.length > 0 ? gone : inputs).map((input) => input.name);
}

function configFatalRemedy(name: CircuitName, inputs: readonly string[]): string {
  const clear = `npm run clear -- ${name} --why "…"`;
  if (inputs.length === 0) return `mend the cause, then: ${clear}`;
  const named = inputs.slice(0, 3).join(', ');
  return `restore or correct ${named} (npm run doctor prints how); that is noticed by itself. Or: ${clear}`;
}

/** The stop of a circuit at `now`, or null when it admits an attempt. */
export function stopOf(name: CircuitName, circuit: Circuit, now: number): Stop | null {
  const admission = admits(circuit, now);
  if (admission.admitted) return null;
  const clear = `npm run clear -- ${name} --why "…"`;
  const since = circuit.firstOpenedAt;
  const why = circuit.state === 'closed' ? 'a limit was reached' : circuit.why;
  const base = { circuit: name, why, since, until: admission.until, inputs: evidenceNames(circuit) };
  switch (admission.reason) {
    case 'held':
      return { ...base, code: 'circuit-held', remedy: clear, exitCode: exitCodes.configFatal };
    case 'limited': {
      const remedy = 'nothing to do: it goes on by itself';
      return { ...base, code: 'circuit-limited', remedy, exitCode: exitCodes.tryLater };
    }
    case 'probe-running': {
      const remedy = 'wait for the probe that is running; npm run status shows it';
      return { ...base, code: 'circuit-probing', remedy, exitCode: exitCodes.tryLater };
    }
    case 'open': {
      if (circuit.lastFailureClass !== 'config-fatal') {
        const remedy = `wait until then, or: ${clear}`;
        return { ...base, code: 'circuit-quarantined', remedy, exitCode: exitCodes.tryLater };
      }
      const remedy = configFatalRemedy(name, base.inputs);
      return { ...base, code: 'circuit-config-fatal', remedy, exitCode: exitCodes.configFatal };
    }
  }
}

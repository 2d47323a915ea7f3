/** A refusal of a command, as the failure that breaker and loop are told. */
import { ownFailure } from './core/classify.ts';
import type { Failure, FailureClass } from './core/failure.ts';
import { type ExitCode, exitCodes, type Refusal } from './core/outcome.ts';

function classOfRefusal(exitCode: ExitCode): FailureClass {
  if (exitCode === exitCodes.configFatal || exitCode === exitCodes.usage) return 'config-fatal';
  return exitCode === exitCodes.refused ? 'policy-terminal' : 'transient';
}

/** A refusal before the first phase, as the failure that the loop is told: it must not have to guess from an exit code. */
export function failureOfRefusal({ detail }: Refusal): Failure {
  const { code: id, problem, remedy } = detail;
  const rule = { id, class: classOfRefusal(detail.exitCode), subclass: 'refused', problem, remedy };
  return ownFailure('preflight', rule, { about: problem });
}

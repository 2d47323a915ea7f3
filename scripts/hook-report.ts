/** What the hooks say of a diagnosis. */
import type { Call } from './command.ts';
import { type DoctorResult, doctorExitCode } from './core/doctor.ts';
import { type ExitCode, exitCodes } from './core/outcome.ts';

/** Says one line when the tree is fit to run and everything when it is not; returns the doctor's exit code. */
export async function announce(call: Call, what: string, result: DoctorResult): Promise<ExitCode> {
  const exitCode = doctorExitCode(result);
  if (exitCode === exitCodes.ok) call.stderr.write(`loopbreaker: ${what}: ${result.population}, fit to run\n`);
  else {
    const { formatDoctor, styleFor } = await import('./report/terminal.ts');
    const report = formatDoctor(result, styleFor(call.stderr, call.env), { troubleOnly: true });
    call.stderr.write(`loopbreaker: ${what} is refused\n${report}`);
  }
  return exitCode;
}

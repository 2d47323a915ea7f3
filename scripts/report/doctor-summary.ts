/** What the doctor found, as plain lines: for a prompt, a journal line or a failure's tail. */
import type { DoctorResult } from '../core/doctor.ts';

/** One line for every error and for every check that could not be made, errors first. */
export function doctorSummary(result: DoctorResult): string {
  const errors = result.checks.flatMap((check) =>
    check.findings
      .filter((finding) => finding.severity === 'error')
      .map((finding) => `${finding.code}${finding.path === undefined ? '' : ` ${finding.path}`}: ${finding.problem}`),
  );
  const unknown = result.checks
    .filter((check) => check.status === 'unknown')
    .map((check) => `${check.id} could not be checked: ${check.reason ?? 'no reason given'}`);
  return [...errors, ...unknown].join('\n');
}

/** What the doctor found, as plain lines: for a prompt, a journal line or a failure's tail. */
import type { DoctorResult, Finding } from '../core/doctor.ts';

function placeOf({ path, line }: Finding): readonly string[] {
  if (path === undefined) return [];
  return [line === undefined ? path : `${path}:${line}`];
}

/** One line for every error and for every check that could not be made, errors first. */
export function doctorSummary(result: DoctorResult): string {
  const errors = result.checks.flatMap((check) =>
    check.findings
      .filter((finding) => finding.severity === 'error')
      .map((finding) => `${[finding.code, ...placeOf(finding)].join(' ')}: ${finding.problem}`),
  );
  const unknown = result.checks
    .filter((check) => check.status === 'unknown')
    .map((check) => `${check.id} could not be checked: ${check.reason ?? 'no reason given'}`);
  return [...errors, ...unknown].join('\n');
}

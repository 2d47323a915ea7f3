/** Results for programs: the contract of design section 3, one JSON object on one line. */
import type { DoctorResult } from '../core/doctor.ts';

/** The doctor's result as JSON, ending in a newline; policy/schema/doctor-output.schema.json describes it. */
export function doctorJson(result: DoctorResult): string {
  return `${JSON.stringify(result)}\n`;
}

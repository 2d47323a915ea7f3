/** The doctor's result as SARIF 2.1.0, for code scanning and for other programs that show findings. */
import { type CheckResult, type DoctorResult, doctorExitCode, type Finding, type Severity } from '../core/doctor.ts';
import { leftOutWords } from '../core/doctor-limits.ts';
import { type FindingCode, findingCodes } from '../core/finding-codes.ts';
import { fingerprintsOf } from '../core/fingerprint.ts';
import { manifestPath } from '../core/manifest.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json';
const levelOf = { error: 'error', warning: 'warning', note: 'note' } as const satisfies Record<Severity, string>;

/** Text that can be written as UTF-8: half a surrogate pair, which JSON can hold, becomes U+FFFD. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** A relative URI reference: every folder's name escaped, so that a colon in it is no scheme. */
function uriOf(path: string): string {
  const segments = wellFormed(path).split('/');
  return segments.map((segment) => encodeURIComponent(segment).replaceAll("'", '%27')).join('/');
}

function ruleOf(code: FindingCode) {
  const { title, why, remedy } = findingCodes[code];
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${why} To mend it: ${remedy}.` },
  };
}

/** A finding without a place of its own is about the contract as a whole: a viewer leaves out what has no location. */
function locationOf({ path = manifestPath, line = 1 }: Finding) {
  const artifactLocation = { uri: uriOf(path), uriBaseId: '%SRCROOT%' };
  return { physicalLocation: { artifactLocation, region: { startLine: line } } };
}

function resultOf(finding: Finding, check: CheckResult, ruleIndex: number, fingerprint: string) {
  const { code, severity, problem, remedy, commands, accepted } = finding;
  const mending = severity === 'note' ? '' : `\nTo mend it: ${[remedy, ...commands].join('\n  ')}`;
  const justification = accepted === undefined ? '' : `${accepted.reason} (until ${accepted.until})`;
  return {
    ruleId: code,
    ruleIndex,
    level: levelOf[severity],
    message: { text: wellFormed(`${problem}${mending}`) },
    locations: [locationOf(finding)],
    partialFingerprints: { 'loopbreaker/v1': fingerprint },
    ...(accepted === undefined
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: wellFormed(justification) }] }),
    properties: { check: check.id, remedy: wellFormed(remedy), commands: commands.map(wellFormed) },
  };
}

/** Checks without an answer, or with more than is told: said about the run, never a missing result that looks like "fine". */
function notificationsOf(checks: readonly CheckResult[]) {
  return checks.flatMap(({ id, status, reason, leftOut }) => {
    const properties = { check: id };
    const rest = leftOut === undefined ? [] : [{ level: 'note', message: { text: leftOutWords(leftOut) }, properties }];
    if (reason === undefined) return rest;
    const text = wellFormed(`${id} ${status === 'skip' ? 'was skipped' : 'could not be checked'}: ${reason}`);
    return [{ level: status === 'skip' ? 'note' : 'error', message: { text }, properties }, ...rest];
  });
}

/** One SARIF log on one line, ending in a newline. `version` is that of loopbreaker. */
export function doctorSarif(result: DoctorResult, version: string): string {
  const found = result.checks.flatMap((check) => check.findings.map((finding) => ({ check, finding })));
  const codes = [...new Set(found.map(({ finding }) => finding.code))].sort();
  const fingerprints = fingerprintsOf(found.map(({ finding }) => finding));
  const results = found.map(({ check, finding }, index) =>
    resultOf(finding, check, codes.indexOf(finding.code), fingerprints[index] ?? ''),
  );
  const invocation = {
    executionSuccessful: result.summary.unknown === 0,
    exitCode: doctorExitCode(result),
    toolExecutionNotifications: notificationsOf(result.checks),
  };
  const run = {
    tool: { driver: { name: 'loopbreaker', semanticVersion: version, rules: codes.map(ruleOf) } },
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'the root of the work tree' } } },
    invocations: [invocation],
    columnKind: 'utf16CodeUnits',
    results,
    properties: { tree: wellFormed(result.tree), population: wellFormed(result.population), summary: result.summary },
  };
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] })}\n`;
}

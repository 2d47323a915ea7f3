/** Results of the doctor as no repository would give them at once, and how each format is read back. */
import { stripVTControlCharacters } from 'node:util';
import type { CheckOutcome, DoctorResult, Finding, Severity } from '../../scripts/core/doctor.ts';
import { resultOf, summarise } from '../../scripts/core/doctor.ts';

/** A result of checks with these outcomes. */
export function resultWith(...outcomes: readonly CheckOutcome[]): DoctorResult {
  const checks = outcomes.map((outcome, index) => resultOf({ id: `check-${index}`, title: 'a question' }, outcome, 1));
  return summarise('index', '41 files of the index', checks);
}

/** A finding; what is not given is plain. */
export function findingWith(parts: Partial<Finding> = {}): Finding {
  const base = { code: 'path-missing', severity: 'error', problem: 'a.ts is not there.' } as const;
  return { ...base, remedy: 'put it there', commands: ['git checkout -- a.ts'], path: 'a.ts', ...parts };
}

/** `severity code path:line` of every finding, sorted: what all formats must agree on. */
export type Told = readonly string[];

function told(severity: string, code: string, path = '', line?: number): string {
  return `${severity} ${code} ${path}:${line ?? ''}`;
}

/** What the JSON tells; it is the reference. */
export function toldByJson(text: string): Told {
  const result: DoctorResult = JSON.parse(text);
  const findings = result.checks.flatMap((check) => check.findings);
  return findings.map(({ severity, code, path, line }) => told(severity, code, path, line)).sort();
}

interface SarifLog {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly {
      readonly exitCode: number;
      readonly toolExecutionNotifications: readonly {
        readonly level: string;
        readonly properties: { check: string };
      }[];
    }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: Severity;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly suppressions?: readonly { readonly justification: string }[];
    }[];
  }[];
}

/** The one run of a SARIF log. */
export function sarifRun(text: string) {
  const log: SarifLog = JSON.parse(text);
  const [run] = log.runs;
  if (run === undefined) throw new Error('the log has no run');
  return run;
}

/** What the SARIF log tells. A finding without a place has one there; `placed` says which places are its own. */
export function toldBySarif(text: string, result: DoctorResult): Told {
  const findings = result.checks.flatMap((check) => check.findings);
  return sarifRun(text)
    .results.map((one, index) => {
      const { path, line } = findings[index] ?? {};
      const { artifactLocation, region } = one.locations[0]?.physicalLocation ?? {};
      const uri = decodeURIComponent(artifactLocation?.uri ?? '');
      return told(
        one.level,
        one.ruleId,
        path === undefined ? '' : uri,
        line === undefined ? undefined : region?.startLine,
      );
    })
    .sort();
}

/** A workflow command as the runner of GitHub Actions reads it back. */
export interface Annotation {
  readonly kind: string;
  readonly title: string;
  readonly file?: string;
  readonly line?: string;
  readonly message: string;
}

function unescaped(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}

/** The annotations of a log, as the runner understands them, and the lines that are none. */
export function annotationsIn(text: string): {
  readonly annotations: readonly Annotation[];
  readonly rest: readonly string[];
} {
  const annotations: Annotation[] = [];
  const rest: string[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, kind, properties, message] = /^\s*::(\w+)(?: ([^:]*))?::(.*)$/.exec(line) ?? [];
    if (kind === undefined || message === undefined) {
      rest.push(line);
      continue;
    }
    const pairs = (properties ?? '').split(',').map((pair): [string, string] => {
      const [name = '', ...value] = pair.split('=');
      return [name, unescaped(value.join('='))];
    });
    const { title = '', ...place } = Object.fromEntries(pairs);
    annotations.push({ kind, title, ...place, message: unescaped(message) });
  }
  return { annotations, rest };
}

/** What the annotations tell, without those about whole checks and about what is left out. */
export function toldByAnnotations(text: string): Told {
  const severity: Readonly<Record<string, string>> = { error: 'error', warning: 'warning', notice: 'note' };
  return annotationsIn(text)
    .annotations.filter(({ title }) => !/could not be checked|more findings/.test(title))
    .map(({ kind, title, file, line }) =>
      told(severity[kind] ?? kind, title, file, line === undefined ? undefined : Number(line)),
    )
    .sort();
}

/** `severity code` of what the report for a person tells. */
export function toldByPretty(text: string): Told {
  const lines = stripVTControlCharacters(text).split('\n');
  return lines
    .flatMap((line) => /^ {4}((?:error|warning|note) [a-z-]+)(?: \(.* as above\))?$/.exec(line)?.[1] ?? [])
    .sort();
}

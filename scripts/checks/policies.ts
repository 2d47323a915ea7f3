/** Every policy is valid against its schema, and the four of ours can do their work, alone and together. */
import type { Finding } from '../core/doctor.ts';
import { describeProblem } from '../core/documents.ts';
import { manifestPath, type PolicyFile } from '../core/manifest.ts';
import type { BreakerPolicy, LoopPolicy, PromotePolicy } from '../core/policy.ts';
import type { PolicySource } from '../core/policy-sense.ts';
import type { RuleSense } from '../core/rule-sense.ts';
import { agentFindings } from './agent-program.ts';
import { type Check, type CheckContext, findingOf, withManifest } from './check.ts';
import { gateInstallFindings } from './gate-installs.ts';
import { manifestPlace } from './place.ts';
import { isOwnPolicy, policyKinds } from './policy-kinds.ts';

interface Reading {
  readonly findings: readonly Finding[];
  /** The policies that could not be read at all. */
  readonly absent: readonly string[];
}

async function ownPolicy<T>(context: CheckContext, path: keyof typeof policyKinds) {
  const text = await context.tree.read(path);
  const parsed = text === null ? undefined : context.documents.parse<T>(policyKinds[path], text, path);
  const source: PolicySource<T> | undefined =
    parsed?.ok && text !== null ? { path, text, value: parsed.value } : undefined;
  return { source, problems: parsed === undefined || parsed.ok ? [] : parsed.problems };
}

async function ownPolicies(context: CheckContext, named: ReadonlySet<string>): Promise<Reading> {
  const { senseProblems } = await import('../core/policy-sense.ts');
  const [loop, promote, breaker, rules] = await Promise.all([
    ownPolicy<LoopPolicy>(context, 'policy/loop.json'),
    ownPolicy<PromotePolicy>(context, 'policy/promote.json'),
    ownPolicy<BreakerPolicy>(context, 'policy/breaker.json'),
    ownPolicy<{ readonly rules: readonly RuleSense[] }>(context, 'policy/failure-classes.json'),
  ]);
  const all = [loop, promote, breaker, rules];
  const checkout = { root: context.disk.root, commonDirectory: context.commonDirectory };
  const sources = { loop: loop.source, promote: promote.source, breaker: breaker.source, rules: rules.source };
  const problems = [
    ...all.flatMap((one) => one.problems),
    ...senseProblems(sources, context.documents.locate, checkout),
  ];
  const absent = [...named].filter((path) => isOwnPolicy(path) && !context.tree.has(path));
  const wrong = problems.map((problem) => findingOf(problem, describeProblem));
  const installs = await gateInstallFindings(context, promote.source);
  return { findings: [...wrong, ...agentFindings(context, loop.source), ...installs], absent };
}

function withoutSchema(context: CheckContext, path: string, index: number): Finding {
  const problem = `${path} is not one of loopbreaker's policies and has no schema, so it cannot be checked.`;
  const remedy = `name its schema in ${manifestPath}: { "path": "${path}", "schema": "…" }`;
  const place = manifestPlace(context, `/policies/${index}`);
  return { code: 'policy-schema-missing', severity: 'warning', problem, remedy, commands: [], ...place, target: path };
}

async function userPolicy(context: CheckContext, { path, schema }: PolicyFile, index: number): Promise<Reading> {
  if (schema === undefined) return { findings: [withoutSchema(context, path, index)], absent: [] };
  const [text, schemaText] = await Promise.all([context.tree.read(path), context.tree.read(schema)]);
  if (text === null) return { findings: [], absent: [path] };
  if (schemaText === null) return { findings: [], absent: [schema] };
  const parsed = context.documents.parseWithSchema(schemaText, schema, text, path);
  const problems = parsed.ok ? [] : parsed.problems;
  return { findings: problems.map((problem) => findingOf(problem, describeProblem)), absent: [] };
}

/** Check `policies`. An absent policy is the matter of `tracked`; here it is only what could not be checked. */
export const policies: Check = {
  id: 'policies',
  title: 'the policies are valid and can work',
  asks: 'Is every policy valid against its schema, and could a breaker that obeys it really break?',
  run: withManifest(async (context, manifest) => {
    const named = new Set(manifest.policies.map((policy) => policy.path));
    const users = [...manifest.policies.entries()].filter(([, policy]) => !isOwnPolicy(policy.path));
    const readings = await Promise.all([
      ownPolicies(context, named),
      ...users.map(([index, policy]) => userPolicy(context, policy, index)),
    ]);
    const findings = readings.flatMap((reading) => reading.findings);
    const absent = readings.flatMap((reading) => reading.absent);
    return absent.length === 0 ? { findings } : { findings, unknown: `not in this tree: ${absent.join(', ')}` };
  }),
};

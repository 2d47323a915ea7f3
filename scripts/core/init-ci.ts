/** The doctor in CI: a workflow for GitHub, else the line that CI needs. Pure. */
import { absentFile, type InitFacts, type InitPart, note } from './init-facts.ts';
import { parseObject } from './json-value.ts';
import { cleanInstall, declaredManager } from './package-managers.ts';

/** Where GitHub looks for it. */
export const workflowPath = '.github/workflows/loopbreaker.yml';

const doctor = 'npx loopbreaker doctor --format github';

/** Whether the root's package.json says which pnpm; the action wants to be told where it does not, and refuses two answers. */
function isDeclared(texts: InitFacts['texts']): boolean {
  return declaredManager(parseObject(texts.get('package.json') ?? '')?.packageManager) === 'pnpm';
}

/** Steps before the install: what GitHub's machines do not bring. */
function setUp({ manager, nodeVersionFile, texts }: InitFacts): readonly string[] {
  const version = nodeVersionFile === null ? 'node-version: lts/*' : `node-version-file: ${nodeVersionFile}`;
  const node = ['- uses: actions/setup-node@v4', '  with:', `    ${version}`];
  switch (manager) {
    case 'npm':
    case 'yarn':
      return node;
    case 'yarn-berry':
      return [...node, '- run: corepack enable'];
    case 'pnpm':
      return [
        '- uses: pnpm/action-setup@v4',
        ...(isDeclared(texts) ? [] : ['  with:', '    version: latest']),
        ...node,
      ];
    case 'bun':
      return ['- uses: oven-sh/setup-bun@v2', ...node];
  }
}

function workflow(facts: InitFacts): string {
  const { manager, lockfile, remote, home } = facts;
  const place = home === '.' ? [] : [`  working-directory: ${JSON.stringify(home)}`];
  const steps = [
    '- uses: actions/checkout@v4',
    '  with:',
    '    fetch-depth: 0',
    '    persist-credentials: false',
    ...setUp(facts),
    `- run: ${cleanInstall(manager, lockfile !== null).join(' ')}`,
    ...place,
    `- run: ${doctor}`,
    ...place,
  ];
  return `name: loopbreaker

on:
  push:
    branches: [${JSON.stringify(remote.target)}]
  pull_request:

permissions:
  contents: read

jobs:
  doctor:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
${steps.map((line) => `      ${line}`).join('\n')}
`;
}

/** The workflow, or what to write elsewhere. */
export function planCi(facts: InitFacts): InitPart {
  if (facts.isOnGitHub) return { edits: absentFile(facts, workflowPath, workflow(facts)), notes: [] };
  const text = 'Hooks can be gone round, so let your CI run the doctor too, after the install of the packages.';
  return { edits: [], notes: [note(text, 'npx loopbreaker doctor')] };
}

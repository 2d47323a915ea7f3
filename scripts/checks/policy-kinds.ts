/** The policies that loopbreaker knows by their path, so that the manifest need not name a schema for them. */
export const policyKinds = {
  'policy/loop.json': 'loop',
  'policy/promote.json': 'promote',
  'policy/breaker.json': 'breaker',
  'policy/failure-classes.json': 'failure-classes',
} as const;

/** Whether a path is that of one of our own policies. */
export function isOwnPolicy(path: string): path is keyof typeof policyKinds {
  return Object.hasOwn(policyKinds, path);
}

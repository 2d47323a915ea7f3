/** What a server refuses about the commits themselves: its rules, by the codes and sentences of each host. */
import type { FailureRule } from './classify.ts';
import type { Phase } from './failure.ts';
import { anyOf, inOrder, inPhases, serverPhases } from './failure-pattern.ts';

const refused: Omit<FailureRule, 'pattern' | 'subclass'> = {
  id: 'push-refused',
  class: 'policy-terminal',
  problem: 'The server refused it by its own rules.',
  remedy:
    'read what the server said; change the branch, or the rule on the server, then: npm run clear -- <branch> --why "…"',
};

const protectedBranch = anyOf(
  /\bGH00[2-6]\b|\bGH013\b|[Pp]rotected [Bb]ranch|protected (?:ref|tag)|[Rr]epository rule violations|[Cc]hanges must be made through|can only be (?:modified|merged|updated|pushed) (?:through|via)|(?:must|should) use a pull request|TF402455|TF401028|branch policies|base branch policy|Merge Requests? only/,
  /You are not allowed to (?:force push|push (?:code )?(?:to|into) (?!this project)|delete|create|merge) |Not allowed to push to|not allowed to (?:delete|force[- ]push)|prohibited by Gerrit|force[- ]push(?:es|ing)? (?:is |are |to )?.{0,60}(?:not allowed|denied|prohibited|disabled)|[Bb]ranch \S{1,200} (?:is|are) (?:locked|frozen|protected)|[Dd]eletion of (?!the current)(?:\S{1,80} ){1,4}(?:prohibited|denied)|deleting .{0,60}not allowed|deletion prohibited/,
  /(?:approving|approved) reviews?|[Rr]eview(?:s)? (?:is |are )?required|changes? requested|CODEOWNERS|[Cc]ode owner|(?:code|release|deploy\w{0,5}|merge) freeze|[Ff]reeze (?:window|period|until)|in a change freeze|conversation resolution|unresolved (?:conversation|discussion)/,
);

const checksRed = anyOf(
  inOrder(
    /\b(?:CI|status|status checks?|required (?:status )?checks?|check (?:run|suite)s?|checks|pipelines?|workflows?(?: runs?)?|builds?)\b/i,
    /\b(?:failing|failed|failure|cancelled|timed_out|action_required|(?:must|did not) (?:pass|succeed)|not (?:green|passing|successful)|is red)\b/i,
  ),
  /(?:is|are) not mergeable|not mergeable|[Mm]erge conflict|cannot be (?:cleanly |automatically )?(?:merged|created)|[Mm]ethod Not Allowed|\b406 .{0,40}cannot be merged|No commits between|draft|[Ww]ork in [Pp]rogress/i,
);

const contents = anyOf(
  /\bGH00[178]\b|\bGH009\b|\bGH01[0-2]\b|exceeds GitHub's file size limit|[Ll]arge files? detected|pack exceeds maximum|maximum allowed (?:size|file)|VS40[23]\d{3}|push was rejected because|LFS objects? (?:are|is) missing/,
  inOrder(/\bfile\b/i, /\b(?:larger|bigger|exceeds)\b/),
  inOrder(/\b(?:author|committer)\b/i, /not (?:a member|verified|follow|match|registered)|invalid|must/),
  inOrder(/\b(?:name|message|branch|commit|title|file)\b/i, /does not (?:follow|match|conform|reference)/),
  /[Ss]ecrets? (?:detected|found)|PUSH BLOCKED|[Pp]ush [Pp]rotection|contains? secrets?|leaked credential|private (?:email|e-mail)|email privacy|would publish a private|[Uu]nsigned|[Vv]erified signature|must (?:be|have) (?:signed|verified|a valid signature)|missing (?:Change-Id|signed-off-by|Signed-off-by)|(?:Commit|commit) message|[Ss]igned-off-by|non-monotonic|no new changes|change .{1,40} closed|squash commits first|issue key|ticket/,
);

/** Where a server judges commits. */
const judgingPhases: readonly Phase[] = ['push', 'merge', 'delete-remote', 'custom'];

/** Asked before the server's state: what these say is said of the commits. */
export const refusalRules = inPhases(judgingPhases, [
  { ...refused, subclass: 'protected-branch', pattern: protectedBranch },
  { ...refused, subclass: 'large-file-or-secret', pattern: contents },
]);

/** Asked after what the server says of credentials: a check that could not even be looked up has not failed. */
export const checkRules = inPhases(serverPhases, [{ ...refused, subclass: 'checks-failing', pattern: checksRed }]);

/** Asked after it: the verdict line alone, whatever was said before. */
export const verdictLineRules = inPhases(serverPhases, [
  {
    ...refused,
    subclass: 'hook-reject',
    pattern: anyOf(
      /\[remote rejected\]|(?:pre-receive|update|push|commit-msg|pre-commit|pre-push|proc-receive) hook (?:declined|rejected|failed)|hook declined|^husky - .{1,60}hook (?:exited|failed)|^husky - .{1,60} script failed|^! \[rejected\]|^(?:remote: )?(?:ERROR|error|fatal|REJECTED|Rejected|rejected|denied|DENIED|POLICY|policy)\b.{0,40}(?:rejected|refused|denied|declined|policy)/m,
    ),
  },
]);

/** Codes of refusals that are no failure of a run: a command says no before it has begun. */

export interface RefusalCode {
  readonly code: string;
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
}

/** All of them, each once. */
export const refusalCodes: readonly RefusalCode[] = [
  {
    code: 'usage',
    title: 'a command was called wrongly',
    why: 'It is not clear what was asked for, so nothing was done.',
    remedy: 'loopbreaker <command> --help',
  },
  {
    code: 'git-failed',
    title: 'a git command failed that must not fail',
    why: 'Without its answer nothing can be said about the repository, so nothing was done.',
    remedy: 'run that git command by hand; git fsck and git status show what is wrong',
  },
  {
    code: 'git-missing',
    title: 'git was not found',
    why: 'git knows what is tracked, committed and pushed; without it nothing can be checked or promoted.',
    remedy: 'install git 2.38 or newer, or put it on PATH',
  },
  {
    code: 'not-a-repository',
    title: 'the directory is in no git repository',
    why: 'There is nothing here to check or to promote.',
    remedy: 'change into the repository, or name it with -C DIR',
  },
  {
    code: 'init-no-package',
    title: 'there is no package.json to adopt',
    why: 'loopbreaker is installed as a package and started by package scripts.',
    remedy: 'npm init -y, then npm install --save-dev loopbreaker',
  },
  {
    code: 'init-unreadable',
    title: 'something that is no text that can be read and edited stands where init works',
    why: 'What a person has put there is never overwritten, and what cannot be read cannot be joined.',
    remedy: 'move it away, or make it readable (a text in UTF-8), then run init again',
  },
  {
    code: 'init-unwritable',
    title: 'init has to write where something is read-only, or no folder',
    why: 'Half an adoption protects nothing and looks like one, so all of it is written or none.',
    remedy: 'chmod u+w what the message names, or move it away, then run init again',
  },
  {
    code: 'init-unfinished',
    title: 'init was called in the middle of a merge, a rebase or the like',
    why: 'The commit that follows init would end the merge under the name of the adoption, or become part of the rebase.',
    remedy: 'finish it or give it up, then run init again',
  },
  {
    code: 'init-worktrees-left',
    title: 'init --remove was called while worktrees of runs are left, or a run is at work',
    why: 'Without the policies nobody finds them any more, and there may be work in them.',
    remedy: 'npx loopbreaker worktrees --clean, then run init --remove again',
  },
  {
    code: 'husky-failed',
    title: 'husky could not install its hooks',
    why: 'git would look for hooks where there are none, so commits and pushes would go unchecked.',
    remedy: 'npx loopbreaker hook install shows what it says',
  },
  {
    code: 'accept-by-agent',
    title: 'an agent tried to accept protected changes',
    why: 'The changes are protected from it; only a person, outside of any loop, may accept them.',
    remedy: 'a person runs the command in a terminal of their own',
  },
  {
    code: 'bash-missing',
    title: 'bash was not found',
    why: 'The loop and auto-promote start every child through it, so neither can start one.',
    remedy: 'install bash, or put it on PATH',
  },
  {
    code: 'lock-busy',
    title: 'another process holds the lock of the controller',
    why: 'Two writers at once would lose a failure that was counted, so nothing was written.',
    remedy: 'npm run status shows who is alive; try again when it has ended',
  },
  {
    code: 'journal-unreadable',
    title: 'the journal cannot be read',
    why: 'What happened cannot be told, and what cannot be read is not taken for a quiet night.',
    remedy: 'look at the file that is named; npm run clear sets it aside and keeps a copy',
  },
  {
    code: 'revision-unknown',
    title: 'git does not know the revision',
    why: 'There is no tree to check, and what was not checked must not be pushed or promoted.',
    remedy: 'git log --oneline --all shows the commits that exist',
  },
  {
    code: 'tree-unreadable',
    title: 'git could not read the tree',
    why: 'What could not be looked at may be what is broken, so it is not called fine.',
    remedy: 'git fsck names the objects that are damaged; bring them back with git fetch, or from another clone',
  },
  {
    code: 'repository-bare',
    title: 'a bare repository has no work tree and no index',
    why: 'There is no such tree to check; an empty one must not be called fine or broken.',
    remedy: 'name a commit: npx loopbreaker doctor --tree HEAD',
  },
  {
    code: 'check-unknown',
    title: 'there is no check of that name',
    why: 'A misspelt name would check nothing, and nothing found looks like all is well.',
    remedy: 'npx loopbreaker doctor --help lists them',
  },
  {
    code: 'policy-missing',
    title: 'a policy or the manifest is missing',
    why: 'Nothing runs unattended under rules that are not there.',
    remedy:
      'npm run doctor prints the command that brings back what git held; what never was there npx loopbreaker init writes',
  },
  {
    code: 'policy-broken',
    title: 'a policy or the manifest cannot be used',
    why: 'Nothing runs unattended under rules that cannot be read.',
    remedy: 'npx loopbreaker doctor names the line',
  },
  {
    code: 'prompt-missing',
    title: 'the prompt file is missing',
    why: 'The agent would be started, and paid for, with nothing to do.',
    remedy: 'restore it, or correct "agent.prompt" in policy/loop.json',
  },
  {
    code: 'nothing-to-clear',
    title: 'there is no such circuit, and no such branch is blocked or waiting',
    why: 'A misspelt name would leave the loop stopped while you believe it freed, so nothing was cleared.',
    remedy: 'npx loopbreaker status shows what there is',
  },
  {
    code: 'head-detached',
    title: 'HEAD is on no branch',
    why: 'What the agent commits would be on no branch: it could be neither promoted nor found again.',
    remedy: 'git switch -c agent/work',
  },
  {
    code: 'loop-running',
    title: 'another loop runs in this worktree',
    why: "Two agents in one worktree would undo each other's work.",
    remedy: 'npx loopbreaker status shows it; a second loop needs a worktree of its own',
  },
  {
    code: 'verdict-unreadable',
    title: 'a stored verdict cannot be read',
    why: 'It may say that a branch is blocked, so nothing is promoted.',
    remedy: 'look at the file that is named, then remove it',
  },
  {
    code: 'circuit-held',
    title: 'a circuit is held',
    why: 'It was stopped by a person, or after too many failed probes; only a person frees it.',
    remedy: 'npx loopbreaker clear <circuit> --why TEXT',
  },
  {
    code: 'circuit-config-fatal',
    title: 'a circuit is open: time cannot heal what it met',
    why: 'The same inputs would fail the same way all night, so nothing is tried and no agent is paid for.',
    remedy: 'restore what status names; the change is noticed by itself',
  },
  {
    code: 'circuit-quarantined',
    title: 'a circuit is open for a while',
    why: 'It failed again and again; more attempts now would only cost. The pause grows with each failed probe.',
    remedy: 'wait until the time that status names, or npx loopbreaker clear',
  },
  {
    code: 'too-many-attempts',
    title: 'too many unfinished runs are noted',
    why: 'Their owners are on other hosts or cannot be asked, so nothing proves that they have ended.',
    remedy: 'npm run status lists them; npm run clear -- --why "your reason" forgets those that are not alive here',
  },
  {
    code: 'doctor-red',
    title: 'the doctor is not green at the start of the loop',
    why: 'What is broken before the agent runs would be paid for with every run.',
    remedy: 'npm run doctor names every finding and the command that mends it',
  },
  {
    code: 'doctor-unknown',
    title: 'the doctor could not check something at the start of the loop',
    why: 'What was not checked may be what breaks at night, and is never taken for fine.',
    remedy: 'npm run doctor says what could not be checked, and why',
  },
  {
    code: 'circuit-unreadable',
    title: 'the state of a circuit could not be read',
    why: 'What cannot be read means stop. A copy was kept; the circuit stays open for the base time of the quarantine.',
    remedy: 'look at the copy beside controller.json, then npm run clear -- --why "your reason"',
  },
  {
    code: 'circuit-probing',
    title: 'one probe is running',
    why: 'Only one attempt at a time finds out whether it works again.',
    remedy: 'wait for it; npx loopbreaker status shows it',
  },
  {
    code: 'circuit-limited',
    title: 'a stated limit was reached',
    why: 'Until it ends every attempt would be refused; it is waited for and not counted as a failure.',
    remedy: 'wait until then; if the limit was raised: npm run clear -- <circuit> --why "…"',
  },
];

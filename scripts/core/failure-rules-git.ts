/**
 * git in the local repository. The pair to tell apart is contention, which passes ("File exists"), and a state of the
 * repository that stays until somebody mends it.
 */
import { anyOf, gitPhases, inPhases, workPhases } from './failure-pattern.ts';

const contention = anyOf(
  /Unable to create '[^'\n]{1,1024}\.lock': File exists/,
  /cannot lock ref '[^'\n]{1,400}': (?:is at [0-9a-f]{4,64} but expected|reference already exists|Unable to create '[^'\n]{1,1024}': File exists|unable to resolve reference '[^'\n]{1,400}'(?!: (?:reference broken|Not a directory)))/,
  /could not lock config file .{1,400}: File exists|shallow file (?:has changed|was changed)|incorrect old value provided|new index file written but|refs? (?:was|were) updated concurrently|^error: ref updates? (?:aborted|conflict)/m,
  /^! .{0,400}\(unable to update local ref\)|remote rejected\] .{0,400}\(failed to (?:update ref|lock)\)/m,
);

const refClash = anyOf(
  /'refs\/[^'\n]{1,400}' exists; cannot create '|cannot process 'refs\/.{1,400}at the same time|unable to resolve reference '[^'\n]{1,400}': (?:reference broken|Not a directory)|there are still refs under|some local refs could not be updated/,
);

const conflict = anyOf(
  /^CONFLICT \(|^Automatic merge failed|^(?:error: could not (?:apply|revert)|Could not (?:apply|revert)) [0-9a-f]|^Resolve all conflicts manually/m,
  /^error: (?:patch failed: |.{1,400}: (?:patch does not apply|does not match index))|^Patch failed at|^Failed to merge (?:submodule|in the changes)|^Merge conflict in |^error: (?:Merge conflict|Failed to merge)/m,
  /^Squash commit -- not updating HEAD\n(?:.{0,200}\n){0,4}Automatic merge failed/m,
);

const notFastForward =
  /Not possible to fast-forward|^fatal: (?:refusing to merge unrelated histories|Diverging branches)/m;

const dirty = anyOf(
  /^(?:error|fatal): (?:[Yy]our local changes|The following untracked working tree files|[Cc]annot (?:rebase|pull|merge|cherry-pick|revert|switch|apply)|Your index (?:contains|file is)|.{0,60}(?:unmerged files|unstaged changes|uncommitted changes)|Pulling is not possible|Merging is not possible|Committing is not possible|Exiting because of|commit is not possible)/m,
  /^(?:error|fatal): (?:You have not concluded|It (?:seems|looks) (?:that there is|like)|It seems that|.{0,40}(?:merge|rebase|cherry-pick|revert|am|bisect)(?: session)? (?:is (?:already )?in progress|in progress)|cannot (?:switch|do a partial|checkout) .{0,60}while|.{0,80}you need to resolve your current index|a (?:cherry-pick|revert|rebase) (?:or \w{1,12} )?is already|previous rebase directory|There is no merge|No rebase in progress)/m,
  /^.{0,300}: needs (?:merge|update)$|^You have unstaged changes|^Please(?:,)? commit (?:your changes )?or stash|MERGE_HEAD (?:exists|missing)|rebase-(?:merge|apply) directory/m,
);

const worktreeLeft = anyOf(
  /^fatal: .{1,600}(?:is already (?:checked out|used by worktree)|is a missing but (?:already registered|locked) worktree|is not a working tree|is already (?:locked|registered)|is not locked|is a main working tree|already exists$|contains (?:modified or untracked|unmerged) files)/m,
  /^fatal: (?:cannot (?:remove|move) a? ?(?:locked|missing|working)|validation failed, cannot remove working tree|working trees containing (?:initialized )?submodules|could not (?:create (?:work tree dir|leading)|migrate)|unable to (?:read|write) .{0,80}gitdir|'?[^'\n]{1,300}'? already exists)/m,
  /^(?:error|fatal): (?:[Cc]annot (?:delete|force update the) (?:the )?branch|cannot delete branch|refusing to (?:fetch into|update) |a branch named )|^error: failed to delete '|Directory not empty|^fatal: destination path /m,
);

const identity =
  /Please tell me who you are|^fatal: (?:empty ident name|unable to auto-detect email address|no (?:email|name) was given|user\.(?:email|name))|^(?:error|fatal): (?:cannot run gpg|gpg failed to sign|ssh-keygen|.{0,60}(?:signing|sign the (?:data|commit))|Load key|user\.signingkey|gpg\.)|^gpg: (?:signing failed|skipped "|no default secret key)|failed to (?:sign the data|write commit object)/m;

const corrupt = anyOf(
  /^(?:error|fatal): (?:loose object|.{0,40}object (?:file )?.{1,400}(?:is (?:empty|corrupt)|corrupt)|inflate: data stream|packfile .{1,600}(?:does not match|is (?:corrupt|far too short|truncated)|cannot be (?:mapped|accessed))|bad (?:object|tree object|signature|index file)|index file (?:smaller|corrupt)|unable to (?:read (?:tree|sha1 file)|parse (?:object|commit)|unpack)|missing (?:blob|tree|commit|object)|.{0,60}(?:sha1|hash) mismatch|failed to read object|Could not read [0-9a-f]{7}|index uses .{1,80} extension|cache entry has)/m,
  /^(?:error|fatal): (?:\S{0,200} )?(?:refs\/\S{1,300} does not point to a valid object|bad ref|unable to load (?:root|existing) cache-tree|your current branch appears to be broken|unable to find [0-9a-f]{7}|missing necessary objects)|missing necessary objects\)$/m,
);

const repositoryConfig = anyOf(
  /^fatal: (?:detected dubious ownership|unsafe repository|not a git repository|invalid gitfile format|bad (?:numeric |boolean )?config|unknown (?:repository extension|config)|bad config line|Expected git repo version|could not (?:open|read) .{0,20}config|unable to (?:read config|access '[^'\n]{1,300}config)|(?:this operation )?must be run in a work ?tree|core\.|cannot use bare repository|Invalid path|Unable to read current working directory|cannot (?:chdir|change) to)/m,
  /^git: '[^'\n]{1,80}' is not a git command|^(?:error|fatal): (?:unknown (?:option|switch|subcommand|revision|strategy)|option `|ambiguous option|switch `|unrecognized|cannot combine|options? '|You must specify|Need to specify|No (?:pathspec|url|remote)|There is no tracking|The current branch .{1,200} has no upstream|Option|cannot handle|--)|^error: (?:unknown|did you mean) |^usage: git |^Could not find merge strategy/m,
  /The '[^'\n]{1,300}' hook was ignored because it's not set as executable/,
);

const refAbsent = anyOf(
  /^(?:error|fatal|merge): (?:.{0,300}(?:couldn't find remote ref|remote ref does not exist|not something we can merge|invalid reference|not a valid (?:object|branch|ref)|not a commit|unknown revision|src refspec .{1,300} does not match any|ambiguous argument|bad revision|Needed a single revision|pathspec .{1,300} did not match|invalid (?:refspec|upstream|object name|branch name|commit)|unable to resolve|no such (?:ref|branch|remote)|No such (?:remote|ref|branch)|not our ref|is not a valid|branch '[^'\n]{1,300}' not found|[Rr]emote branch .{1,300} not found|Refusing to point HEAD|no merge base|no branch named|not found in upstream|does not match any|does not exist))/m,
  /^fatal: (?:bad|Not a valid) |unable to delete '[^'\n]{1,300}': remote ref does not exist|^merge: .{1,300} - not something we can merge/m,
);

/** In the order of the decision: what passes, what the candidate did, what is wrong with this repository. */
export const gitRules = inPhases(
  [...workPhases],
  [
    {
      id: 'remote-lock-held',
      phases: ['push', 'delete-remote', 'custom'],
      pattern: /^remote: (?:error|fatal): .{0,400}Unable to create '[^'\n]{1,1024}\.lock': File exists/m,
      class: 'transient',
      subclass: 'remote-lock',
      problem: 'A lock file on the remote is in the way of the push.',
      remedy: 'wait; if it stays, whoever runs the server removes the lock file that the output names',
    },
    {
      id: 'git-lock-held',
      class: 'transient',
      subclass: 'ref-lock',
      problem: 'Another git process holds a lock in this repository, or moved the same ref.',
      remedy: 'wait; npm run doctor -- --fix removes the lock of a git that has died, ten minutes after it was made',
      pattern: contention,
    },
    {
      id: 'ref-clash',
      class: 'config-fatal',
      subclass: 'ref-df-conflict',
      problem: 'A ref cannot exist beside another one, or is broken.',
      remedy:
        'git for-each-ref shows the refs; delete or rename the one that is in the way, or: git remote prune <remote>',
      pattern: refClash,
    },
    {
      id: 'git-conflict',
      class: 'policy-terminal',
      subclass: 'merge-conflict',
      problem: 'The branch and the target change the same places.',
      remedy: 'git merge (or rebase) the target into the branch, solve what conflicts, then claim again',
      pattern: conflict,
    },
    {
      id: 'git-not-fast-forward',
      class: 'policy-terminal',
      subclass: 'not-fast-forward',
      problem: 'The target holds commits that the branch does not contain.',
      remedy: 'git rebase (or merge) the target into the branch, then claim again',
      pattern: notFastForward,
    },
    {
      id: 'branch-not-merged',
      class: 'policy-terminal',
      subclass: 'not-merged',
      problem: 'git will not delete a branch whose commits are on no other.',
      remedy: 'git log <target>..<branch> shows them; land them, or delete the branch yourself with git branch -D',
      pattern: /^error: [Tt]he branch '[^'\n]{1,300}' is not (?:yet |fully )?(?:fully )?merged/m,
    },
    {
      id: 'checkout-dirty',
      class: 'config-fatal',
      subclass: 'worktree-dirty',
      problem: 'The checkout holds changes, or a merge or rebase that somebody has not ended.',
      remedy: 'git status in that checkout shows what is left; commit it, or abort what is half-done',
      pattern: dirty,
    },
    {
      id: 'commit-identity',
      class: 'config-fatal',
      subclass: 'signing',
      problem: 'git may not write a commit here: it has no name and address for it, or cannot sign it.',
      remedy: 'git config user.name and user.email, or the signing key that commit.gpgSign demands',
      pattern: identity,
    },
    {
      id: 'repository-damaged',
      class: 'config-fatal',
      subclass: 'corrupt',
      problem: 'Objects, the index or refs of a repository are damaged.',
      remedy: 'git fsck names them; bring them back with git fetch, or from another clone',
      pattern: corrupt,
    },
    {
      id: 'worktree-in-the-way',
      class: 'config-fatal',
      subclass: 'worktree-stale',
      problem: 'A worktree, a directory or a branch that is left over is in the way.',
      remedy: 'npm run doctor -- --only worktrees and git worktree list show it; remove what nobody uses',
      pattern: worktreeLeft,
    },
    {
      id: 'repository-settings',
      phases: [...gitPhases, 'spawn', 'preflight'],
      class: 'config-fatal',
      subclass: 'git-config',
      problem: 'git refuses to work in this directory, with these settings or with these options.',
      remedy: 'run that git command by hand in the same directory; correct the setting that it names',
      pattern: repositoryConfig,
    },
    {
      id: 'ref-missing',
      class: 'config-fatal',
      subclass: 'ref-missing',
      problem: 'A branch, commit or path that git was asked for does not exist.',
      remedy: 'git ls-remote <remote> and git branch --all show what exists; correct the name in the policy',
      pattern: refAbsent,
    },
  ],
);

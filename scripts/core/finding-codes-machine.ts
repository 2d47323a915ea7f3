/** Codes of findings about this computer and this repository: hooks, tools, packages, worktrees, git itself, the package. */
import type { FindingCodeEntry } from './finding-code.ts';

const hooks = ['hooks'] as const;
const toolchain = ['toolchain'] as const;
const repository = ['repository'] as const;
const worktrees = ['worktrees'] as const;

/** The table; its keys are codes. */
export const machineCodes = {
  'hook-stale': {
    checks: hooks,
    title: 'git runs an old or altered copy of the tracked hook',
    why: 'A copy does not follow the tracked hook: what was changed there since is not what guards this repository.',
    remedy: "the command of the finding: your hook tool's own installation writes the hook files anew",
  },
  'hook-silent': {
    checks: hooks,
    title: 'the hook was fired and did not reach the tracked hook, or the file that it calls did not start loopbreaker',
    why: 'Commits and pushes go unchecked, and nothing says so: broken ones get through.',
    remedy: 'the command of the finding, and read what the finding quotes',
  },
  'hook-not-proved': {
    checks: hooks,
    title:
      'a hook, tool or setting of your own leads to the tracked hook or to loopbreaker; whether it gets there was not tried',
    why: 'If it does not get there, commits and pushes go unchecked; trying it would have run your own commands.',
    remedy: 'git commit --allow-empty shows once whether loopbreaker speaks; with husky it could be proved',
  },
  'hook-missing': {
    checks: hooks,
    title: 'nobody has written a hook that the manifest asks for',
    why: 'A broken commit is only found by the promotion gate, hours after it could have been refused here.',
    remedy: 'write it with the commands of the finding, or take it out of "hooks" in runtime-manifest.json',
  },
  'hook-not-called': {
    checks: hooks,
    title: 'the hook tool of this repository does not let loopbreaker check anything',
    why: 'Its hooks run, and a commit that lacks a needed file goes through all the same.',
    remedy: 'add the call to the configuration that the finding names, in the words that it gives',
  },
  'hook-file-outdated': {
    checks: hooks,
    title: 'the file that the hooks call is not the one that this loopbreaker writes',
    why: 'It finds node and the program in the way of an older version, or names the wrong package manager when it refuses.',
    remedy: 'npx loopbreaker init renews it',
  },
  'hook-file-edited': {
    checks: hooks,
    title: 'somebody has edited the file that the hooks call',
    why: 'Every commit and push depends on it; an edit may let some of them through unchecked, and no update reaches it any more.',
    remedy: 'remove it and call npx loopbreaker init, or keep it by an entry under "suppress" in runtime-manifest.json',
  },
  'hook-line-ends': {
    checks: hooks,
    title: 'a hook, or the file that it calls, has the line ends of Windows',
    why: 'A shell takes the carriage return for part of each command: nobody can commit in such a checkout, or nothing is checked there.',
    remedy:
      'npx loopbreaker init writes them anew, with a .gitattributes in their folder that keeps it so in every clone',
  },
  'tool-missing': {
    checks: toolchain,
    title: 'a needed tool is not on PATH',
    why: 'Whatever needs it fails at every attempt, all night long; no retry can heal that.',
    remedy: 'install it, or put its folder on PATH',
  },
  'tool-version': {
    checks: toolchain,
    title: 'a tool of another version than is needed',
    why: 'What passes here may fail elsewhere, and the other way round.',
    remedy: 'install a version in the range that the finding names',
  },
  'tool-range-unreadable': {
    checks: toolchain,
    title: 'a version range that cannot be read',
    why: 'No version is checked against it, so a tool that is too old goes unnoticed until something fails.',
    remedy: 'write it like ">=20.19", "^22.1.0" or "20 || 22"',
  },
  'engines-disagree': {
    checks: toolchain,
    title: 'runtime-manifest.json lets versions in that package.json shuts out',
    why: 'The loop would start where the package itself says that it does not work.',
    remedy: 'write the narrower range in both files',
  },
  'lockfile-missing': {
    checks: toolchain,
    title: 'packages are needed and no lockfile says which',
    why: 'Two installations of the same commit may differ, so what passed the gate is not what runs.',
    remedy:
      'git add the lockfile that lies there; without one, npm install --package-lock-only, and commit package-lock.json',
  },
  'lockfile-unreadable': {
    checks: toolchain,
    title: 'the lockfile is not readable',
    why: 'npm ci refuses it, so no clean checkout can be installed.',
    remedy: 'git checkout HEAD -- package-lock.json; after a conflict, npm install --package-lock-only',
  },
  'lockfile-out-of-step': {
    checks: toolchain,
    title: 'package.json and the lockfile contradict each other',
    why: 'npm ci refuses to install, so the gate and every clean checkout fail.',
    remedy:
      'npm install --package-lock-only, and commit package-lock.json; git rm it where another package manager took the place of npm',
  },
  'lockfile-not-read': {
    checks: toolchain,
    title: 'a lockfile that loopbreaker cannot read',
    why: 'Whether it agrees with package.json is not known: a contradiction shows first when the gate installs.',
    remedy: 'with npm: npm install --package-lock-only writes one that is read; with another manager nothing to do',
  },
  'packages-not-installed': {
    checks: toolchain,
    title: 'packages of the lockfile are not installed',
    why: 'Whatever imports them ends before its first line.',
    remedy: 'npm ci',
  },
  'packages-differ': {
    checks: toolchain,
    title: 'installed packages are of other versions than the lockfile says',
    why: 'What runs here is not what runs in a clean checkout.',
    remedy: 'npm ci',
  },
  'packages-unlisted': {
    checks: toolchain,
    title: 'packages are installed that the lockfile does not list',
    why: 'What imports them works here and fails in a clean checkout.',
    remedy: 'npm prune, or npm install <package> if it is needed',
  },
  'operation-unfinished': {
    checks: repository,
    title: 'a merge, rebase, cherry-pick, revert, am or bisect was begun and not ended',
    why: 'The next commit would become part of it, or stand on a commit that is on no branch.',
    remedy: 'finish it (git status says how), or give it up with its --abort',
  },
  'git-lock-stale': {
    checks: repository,
    title: 'git was killed and left a lock file behind',
    why: 'git never removes it by itself: every command that needs it fails until it is gone.',
    remedy: 'rm <the file that the finding names>, when no git is at work',
  },
  'config-redirects-push': {
    checks: repository,
    title: 'git would push to another place than the remote names',
    why: 'What passed the gate would land where nobody looks for it.',
    remedy: 'git config --local --unset-all <the key that the finding names>, if it was not meant so',
  },
  'config-runs-program': {
    checks: repository,
    title: "the repository's own git configuration runs a program",
    why: 'It runs for everybody who uses git here, and no commit shows it.',
    remedy: 'git config --local --unset-all <the key that the finding names>, if you do not know it',
  },
  'config-bare': {
    checks: repository,
    title: 'a repository with a work tree is marked as bare',
    why: 'git refuses every command that needs the work tree; a git init inside a hook can do this.',
    remedy: 'git config --local core.bare false',
  },
  'worktree-dead': {
    checks: worktrees,
    title: 'a worktree of a run that is dead',
    why: 'It takes room, and its lock keeps git from clearing it away; the next start removes it and moves work in it aside.',
    remedy: 'npm run worktrees -- --clean, or the next start of the loop; by hand, the commands of the finding',
  },
  'worktree-gone': {
    checks: worktrees,
    title: 'git remembers a worktree of ours whose folder is gone',
    why: 'A locked one is never pruned by itself, and its branch counts as checked out.',
    remedy: 'npx loopbreaker doctor --fix, or git worktree remove -f -f <path>',
  },
  'worktree-ownerless': {
    checks: worktrees,
    title: 'a worktree where ours are, and nothing says whose it is',
    why: 'Without a readable owner.json nothing proves that its run is dead, so nobody removes it.',
    remedy: 'look at it, then git worktree remove -f -f <path>',
  },
  'worktree-impossible': {
    checks: worktrees,
    title: 'no worktree of a promotion can be made in the folder that the policy names',
    why: 'No branch could be promoted, so the loop does not start.',
    remedy:
      'what the finding says of the folder, or another "worktreeDirectory" in policy/promote.json, pushed by a person',
  },
  'worktree-foreign': {
    checks: worktrees,
    title: 'a worktree that is not ours and whose folder is gone',
    why: 'git still counts its branch as checked out, so that no other worktree can have it.',
    remedy: 'git worktree remove <path>, if the folder will not come back; git worktree prune takes others along',
  },
  'artifact-lacks': {
    checks: ['artifact'],
    title: 'the package would be published without a file that it needs',
    why: 'It works here and fails wherever it is installed.',
    remedy: 'add the file to "files" in package.json, or take the rule away that leaves it out',
  },
  'artifact-untracked': {
    checks: ['artifact'],
    title: 'the package would contain a file that git does not hold',
    why: 'Nobody has reviewed it and no commit explains it; it may hold a secret.',
    remedy: 'git add it, leave it out of "files", or declare it as "generated" in runtime-manifest.json',
  },
} as const satisfies Record<string, FindingCodeEntry>;

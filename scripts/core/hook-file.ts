/** The tracked shell file that every hook line calls: it finds node and the program, or refuses with one command. Pure. */
import { sealed } from './hook-file-seal.ts';
import { shellWord } from './shell-word.ts';

/** What the hook file has to know of a repository. */
export interface HookFileFacts {
  /** Where the program may lie, best first, relative to the root of a work tree. */
  readonly programs: readonly string[];
  /** The command that installs packages, such as `npm ci` or `cd app && npm ci`. */
  readonly install: string;
}

/** The name of the file in the folder of the hooks. */
export const hookFileName = 'loopbreaker';

/** The line that a hook, or the configuration of a hook tool, calls it with; `folder` as in `.husky`. */
export function hookFileCall(folder: string, hook: string): string {
  return `sh ${shellWord(`${folder}/${hookFileName}`)} ${hook}`;
}

/** Grows with each change of the template, so that an older program does not put its own text in the place of a newer one. */
export const hookFileEdition = 2;

/** Its text. Git starts hooks in the root of the work tree, with a PATH that a GUI may have left almost empty. */
export function hookFileText({ programs, install }: HookFileFacts): string {
  const text = template
    .replace('@install@', () => shellWord(install))
    .replace('@programs@', () => programs.map(shellWord).join(' '));
  return sealed(text, hookFileEdition);
}

const template = `#!/bin/sh
# sh <this file> pre-commit|pre-push [--doctor-only]: runs loopbreaker for a git hook, also where a GUI has started git without a PATH and
# in linked worktrees without node_modules. What it cannot find it says in a sentence, with one command, and refuses.
# The one way round a doctor that is broken itself: LOOPBREAKER_BYPASS="why" git commit. The reason is written down. It is for a
# person: an agent in a loop, whose environment has LOOPBREAKER_RUN, is neither told of it nor let through by it.
hook=$1
option=\${2-}
install=@install@
set -- @programs@

refuse() {
  printf 'loopbreaker: the %s hook refuses: %s\\n' "$hook" "$1" >&2
  [ -z "$2" ] || printf '  to mend it: %s\\n' "$2" >&2
  [ -n "\${LOOPBREAKER_RUN-}" ] || printf '  or once, with a reason that is written down: LOOPBREAKER_BYPASS="why" git ...\\n' >&2
  exit 1
}

# A path as one word of a command that a person types.
quoted() {
  printf '%s' "$1" | sed 's|[^[:alnum:]/._@-]|\\\\&|g'
}

# Sets common, and worktree to the name of this worktree as loopbreaker knows it.
ask_git() {
  own=$(git rev-parse --absolute-git-dir) && common=$(CDPATH= cd -- "$(git rev-parse --git-common-dir)" && pwd -P) ||
    refuse 'git does not tell where the repository is.' 'git rev-parse --git-common-dir'
  [ "$own" = "$common" ] && worktree=main || worktree=\${own##*/}
}

bypass() {
  ask_git
  file=$common/loopbreaker/bypass/$hook.$worktree
  why=$(printf '%s' "$LOOPBREAKER_BYPASS" | tr '[:cntrl:]' ' ' | cut -c 1-300)
  branch=$(git symbolic-ref --short -q HEAD || echo HEAD)
  mkdir -p "\${file%/*}" && printf '%s\\t%s\\t%s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$branch" "$why" >>"$file" ||
    refuse "the reason for the bypass cannot be written to $file." "df -h $(quoted "$common")"
  printf 'loopbreaker: %s is not checked, because: %s\\n' "$hook" "$why" >&2
  printf 'loopbreaker: doctor and status say so until this hook has passed again\\n' >&2
  exit 0
}

# Whether a node runs, and is no older than what loopbreaker needs.
fits() {
  "$1" -e 'var v = process.versions.node.split("."); process.exit(v[0] > 20 || (v[0] == 20 && v[1] >= 19) ? 0 : 1)' </dev/null >/dev/null 2>&1
}

offer() {
  [ -x "$1" ] && fits "$1" && printf '%s\\n' "$1"
}

# Prints a node that fits, from anywhere on PATH or from a version manager: a GUI knows none of these.
find_node() {
  IFS=:
  for folder in $PATH; do offer "$folder/node" && return; done
  nvm=\${NVM_DIR:-$HOME/.nvm}
  default=$(cat "$nvm/alias/default" 2>/dev/null)
  for node in "\${VOLTA_HOME:-$HOME/.volta}/bin/node" \\
    "\${FNM_DIR:-$HOME/.local/share/fnm}/aliases/default/bin/node" "$HOME/.fnm/aliases/default/bin/node" \\
    "$HOME/Library/Application Support/fnm/aliases/default/bin/node" \\
    "\${FNM_DIR:-$HOME/.local/share/fnm}"/node-versions/*/installation/bin/node \\
    "$nvm/versions/node/v\${default#v}"*/bin/node "$nvm"/versions/node/*/bin/node \\
    "\${MISE_DATA_DIR:-$HOME/.local/share/mise}/shims/node" "\${ASDF_DATA_DIR:-$HOME/.asdf}/shims/node" \\
    /opt/homebrew/bin/node /home/linuxbrew/.linuxbrew/bin/node /usr/local/bin/node; do
    offer "$node" && return
  done
  return 1
}

# The command that brings a newer node, by the version manager that is here.
newer_node() {
  [ ! -s "\${NVM_DIR:-$HOME/.nvm}/nvm.sh" ] || { echo 'nvm install --lts' && return; }
  for call in 'volta install node' 'fnm install --lts' 'mise use --global node@lts' 'brew install node'; do
    command -v "\${call%% *}" >/dev/null && echo "$call" && return
  done
  echo 'install Node 20.19 or newer: https://nodejs.org/en/download'
}

# The program of this worktree; else that of the main one, since linked worktrees share its packages.
find_program() {
  for program in "$@"; do [ -f "$program" ] && return; done
  ask_git
  for program in "$@"; do program=\${common%/.git}/$program && [ -f "$program" ] && return; done
  return 1
}

refuse_missing() {
  for program in "$@"; do
    place=\${program%%node_modules/*}
    [ -f "$place.pnp.cjs" ] || [ -f "$place.pnp.js" ] || continue
    refuse "Yarn keeps packages in archives here (Plug'n'Play), where a git hook cannot start loopbreaker." \\
      "\${place:+cd $(quoted "$place") && }yarn config set nodeLinker node-modules && yarn install"
  done
  refuse "loopbreaker is not installed here ($1 is missing)." "$install"
}

# Runs the program, with its node first on PATH; a node that is too old says nothing and ends with 78.
start() {
  case $node in */*) PATH=\${node%/*}:$PATH && export PATH ;; esac
  LOOPBREAKER_HOOK_FILE=1 "$node" "$program" hook "$hook" \${option:+"$option"}
  code=$?
}

[ -n "\${LOOPBREAKER_BYPASS-}" ] && [ -z "\${LOOPBREAKER_RUN-}" ] && bypass
node=$(command -v node || find_node) ||
  refuse 'there is no node on PATH, and none where version managers keep theirs.' "$(newer_node)"
find_program "$@" || refuse_missing "$@"
start
# 78, 126 and 127 are what a node that is too old, or does not run at all, ends with: it has read nothing, and another one is
# looked for. One that ended in any other way may have read what a push tells on stdin: a second program would find no refs, and pass.
case $code in
  78 | 126 | 127)
    if ! fits "$node"; then
      found="node on PATH ($node, $("$node" -v </dev/null 2>/dev/null || echo 'which does not run'))"
      node=$(find_node) ||
        refuse "$found is not the 20.19 or newer that it needs, and none is where version managers keep theirs." "$(newer_node)"
      start
    fi
    ;;
esac
# 0 passed, 1 refused, 75 could not be checked: it has said why. Anything else is a program that is broken itself.
case $code in 0 | 1 | 75 | 130) exit $code ;; esac
refuse "loopbreaker itself ended with code $code." ""
`;

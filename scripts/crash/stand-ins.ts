/** Programs that stand in for git and for ssh in one run: the first counts and kills, the second is another machine. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The git of a run, first on its PATH. It is told by the environment what to do:
 * CRASH_AT       `count`: note every command and its trace; a number: do the deed at that command
 * CRASH_MOMENT   before: git has not started; after: git has ended, our process has not heard of it;
 *                during: git is at work. It writes its own trace into a pipe that has just so much room left that it
 *                stands still at the wanted line (`CRASH_FILL` bytes are in it already), for instance between taking
 *                the locks of a ref and moving it. It cannot come to its end before the pipe is read.
 * CRASH_VICTIM   ours: the process under test; git: this git, not its helpers; all: every process that carries the
 *                name of the point in its environment, as when a container is stopped; rival: nobody dies, but
 *                somebody else moves the target.
 * CRASH_CALLS    system calls to trace with strace; with CRASH_INJECT what becomes of one of them
 */
const gitScript = `#!/bin/sh
note=$CRASH_NOTES
echo $$ >> "$note/order"
n=$(grep -nx -m1 $$ "$note/order"); n=\${n%%:*}

lock_state() {
  if [ ! -e "$CRASH_STATE/promote.lock" ] || flock -s -n "$CRASH_STATE/promote.lock" true; then echo free; else echo held; fi
}
traced() { export GIT_TRACE2_EVENT="$1" GIT_TRACE_REFS="$1" GIT_TRACE_PACKET="$1"; }
# The helpers of a git that works here are traced with it; those of one that talks to a server lead to the server.
follow() { case " $* " in *" worktree "*) echo -f ;; esac; }
kill_ours() { kill -9 "$(cat "$note/pid")"; }
kill_all() {
  kill_ours
  for round in 1 2 3; do
    for entry in $(grep -lsaF "CRASH_POINT=$CRASH_POINT" /proc/[0-9]*/environ); do
      pid=\${entry#/proc/}; pid=\${pid%/environ}
      [ "$pid" = $$ ] || kill -9 "$pid" 2>/dev/null
    done
  done
  kill -9 $$
}

if [ "$CRASH_AT" = count ]; then
  printf '%s\\0' "$@" > "$note/$n.args"
  cp "$CRASH_STATE/auto-promote-state.json" "$note/$n.checkpoint" 2>/dev/null
  lock_state > "$note/$n.lock"
  if [ -n "$CRASH_CALLS" ]; then
    exec strace $(follow "$@") -qq -y -e "trace=$CRASH_CALLS" -o "$note/$n.calls" "$CRASH_GIT" "$@"
  fi
  traced "$note/$n.trace"
  exec "$CRASH_GIT" "$@"
fi
[ "$n" = "$CRASH_AT" ] || exec "$CRASH_GIT" "$@"

printf '%s\\0' "$@" > "$note/fired.args"
lock_state > "$note/fired.lock"
if [ -n "$CRASH_INJECT" ]; then
  exec strace $(follow "$@") -qq -y -e "trace=$CRASH_CALLS" -e "inject=$CRASH_CALLS:$CRASH_INJECT" \\
    -o "$note/strace" "$CRASH_GIT" "$@"
fi
case $CRASH_MOMENT-$CRASH_VICTIM in
  *-rival) sh "$CRASH_RIVAL"; exec "$CRASH_GIT" "$@" ;;
  before-ours) kill_ours; exec "$CRASH_GIT" "$@" ;;
  before-git) kill -9 $$ ;;
  before-all) kill_all ;;
  after-*)
    "$CRASH_GIT" "$@"; code=$?
    case $CRASH_VICTIM in
      ours) kill_ours; exit $code ;;
      git) kill -9 $$ ;;
      all) kill_all ;;
    esac ;;
esac

mkfifo "$note/trace"
exec 9<>"$note/trace" 8<"$note/trace"
head -c "$CRASH_FILL" /dev/zero >&9
traced "$note/trace"
"$CRASH_GIT" "$@" <&0 8<&- 9>&- &
git=$!
# It sleeps when it stands still, or waits for a helper that does; a busy machine takes its time.
for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  sleep 0.03
  sed 's/.*) //' "/proc/$git/stat" > "$note/fired.state"
  read -r state rest < "$note/fired.state"
  [ "$state" = S ] && break
done
exec 9>&-
case $CRASH_VICTIM in
  ours) kill_ours; sleep 0.02; lock_state > "$note/orphan.lock"; cat <&8 >/dev/null & exec 8<&-; wait $git ;;
  git) kill -9 $git; cat <&8 >/dev/null & kill -9 $$ ;;
  all) kill_all ;;
esac
`;

/**
 * The ssh of a run. What it starts has none of the run's variables and a session of its own, so no kill reaches it: a
 * server does not die with its client, and what it makes of half a conversation is part of the test.
 */
const sshScript = `#!/bin/sh
for command; do :; done
cd "$CRASH_WORLD" || exit 1
exec env -i PATH="$CRASH_SERVER_PATH" HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 CRASH_SERVER="$CRASH_POINT" \\
  setsid sh -c "$command"
`;

/** Paths of the programs that stand in for others. */
export interface StandIns {
  /** Goes in front of PATH: holds nothing but `git`. */
  readonly folder: string;
  readonly ssh: string;
}

/** Writes the stand-ins into a folder; every point uses the same ones. */
export function writeStandIns(directory: string): StandIns {
  const folder = path.join(directory, 'bin');
  const ssh = path.join(directory, 'ssh');
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of [[path.join(folder, 'git'), gitScript] as const, [ssh, sshScript] as const]) {
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }
  return { folder, ssh };
}

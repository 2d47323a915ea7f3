/** What git tells a pre-push hook on stdin (githooks(5)). */

export interface PushedTip {
  readonly localRef: string;
  readonly sha: string;
}

/** The tips that are pushed, each commit once, and the remote refs that are deleted. */
export function pushedTips(stdin: string): {
  readonly tips: readonly PushedTip[];
  readonly deleted: readonly string[];
} {
  const tips = new Map<string, PushedTip>();
  const deleted: string[] = [];
  for (const line of stdin.split('\n')) {
    const [localRef, sha, remoteRef] = line.split(' ');
    if (localRef === undefined || sha === undefined || remoteRef === undefined) continue;
    if (/^0+$/.test(sha)) deleted.push(remoteRef);
    else if (!tips.has(sha)) tips.set(sha, { localRef, sha });
  }
  return { tips: [...tips.values()], deleted };
}

/** What we ask of a remote and do to it. Each command is given the URL, which there means itself and nothing else. */
import { parseSettings, settingsQuestion } from '../core/git-config.ts';
import { itself, redirectOf } from '../core/git-trust.ts';
import { withoutUrlSecrets } from '../core/secrets.ts';
import type { RunGit } from './git.ts';
import { output, outputUnless } from './git-output.ts';
import type { FastForwardProof, PushEnd } from './git-questions.ts';

/** A remote that accepts and never answers must not hold the promote lock for ever. */
const askLimitMs = 60_000;
const transferLimitMs = 5 * 60_000;

/** Said here, a program that a remote's settings name is not asked; git would take the first one that it reads. */
const uploadPack = '--upload-pack=git-upload-pack';

/** Every push: no hook of the user's, no tags, no submodules. */
const pushSettings = [
  '--receive-pack=git-receive-pack',
  '--porcelain',
  '--no-verify',
  '--no-follow-tags',
  '--recurse-submodules=no',
  '--no-signed',
];

/** Questions and acts that reach the remote. */
export function remoteQuestions(run: RunGit) {
  return {
    // By URL and not by name: a push or fetch by name would also move the user's remote-tracking refs (promise P6).
    remoteUrl: async (remote: string) => {
      // 2 is git's "no such remote"; settings that cannot be read are no answer.
      const url = await outputUnless(run, 2, ['remote', 'get-url', '--push', '--', remote]);
      return url?.replace(/\r?\n$/, '') ?? null;
    },
    redirectOf: async (remote: string, url: string) => {
      return redirectOf(parseSettings(await output(run, settingsQuestion)), remote, url);
    },
    remoteBranch: async (url: string, branch: string) => {
      const ref = `refs/heads/${branch}`;
      const listing = await output(run, ['ls-remote', uploadPack, '--', url, ref], {
        timeoutMs: askLimitMs,
        settings: itself(url),
      });
      const line = listing.split('\n').find((candidate) => candidate.endsWith(`\t${ref}`));
      return line === undefined ? null : line.slice(0, line.indexOf('\t'));
    },
    fetchBranch: async (url: string, branch: string, into: string) => {
      const quiet = [uploadPack, '--quiet', '--no-tags', '--no-write-fetch-head', '--refmap=', '--no-auto-maintenance'];
      const spec = `+refs/heads/${branch}:${into}`;
      const args = ['-c', 'fetch.prune=false', 'fetch', ...quiet, '--no-recurse-submodules', '--', url, spec];
      await output(run, args, { timeoutMs: transferLimitMs, settings: itself(url) });
    },
    deleteRemoteBranch: async (url: string, branch: string, sha: string, lockFd: number) => {
      const ref = `refs/heads/${branch}`;
      const args = ['push', ...pushSettings, `--force-with-lease=${ref}:${sha}`, '--', url, `:${ref}`];
      await output(run, args, { inherit: [lockFd], timeoutMs: transferLimitMs, settings: itself(url) });
    },
    pushFastForward: async (url: string, proof: FastForwardProof, lockFd: number): Promise<PushEnd> => {
      const ref = `refs/heads/${proof.target}`;
      const lease = `--force-with-lease=${ref}:${proof.old}`;
      const args = ['push', ...pushSettings, lease, '--', url, `${proof.candidate}:${ref}`];
      const end = await run(args, { inherit: [lockFd], timeoutMs: transferLimitMs, settings: itself(url) });
      return { exitCode: end.exitCode, signal: end.signal, text: withoutUrlSecrets(`${end.stdout}${end.stderr}`) };
    },
  };
}

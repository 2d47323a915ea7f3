/** githooks(5), as far as a commit, a checkout or a push fires them. */
export const hookNames: readonly string[] = [
  ...['pre-commit', 'pre-merge-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit', 'pre-rebase', 'pre-push'],
  ...['post-checkout', 'post-merge', 'post-rewrite', 'pre-auto-gc', 'reference-transaction', 'applypatch-msg'],
  ...['pre-applypatch', 'post-applypatch'],
];

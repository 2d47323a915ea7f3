/**
 * What a git server says to a push or to an API call: GitHub, GitLab, Bitbucket, Azure DevOps, Gerrit, Gitea and plain
 * git. The server's own reason (the line with `remote:` or a code) is asked before the verdict line that every refusal has.
 */
import { anyOf, inOrder, inPhases, type SeveralPatterns, serverPhases } from './failure-pattern.ts';

const moved = anyOf(
  /^[ \t]*! (?:\S{1,300}[ \t]{1,9})?\[rejected\] .{0,600}\((?:fetch first|non-fast-forward|stale info|remote ref updated since checkout)\)/m,
  /Base branch was modified|Head branch was modified|has already been updated by another client|reference has changed|[Uu]pdate is not a fast forward|SHA does not match HEAD of source branch|is at [0-9a-f]{7,64} but expected [0-9a-f]/,
  /^!\t\S{1,600}\t\[rejected\] \((?:fetch first|non-fast-forward|stale info)\)|Updates were rejected because (?:the remote contains work|the tip of your current branch is behind|a pushed branch tip is behind)/m,
);

const limited = anyOf(
  /(?:API|secondary|primary|abuse|LFS|request) rate limit|rate limit exceeded|exceeded a? ?(?:secondary )?rate limit|You have triggered an abuse detection|GraphQL: API rate limit/i,
);

const tooMany = anyOf(
  /returned error: 429\b|\bHTTP(?:\/[\d.]{1,3})?:? 429\b|\b429 Too Many Requests|^(?:remote: )?Too Many Requests/im,
);

const statesItsEnd = anyOf(
  /\b(?:retry-after|x-ratelimit-reset)\b\W{0,6}\w/i,
  /\b(?:try|retry)(?:ing)? (?:again |your request )?(?:again )?(?:in|after|at) \d/i,
);

/** Too many requests is a busy server, and tried again soon, unless it says until when. */
const limitedUntil: SeveralPatterns = {
  each: [...tooMany.each, ...statesItsEnd.each],
  test: (text) => tooMany.test(text) && statesItsEnd.test(text),
};

const pending = anyOf(
  /\brequired (?:status )?checks?\b.{0,160}\b(?:in[ _]progress|pending|queued|expected|waiting|running)\b/i,
  /\b(?:checks?|CI|pipelines?|builds?|jobs?|workflows?(?: runs?)?|status(?:es)?|state|conclusion)\b["']?(?: (?:is|are|has|have|still|not|on|of|for|run|runs|\S{1,60}))?[ :="']{1,3}(?:still )?(?:in[ _]progress|pending|queued|running|(?:not )?(?:yet )?(?:incomplete|completed?|finished) yet|not (?:yet )?(?:complete|completed|finished|done|reported))\b/i,
  /\b(?:CI|pipelines?|workflows?|check (?:run|suite)s?|checks)\b.{0,80}\b(?:is|are) (?:still |yet )?(?:pending|queued|running|in progress|not (?:done|finished|complete))\b/i,
  /\bmergeab(?:le|ility).{0,80}(?:unknown|checking|not yet|being (?:checked|computed))|Merge already in progress|mergeable_state"?:? ?"?unknown|[Ww]aiting for (?:status|checks|CI|the pipeline)/,
);

const access = anyOf(
  /Authentication failed|could not read (?:Username|Password)|Permission denied,? ?(?:\((?:publickey|password|keyboard)|please try again)|Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|Too many authentication failures|terminal prompts disabled|UNPROTECTED PRIVATE KEY|Bad (?:owner or permissions|configuration option)|no matching (?:host key type|key exchange method|cipher)|sign_and_send_pubkey|Bad credentials|Requires authentication|no such identity|gnome-keyring|askpass/,
  /requested URL returned error: 40[137]\b|HTTP 40[137]\b|\b40[137] (?:Unauthorized|Forbidden|Proxy Authentication)|response 40[37]\b|(?:status(?: code)?|status=|HTTP\/[\d.]{1,3}|failed:|error:) ?:?40[13]\b|Invalid (?:username or|credentials|token)|HTTP Basic: Access denied|Support for password authentication was removed/i,
  /(?:Permission|Access) to \S{1,300} denied|Write access to repository not granted|denied to deploy key|(?:deploy )?key (?:you are authenticating with )?(?:has been marked as read only|does not have write|is read[- ]only)|not allowed to push code to this project|You do not have permission|(?:not|isn't) authorized|User permission denied|lack one or more required privilege scopes|stopped supporting account passwords|app passwords? (?:is|are|has|have)|repository access denied|need the Git '|TF(?:400813|401027|401019|401444)|GenericContribute|SSH key (?:has )?expired|token (?:has )?(?:expired|been revoked)|(?:enabled|enforced) (?:or enforced )?SAML|SAML (?:SSO|enforcement)|organization has (?:an IP allow list|disabled)/i,
  /Resource not accessible by|refusing to allow (?:an?|a) .{1,120} to create or update workflow|without [`'"]?workflows?[`'"]? (?:scope|permission)|required scopes|gh auth (?:login|refresh)|set the GH_TOKEN|glab auth login|GITLAB_TOKEN|[Pp]ersonal access token .{0,80}(?:expired|forbidden|invalid)|account (?:is|was|has been) suspended|Must have admin rights|[Aa]ccess denied by/,
);

/** A status that says "later", where a client or a script reports it. */
export const httpDown = anyOf(
  /requested URL returned error: (?:408|425|429|5\d\d)\b|\bHTTP (?:408|425|429|5\d\d)\b|\b(?:429 Too Many Requests|500 Internal|502 (?:Bad|Proxy)|503 Service|504 Gateway|52\d )/i,
  /\b(?:status(?: code)?|HTTP\/[\d.]{1,3}|answered|returned|failed:|error:|got|code|response) ?[:=]? ?(?:408|429|5\d\d)\b/i,
);

const absent = anyOf(
  /Repository not found|repository '[^'\n]{1,600}' (?:not found|does not exist)|does not appear to be a git repository|not found: did you run git update-server-info|No such remote|project you were looking for could not be found|not valid: is this a git repository|The specified repository|requested URL returned error: (?:400|404|405|410|451)\b|(?:HTTP|error:|failed:|status(?: code)?:?) ?(?:404|410|451)\b|\b404 (?:Not Found|Project)|Could not resolve to an? |[Nn]o such (?:repository|project)|known GitHub host|remote end hung up unexpectedly.{0,4}\bnot found/,
  /Reference does not exist|[Bb]ranch not found|[Rr]ef \S{1,200} not found|no pull requests? found|unable to find remote helper|Protocol "[^"\n]{1,40}" (?:not supported|disabled)|Unsupported protocol|URL (?:using bad|rejected|is malformed)|transport '[^'\n]{1,40}' not allowed|bad line length character|ssh: Could not resolve hostname \S{0,200}: (?:nodename nor servname provided, or not known )?$/m,
);

const setting = anyOf(
  /archived|read-only (?:GitLab|instance|mode|node|repository|replica)|(?:Repository|repository|instance|server) is (?:in )?read[- ]only|(?:is |in )read[- ]only mode|shallow update not allowed|refusing to (?:update checked out|delete the current)|branch is currently checked out|deletion of the current branch|funny refname|git-receive-pack is not (?:found|enabled)|receive-pack.{0,30}(?:disabled|not (?:enabled|permitted))/i,
  /(?:over|exceeded|exceeds|exceed) (?:its|your|their|the) (?:\w{1,12} )?(?:data|storage|size|bandwidth|disk|repository|user|account)? ?(?:quota|(?:size )?limit|allowance)|LFS budget|billing|payment|[Ii]nsufficient (?:credit|funds|storage)|above its size limit|HTTP 413|error: 413|(?:Squash|Merge|Rebase) (?:merges|commits)? ?are not allowed on this|Upgrade to GitHub|(?:has|have) disabled/,
  /server certificate|git-lfs(?:: command)? not found|This repository is configured for Git LFS but/,
  inOrder(/\b(?:hooks?|pre-receive|update)\b/, /cannot exec|not executable|Permission denied|syntax error/),
);

const hookOffline =
  /^remote: .{0,300}(?:[Cc]ould not (?:reach|connect|contact|resolve)|[Ff]ailed to connect|[Cc]onnection (?:refused|reset|timed out)|timed? ?out|[Uu]navailable|unreachable|[Bb]ad [Gg]ateway|internal (?:API|server) ?(?:unreachable|error|connection error)|Internal (?:API|Server)|(?:error|status|HTTP|:) 50[0234]\b)/m;

/** The server's own state, or the way to it, before its verdict. */
export const serverRules = inPhases(serverPhases, [
  {
    id: 'request-limit',
    class: 'rate-limited',
    subclass: 'rate-limit',
    problem: 'The server has counted too many requests of this account.',
    remedy: 'nothing to do: it is tried again after a pause',
    pattern: anyOf(...limited.each, limitedUntil),
  },
  {
    id: 'fetch-refused',
    phases: ['fetch'],
    class: 'config-fatal',
    subclass: 'local-ref-differs',
    problem: 'A local branch or tag differs from the remote one, and git does not overwrite it.',
    remedy: 'git log <branch>..<remote>/<branch> shows the difference; move the local ref, or do not fetch into it',
    pattern: /^ ! \[rejected\] /m,
  },
  {
    id: 'push-lost-lease',
    phases: serverPhases.filter((phase) => phase !== 'fetch'),
    class: 'transient',
    subclass: 'remote-moved',
    problem: 'The target moved while the candidate was tested.',
    remedy: 'nothing to do: it is integrated and tested again',
    pattern: moved,
  },
]);

/** After the verdicts that a server gives on the commits (failure-rules-refusals.ts). */
export const serverAccessRules = inPhases(serverPhases, [
  {
    id: 'server-setting',
    class: 'config-fatal',
    subclass: 'server-setting',
    problem: 'The server cannot take it as it is set up: archived, read-only, over its quota, or not made for pushes.',
    remedy: 'read what the server said; its owner changes the setting, or "remote" in policy/promote.json',
    pattern: setting,
  },
  {
    id: 'remote-authentication',
    class: 'config-fatal',
    subclass: 'auth',
    problem: 'The remote refused the credentials, or what they may do.',
    remedy: 'git ls-remote <remote> must work without asking; renew the credentials, or their rights',
    pattern: access,
  },
  {
    id: 'server-error',
    class: 'transient',
    subclass: 'http-5xx',
    problem: 'A server answered that it is down, busy or asked too often.',
    remedy: 'nothing to do: it is tried again',
    pattern: httpDown,
  },
]);

/** What a server says of checks, hooks and repositories. */
export const serverStateRules = inPhases(serverPhases, [
  {
    id: 'checks-pending',
    class: 'transient',
    subclass: 'pending-checks',
    problem: 'A check that the server requires has not ended yet.',
    remedy: 'nothing to do: it is tried again',
    pattern: pending,
  },
  {
    id: 'server-hook-offline',
    phases: ['push', 'delete-remote', 'custom', 'merge'],
    class: 'transient',
    subclass: 'server-error',
    problem: 'The server could not judge the push: what its hook asks did not answer.',
    remedy: 'nothing to do: it is tried again',
    pattern: hookOffline,
  },
  {
    id: 'remote-missing',
    class: 'config-fatal',
    subclass: 'repo-not-found',
    problem: 'The remote, or what was asked for on it, does not exist.',
    remedy: 'git remote -v and "remote" and "target" in policy/promote.json must agree with the server',
    pattern: absent,
  },
]);

/**
 * Coding agents: Claude Code, Codex, Gemini, aider, opencode, Cursor, Copilot. Only the last lines that they print are
 * judged. A limit with a stated end is waiting, not failing (adapters of typed output read its time before this).
 */
import { anyOf, inOrder, inPhases } from './failure-pattern.ts';

const exhausted = anyOf(
  /[Yy]ou(?:'ve|’ve| have) (?:hit|reached|exceeded) your (?:\S{1,20} ){0,3}limit|(?:usage|session|weekly|5-hour|\d-hour|Opus|Sonnet|daily|monthly|request|spend(?:ing)?|quota|token|message) (?:limit|cap)s? (?:has been |was |is )?(?:reached|exceeded|hit)|usage_limit_reached|limit reached ∙ resets|[Ll]imit (?:reached|will reset|resets)|quota will reset|exhausted your (?:daily |capacity|quota)|(?:exceeded|hit) your (?:premium|monthly|free)|no quota|premium request (?:allowance|limit)/,
  /Quota exceeded for quota metric|RESOURCE_EXHAUSTED|rate_limit_(?:error|exceeded)|RateLimitError|\[resource_exhausted\]|[Rr]ate[- ]limit(?:ed)?\b|429 Too Many Requests|(?:status|status code|Error|error|code|HTTP)[: ]{1,3}429\b|Too Many Requests|\(429\)/,
);

const unpaid = anyOf(
  /[Cc]redit balance is too low|insufficient_quota|Quota exceeded\. Check your plan|exceeded your current quota|[Ii]nsufficient (?:credits?|balance|funds)|billing (?:hard limit|details)|payment (?:required|method)|402 Payment|This organization has been disabled|subscription .{0,40}(?:expired|required|inactive)/,
);

const login = anyOf(
  /[Ii]nvalid API key|authentication_error|AuthenticationError|(?:run|use|with|try) [`'"]?(?:\w{1,20} )?\/?(?:auth )?login|[Nn]ot logged in|not authenticated|OAuth (?:token|authentication)|[Aa]uthentication (?:required|failed|is required|error)|No authentication information|40[13] (?:Unauthorized|Forbidden)|(?:API Error|[Ss]tatus|HTTP|[Ee]rror|code)[: ]{1,3}40[13]\b|API key (?:not valid|not found|is missing|expired|invalid)|(?:API_KEY|_TOKEN)\b.{0,80}(?:not set|missing|required|must|specify|set)|specify (?:the )?\w{1,20}_API_KEY|set an Auth method|refresh token|access token could not|token (?:has )?(?:expired|been revoked|revoked)|\[unauthenticated\]|UNAUTHENTICATED|PERMISSION_DENIED|[Pp]ermission[_ ]error|does not have access|[Aa]ccess denied|Request not allowed|policy settings/,
);

const invocation = anyOf(
  /^(?:\S{1,40}: )?(?:[Ee]rror: )?(?:[Uu]nknown|[Uu]nexpected|[Uu]nrecogni[sz]ed|[Ii]nvalid) (?:option|argument|arguments|flag|command|subcommand|value)s?\b|^error: (?:the following required|invalid value|unexpected|option |required option|too many|missing)|--[\w-]{1,40} (?:cannot be used|requires|is required|must be)|requires --verbose|Input must be provided|No (?:prompt|input|message) (?:was )?provided|stdin is not a terminal|[Rr]aw mode is not supported|Not inside a trusted directory|^Usage: |not a TTY/m,
  inOrder(
    /\bmodel(?:_id)?\b/i,
    /not found|not supported|does not exist|may not exist|is not available|not_found|unknown|deprecated|retired|invalid/,
  ),
  inOrder(
    /\b(?:config(?:uration)?|settings)\b/i,
    /invalid|corrupt|not valid|malformed|failed to|could not|error|missing|unknown/,
  ),
  inOrder(/\bMCP (?:config|server)/, /invalid|failed|not found|timed out/),
  /not_found_error|ProviderModelNotFound|issue with the selected model|Error (?:loading|parsing) (?:config|configuration)|Invalid (?:MCP|JSON)|failed to (?:initialize|start) (?:sandbox|MCP)|Session ID .{1,80} is already in use|No conversation found|location is not supported|[Uu]nsupported (?:country|region|OS|platform)|Sandbox|(?:requires|needs) (?:Node|a newer|git)|update required|no longer supported|minimum version/,
  /[Pp]rompt is too long|context(?: window|_length_exceeded| length| limit)|ContextWindowExceeded|maximum context|input (?:is too long|length and)|(?:too many|exceeds? the (?:maximum|limit) .{0,40})tokens|request_too_large|413 |invalid_request_error|BadRequestError|(?:API Error|[Ss]tatus|HTTP)[: ]{1,3}400\b|INVALID_ARGUMENT|Usage Policy|content[_ ](?:policy|filter)/,
  /: (?:command not found|not found)$|: No such file or directory$|: Permission denied$|\b(?:EACCES|EPERM|ENOSPC|EROFS)\b|No space left on device|Read-only file system|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY)|CERT_HAS_EXPIRED|self[- ]signed certificate|invalid peer certificate|certificate (?:has expired|verify failed)/m,
);

/**
 * Programs and settings are named by whole paths or none; a file below its own folder is what the agent was at work on.
 * The fields of the error, of which the code stands alone by now (failure-text.ts), are the same of both.
 */
const fileMissing =
  /(?!^ENOENT$)(?<!\bcode: ')\bENOENT\b(?!: no such file or directory, \w{1,20} '(?!\/|[A-Za-z]:\\))/m;

/** Node ends a program that it could not load with its own version: then it is the agent, not its work, that is broken. */
const cannotLoad = {
  test: (text: string) =>
    /^Node\.js v[\d.]{1,20}$/m.test(text) &&
    /Cannot find (?:module|package) '|^SyntaxError\b|\bERR_\w{3,40}/m.test(text),
};

/** Words of a busy server that sound like a limit. */
const busy = /MODEL_CAPACITY_EXHAUSTED|[Nn]o capacity available|not your usage limit/;

const overloaded = anyOf(
  /[Oo]verloaded|MODEL_CAPACITY_EXHAUSTED|at capacity|high demand|UNAVAILABLE\b|\[unavailable\]|(?:API Error|[Ss]tatus|HTTP|[Ee]rror|code)[: ]{1,3}5\d\d\b|\b5\d\d (?:Internal|Bad Gateway|Service|Gateway|\{)|InternalServerError|ServiceUnavailableError|Internal [Ss]erver [Ee]rror|Bad Gateway|Service Unavailable|server_error|api_error|try again later|temporarily|ServerError/,
  /stream (?:disconnected|error|closed)|[Cc]onnection (?:error|refused|reset|closed|timed out|failed)|APIConnectionError|APITimeoutError|[Rr]equest timed out|timed out|error sending request|\bE(?:CONN\w{3,10}|TIMEDOUT|NOTFOUND|AI_AGAIN|PIPE|NETUNREACH|MFILE|AGAIN|NOMEM)\b|fetch failed|socket hang up|getaddrinfo|dns error|ConnectError|network (?:error|connection)|[Ss]tream idle|exceeded retry limit|Unable to connect|Could not resolve host|[Pp]remature close|terminated$|Resource temporarily unavailable|File exists\.?$/m,
);

/** A stated limit is waiting, not failing: also for events that state one. */
export const usageLimitRule = {
  id: 'agent-usage-limit',
  class: 'rate-limited',
  subclass: 'usage-limit',
  problem: 'The agent has used up its quota.',
  remedy: 'nothing to do: the loop goes on after the stated reset',
  pattern: exhausted,
} as const;

/** In the order of the decision: what must be paid or waited for, then who is asked, then how, then what passes. */
export const agentRules = inPhases(
  ['agent'],
  [
    {
      id: 'agent-credit-missing',
      class: 'config-fatal',
      subclass: 'billing',
      problem: 'The account of the agent has no credit, or is closed.',
      remedy: 'top up or renew the account that the agent uses',
      pattern: unpaid,
    },
    // A busy server names quotas too, and is free again much sooner.
    {
      id: 'agent-overloaded',
      class: 'transient',
      subclass: 'overloaded',
      problem: 'The service behind the agent is overloaded, or could not be reached.',
      remedy: 'nothing to do: it is tried again',
      pattern: busy,
    },
    usageLimitRule,
    {
      id: 'agent-authentication',
      class: 'config-fatal',
      subclass: 'credentials',
      problem: 'The agent is not logged in, or may not do this.',
      remedy: 'run the agent once by hand and log in',
      pattern: login,
    },
    {
      id: 'agent-overloaded',
      class: 'transient',
      subclass: 'overloaded',
      problem: 'The service behind the agent is overloaded, or could not be reached.',
      remedy: 'nothing to do: it is tried again',
      pattern: overloaded,
    },
    {
      id: 'agent-misused',
      class: 'config-fatal',
      subclass: 'bad-option',
      problem: 'The agent cannot work as it is called or set up here.',
      remedy: 'correct "agent.command" in policy/loop.json, or the settings of the agent; run it once by hand',
      pattern: anyOf(invocation, fileMissing, cannotLoad),
    },
  ],
);

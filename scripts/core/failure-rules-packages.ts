/** Package managers: npm, pnpm, yarn, bun and corepack by their own codes, then pip, cargo, go and the JVM's. */
import { anyOf, candidatePhases, inOrder, inPhases, ownPhases, workPhases } from './failure-pattern.ts';

const registryDown = anyOf(
  /^npm (?:error|ERR!) (?:code )?(?:EAI_AGAIN|ENOTFOUND|ETIMEDOUT|ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ERR_SOCKET_TIMEOUT|ESOCKETTIMEDOUT|FETCH_ERROR|E408|E429|E5\d\d|EIDLETIMEOUT|UND_ERR_\w{1,40}|Z_BUF_ERROR)\b/m,
  /^npm (?:error|ERR!) (?:network (?:request|timeout|Socket|read|connect)|\d{3} Too Many Requests|5\d\d )/m,
  /ERR_PNPM_(?:META_FETCH_FAIL|FETCH_(?:408|429|5\d\d)|REQUEST_TIMEOUT|NETWORK)/,
  inOrder(/ERR_PNPM_/, /ECONNRE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket hang up/),
  /^error (?:An unexpected error occurred: )?"?https?:\/\/\S{1,300}(?:: | )(?:getaddrinfo|connect|read|ESOCKETTIMEDOUT|ETIMEDOUT|socket hang up|Request failed "(?:429|5\d\d))|^error (?:Error: )?(?:getaddrinfo|connect|read) E[A-Z_]{3,20}|trouble with your network connection/m,
  inOrder(/YN\d{4}:/, /RequestError|ECONNRE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|Response Code: (?:429|5\d\d)/),
  /^(?:error: )?(?:ConnectionRefused|ConnectionClosed|FailedToOpenSocket|Timeout|UnableToResolve\w{0,30}|DNSLookupFailed) (?:downloading|fetching)|^error: (?:GET|POST) https?:\S{1,300} - (?:429|5\d\d)/m,
  /Error when performing the request to https?:/,
  /(?:NewConnectionError|ReadTimeoutError|ConnectTimeoutError|NameResolutionError|ProtocolError|Read timed out|Max retries exceeded).{0,300}|^ERROR: HTTP error (?:429|5\d\d)|error: Request failed after \d{1,3} retries|^error: Failed to fetch: /m,
  /spurious network error|failed to (?:download|fetch|query)(?: from)? .{0,200}(?:registry|index)|^go: .{0,300}(?:dial tcp|i\/o timeout|connection re(?:set|fused)|TLS handshake timeout|50\d )/m,
  /Could not transfer (?:artifact|metadata) .{0,400}(?:timed out|refused|reset|Unknown host|No such host|50\d|unresolved)|Could not (?:GET|HEAD) '.{1,300}'.{0,200}(?:50\d|timed out)|(?:Connect|Read) timed out|^E: (?:Failed to fetch|Unable to fetch)/m,
  /Lost connection to MySQL server during|toomanyrequests: |net\/http: (?:TLS handshake timeout|request canceled)|error pulling image configuration|failed to (?:resolve source metadata|do request).{0,300}(?:timeout|refused|reset|no such host|50\d|429)/,
);

const certificate = anyOf(
  /\b(?:UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|CERT_UNTRUSTED|UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_CERT_ALTNAME_INVALID|CERTIFICATE_VERIFY_FAILED|HOSTNAME_MISMATCH)\b/,
  /(?:self[- ]signed certificate|certificate (?:has expired|verify failed|signed by unknown authority)|unable to (?:get local issuer|verify the first) certificate|x509: certificate|PKIX path building failed)/i,
);

const refusedAccess = anyOf(
  /^npm (?:error|ERR!) code (?:E401|E403|ENEEDAUTH|EOTP|E407|ENOAUTH)\b/m,
  /ERR_PNPM_FETCH_40[137]|ERR_PNPM_(?:UNAUTHORIZED|OTP)|(?:➤ )?YN(?:0033|0041|0035).{0,200}(?:40[137]|[Aa]uthentic)|^error: (?:GET|POST) https?:\S{1,300} - 40[137]|error .{0,200}Request failed "40[137] |(?:401|403) (?:Unauthorized|Forbidden) (?:for|from) .{0,100}(?:index|registry|url)/m,
);

const engines = anyOf(
  /^npm (?:error|ERR!) code (?:EBADENGINE|EBADPLATFORM|ENOTSUP|EBADDEVENGINES)\b/m,
  /ERR_PNPM_(?:UNSUPPORTED_ENGINE|UNSUPPORTED_PLATFORM|BAD_PM_VERSION|INVALID_NODE_VERSION)|The engine "[^"\n]{1,40}" is incompatible|This project(?:'s package\.json)? (?:is configured to use|defines "packageManager")|Cannot find matching keyid|requires? (?:a )?(?:Node|node)(?:\.js)?(?: version)? (?:>=|v?\d)|You are using Node\.js \d|rustc \S{1,20} is not supported by|requires rustc \d|requires a different Python|go\.mod requires go >= |toolchain not available|Unsupported class file major version|invalid (?:target|source) release/,
);

const place = anyOf(
  /^npm (?:error|ERR!) (?:code (?:ENOTEMPTY|EEXIST|EISDIR|ENOWORKSPACES|EINVALIDPACKAGENAME|EALLOWGIT|ENOTDIR|EUNKNOWNCONFIG)|.{0,80}cb\(\) never called|Tracker "idealTree" already exists|.{0,20}Exit handler never called)/m,
  /ERR_PNPM_(?:NO_IMPORTER_MANIFEST_FOUND|NO_PKG_MANIFEST|ABORTED_REMOVE_MODULES_DIR_NO_TTY|UNEXPECTED_STORE|UNEXPECTED_VIRTUAL_STORE|MODULES_BREAKING_CHANGE|CONFIG_\w{1,40})|^Usage Error: |Couldn't find the node_modules state file|Couldn't find a package\.json file in|^error: No package\.json|npm (?:error|ERR!) (?:enoent|syscall open).{0,120}package\.json/m,
);

/** Where the lockfile, the manifest and the registry do not agree, only a commit of the candidate mends it. */
const dependencies = anyOf(
  /^npm (?:error|ERR!) code (?:E404|ETARGET|ERESOLVE|EUSAGE|ENOVERSIONS|EJSONPARSE|EINTEGRITY|EUNSUPPORTEDPROTOCOL|EINVALIDTAGNAME|EOVERRIDE|EPACKAGEJSON|EDUPLICATEWORKSPACE|ENOLOCK|EAUDITNOLOCK|ENOENT|EMISMATCH|ELOCKVERIFY)\b/m,
  /ERR_PNPM_(?:OUTDATED_LOCKFILE|FROZEN_LOCKFILE\w{0,40}|LOCKFILE_\w{1,40}|BROKEN_LOCKFILE|NO_LOCKFILE|NO_MATCHING_VERSION\w{0,40}|FETCH_404|PEER_DEP_ISSUES|TARBALL_INTEGRITY|BAD_TARBALL_SIZE|WORKSPACE_PKG_NOT_FOUND|SPEC_NOT_SUPPORTED_BY_ANY_RESOLVER|JSON_PARSE|IGNORED_BUILDS|CATALOG_\w{1,40})/,
  /Your lockfile needs to be updated|YN00(?:27|28|82|02|86|16|18):|^error (?:Couldn't find (?:any versions for|package )|Integrity check failed)|lockfile had changes, but lockfile is frozen|^error: (?:No version matching|GET https?:\S{1,300} - 404|.{0,200} failed to resolve)/m,
  /^ERROR: (?:No matching distribution found|Could not find a version|ResolutionImpossible|Cannot install)|No solution found when resolving|pyproject\.toml changed significantly|THESE PACKAGES DO NOT MATCH THE HASHES|failed to select a version for|the lock file .{1,300} needs to be updated|^go: (?:updates to go\.(?:mod|sum) needed|inconsistent vendoring|module .{1,200} found .{1,200} but does not contain)|missing go\.sum entry|verifying .{1,200}checksum mismatch|Could not find artifact |Could not resolve (?:dependencies for project|all (?:files|dependencies|artifacts))/m,
);

/** In the order of the decision: the machine, then what heals, then what the candidate brought. */
export const packageRules = inPhases(
  [...candidatePhases, ...ownPhases, 'merge', 'push', 'worktree'],
  [
    {
      id: 'certificate-refused',
      phases: workPhases,
      class: 'config-fatal',
      subclass: 'tls-cert',
      problem: 'The certificate of a server is not trusted on this machine, or has expired.',
      remedy: 'give the program the right certificate authority (NODE_EXTRA_CA_CERTS, http.sslCAInfo), or renew it',
      pattern: certificate,
    },
    {
      id: 'registry-access-refused',
      class: 'config-fatal',
      subclass: 'auth',
      problem: 'The package registry refused the credentials.',
      remedy: 'npm whoami shows who you are there; renew the token in .npmrc',
      pattern: refusedAccess,
    },
    {
      id: 'engine-mismatch',
      class: 'config-fatal',
      subclass: 'engine',
      problem: 'The version of a tool on this machine does not fit the project.',
      remedy: 'install the version that is named; "tools" in runtime-manifest.json can hold it',
      pattern: engines,
    },
    {
      id: 'registry-unreachable',
      class: 'transient',
      subclass: 'registry-network',
      problem: 'The package registry could not be reached.',
      remedy: 'nothing to do: it is tried again; npm ping shows whether it is back',
      pattern: registryDown,
    },
    {
      id: 'install-place-broken',
      class: 'config-fatal',
      subclass: 'install',
      problem: 'The package manager cannot work in this directory as it is.',
      remedy: 'run the install by hand in a clean clone; remove node_modules, or correct the directory or its settings',
      pattern: place,
    },
    {
      id: 'dependencies-broken',
      phases: candidatePhases,
      class: 'policy-terminal',
      subclass: 'bad-dependency',
      problem:
        'The dependencies of the candidate cannot be installed: its manifest, its lockfile and the registry disagree.',
      remedy:
        'run the install in a clean clone of the branch; correct package.json and its lockfile, and commit. If the target fails too: "prepare" in its policy/promote.json',
      pattern: dependencies,
    },
    {
      id: 'own-install-broken',
      class: 'config-fatal',
      subclass: 'install',
      problem: "The loop's own dependencies cannot be installed.",
      remedy: 'run npm ci by hand where the loop runs, and correct package.json and its lockfile there',
      pattern: dependencies,
    },
  ],
);

/** The way to a server: names, connections, handshakes and HTTP answers, as git, ssh, curl, Node and others say them. */
import { anyOf, inOrder, inPhases, type SeveralPatterns, workPhases } from './failure-pattern.ts';
import { httpDown } from './failure-rules-server.ts';

const nearby = /[Ff]ailed to connect to (?:127\.0\.0\.1|localhost|\[?::1\]?) port (\d{1,5})/;
const nearbyRemote =
  /unable to access '(https?):\/\/(?:[^'/@\s]{1,200}@)?(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?[/']/;

/** Who wants a server elsewhere and is refused on this machine goes through a proxy; a remote on this machine is only down. */
const proxyNearby: SeveralPatterns = {
  each: [nearby, nearbyRemote],
  test: (text) =>
    text.split('\n').some((line) => {
      const [, port] = nearby.exec(line) ?? [];
      if (port === undefined) return false;
      const [remote, scheme, own = scheme === 'https' ? '443' : '80'] = nearbyRemote.exec(line) ?? [];
      return remote === undefined || own !== port;
    }),
};

const proxyDead = anyOf(
  proxyNearby,
  /[Cc]ould not resolve proxy|(?:[Pp]roxy|CONNECT tunnel)(?: failed)?.{0,60}(?:response |code )?(?:403|407)\b|Proxy Authentication Required|Unsupported proxy|[Ii]nvalid proxy|SOCKS[45]? .{0,80}(?:fail|refus|reject)|ERR_PROXY|ERR_INVALID_URL|Only absolute URLs|Invalid URL/,
);

const tlsBroken = anyOf(
  /SSL certificate problem|server certificate verification failed|certificate (?:has expired|subject name|verify)|no alternative certificate subject name|error setting certificate|[Pp]roblem with the (?:local )?SSL|unable to get local issuer|wrong version number|unsupported protocol|protocol version|no protocols available|inappropriate fallback|handshake failure|Handshake failed|unexpected TLS packet|packet length too long|fatal alert|dh key too small|ca md too weak|unknown CA|ERR_SSL_|ERR_TLS_|EPROTO|bad certificate|certificate required/,
);

const interrupted = anyOf(
  /Could not resolve host|Temporary failure in name resolution|Name or service not known|nodename nor servname|Could not resolve hostname|no such host\b|getaddrinfo|name resolution|DNS .{0,40}(?:fail|timeout|error)/i,
  /[Cc]onnection (?:was )?(?:refused|timed out|reset|closed|aborted|lost|died)|[Oo]peration (?:timed out|too slow)|Network is (?:unreachable|down)|No route to host|Host is (?:down|unreachable)|[Ff]ailed to connect to|Couldn't connect to server|kex_exchange_identification|banner exchange|client_loop: send disconnect|Broken pipe|Empty reply from server|[Rr]ecv failure|[Ss]end failure|Proxy CONNECT aborted|error in the HTTP2|HTTP\/2 stream|HTTP2 framing|packet_write_wait|Software caused connection abort/,
  /remote end hung up unexpectedly|early EOF|unexpected disconnect|unexpected (?:EOF|eof)|transfer closed with|invalid index-pack output|RPC failed; (?:curl|result|HTTP (?:408|429|5\d\d))|expected (?:flush|packet)|fetch-pack: unexpected|SSL_(?:ERROR_SYSCALL|connect|read)|TLS connection was non-properly terminated|GnuTLS recv error|tls: (?:first record|use of closed)|pack (?:is corrupted|has bad)|error decoding response|short read/,
  /\b(?:ECONNRESET|ECONNREFUSED|ECONNABORTED|ETIMEDOUT|ESOCKETTIMEDOUT|ENOTFOUND|EAI_AGAIN|EAI_FAIL|ENETUNREACH|EHOSTUNREACH|ENETDOWN|EPIPE|UND_ERR_(?:CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET)|ERR_STREAM_PREMATURE_CLOSE|ERR_SOCKET_CONNECTION_TIMEOUT)\b|socket hang up|other side closed|fetch failed$|i\/o timeout|TLS handshake timeout|context deadline exceeded|error connecting to|[Nn]etwork ?[Ee]rror|operation was aborted due to timeout|[Rr]equest timed out|[Tt]imed out (?:after|waiting|while)|TimeoutError/m,
);

const serverDown = anyOf(
  ...httpDown.each,
  /Internal Server Error|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out|Too Many Requests|temporarily unavailable|[Oo]verloaded|upstream (?:request|connect)|under maintenance|is not responding|fatal error in commit_refs|Internal (?:API|error)|try again (?:later|in)|LockTimeout|push operation timed out|Our servers are currently|We're experiencing|502 Whoops/i,
);

const portInUse = anyOf(
  /\bEADDRINUSE\b|[Aa]ddress already in use|port is already allocated|[Pp]ort \d{1,5} is (?:already )?(?:in use|used)/,
);

const otherRun = anyOf(
  inOrder(
    /\b(?:another|other) (?:run|instance|process|promotion|promote|auto-promote|loop|job|agent)\b/i,
    /\b(?:holds|is (?:already )?(?:running|active|in progress|holding)|has the lock|in progress)\b/i,
  ),
  inOrder(/\b(?:lock|lease)\b/i, /\b(?:(?:is |already )?(?:held|busy|taken|owned)|already exists)\b/i),
  inOrder(/\b(?:could not|cannot|failed to|unable to|can't) (?:acquire|get|obtain|take)\b/i, /\block\b/i),
  /\balready (?:running|in progress|locked)\b|\bELOCKED\b|^flock: (?:failed to get lock|timeout)|Blocking waiting for file lock|^Waiting for (?:the |another |a )?lock/im,
);

/** In the order of the decision: what somebody must set right, then what time heals. */
export const networkRules = inPhases(workPhases, [
  {
    id: 'proxy-broken',
    class: 'config-fatal',
    subclass: 'proxy',
    problem: 'The proxy, or the address, that this machine is set to use does not work.',
    remedy: 'git config --get-all http.proxy and the variables HTTPS_PROXY and NO_PROXY show it; correct it',
    pattern: proxyDead,
  },
  {
    id: 'tls-refused',
    class: 'config-fatal',
    subclass: 'tls',
    problem: 'A server and this machine do not agree on a certificate or a version of TLS.',
    remedy:
      'openssl s_client -connect <host>:443 shows what the server offers; correct the certificates or the address',
    pattern: tlsBroken,
  },
  {
    id: 'run-in-progress',
    class: 'transient',
    subclass: 'lock',
    problem: 'Another run holds a lock that this one needs.',
    remedy: 'wait until it has ended',
    pattern: otherRun,
  },
  {
    id: 'port-in-use',
    class: 'transient',
    subclass: 'port-in-use',
    problem: 'A port that is needed is used by another process.',
    remedy: 'wait for its owner, or end it: ss -ltnp shows who listens',
    pattern: portInUse,
  },
  {
    id: 'remote-unreachable',
    class: 'transient',
    subclass: 'network',
    problem: 'The remote could not be reached.',
    remedy: 'nothing to do: it is tried again; git ls-remote <remote> shows whether it is back',
    pattern: interrupted,
  },
  {
    id: 'server-error',
    class: 'transient',
    subclass: 'http-5xx',
    problem: 'A server answered that it is down, busy or asked too often.',
    remedy: 'nothing to do: it is tried again',
    pattern: serverDown,
  },
]);

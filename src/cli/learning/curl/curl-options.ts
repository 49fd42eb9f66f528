/** How an option of curl affects the request. */
export type CurlOption =
  | 'flag'
  /** Does not change the request. */
  | 'ignored'
  | 'header'
  | 'data'
  | 'data-raw'
  | 'data-binary'
  | 'data-urlencode'
  | 'json'
  | 'method'
  | 'user'
  | 'cookie'
  | 'user-agent'
  | 'url'
  | 'bearer'
  | 'url-query'
  | 'get'
  | 'head'
  | 'insecure';

/** Options that no recipe can express, and why. */
export const REFUSED: Readonly<Record<string, string>> = {
  form: 'forms with files (multipart/form-data) are not sent by models of this type',
  'form-string': 'forms with files (multipart/form-data) are not sent by models of this type',
  'upload-file': 'files are not uploaded by models of this type',
  config: 'options are not read from another file; expected them in the command',
  'unix-socket': 'services are reached over TCP',
  'aws-sigv4': 'it signs each request, which no recipe can',
  digest: 'the login is an exchange of HTTP Digest, which no recipe can make',
  ntlm: 'the login is an exchange of NTLM, which no recipe can make',
  negotiate: 'the login is an exchange of Kerberos, which no recipe can make',
  next: 'it makes several requests; expected one a command',
  anyauth: 'it tries several kinds of login; expected --basic, or none',
};

const named = (kind: CurlOption, names: string): Record<string, CurlOption> =>
  Object.fromEntries(names.split(' ').map((name) => [name, kind]));

/** The effects of options, by their long names. See https://curl.se/docs/manpage.html. */
export const OPTIONS: Readonly<Record<string, CurlOption>> = {
  ...named(
    'flag',
    'silent show-error location location-trusted include verbose no-buffer globoff fail fail-with-body progress-bar ' +
      'compressed compressed-ssh http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only ipv4 ipv6 basic ' +
      'no-keepalive no-progress-meter path-as-is raw tcp-nodelay tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 ssl ssl-reqd ' +
      'junk-session-cookies remote-name remote-header-name create-dirs parallel retry-all-errors retry-connrefused ' +
      'no-alpn no-npn no-sessionid styled-output trace-time disable tr-encoding post301 post302 post303 ' +
      'suppress-connect-headers false-start cert-status doh-insecure proxy-insecure proxytunnel',
  ),
  ...named('insecure', 'insecure'),
  ...named('get', 'get'),
  ...named('head', 'head'),
  ...named(
    'ignored',
    'output max-time connect-timeout cacert capath cert cert-type key key-type pass proxy proxy-user proxy-header ' +
      'noproxy preproxy socks4 socks4a socks5 socks5-hostname retry retry-delay retry-max-time write-out cookie-jar ' +
      'resolve connect-to dump-header limit-rate interface max-redirs ciphers tls13-ciphers tls-max curves ' +
      'speed-limit speed-time keepalive-time local-port max-filesize range time-cond referer stderr trace ' +
      'trace-ascii dns-servers doh-url happy-eyeballs-timeout-ms output-dir expect100-timeout crlfile pinnedpubkey ' +
      'alt-svc hsts etag-save etag-compare parallel-max delegation netrc-file',
  ),
  ...named('header', 'header'),
  ...named('data', 'data data-ascii'),
  ...named('data-raw', 'data-raw'),
  ...named('data-binary', 'data-binary'),
  ...named('data-urlencode', 'data-urlencode'),
  ...named('json', 'json'),
  request: 'method',
  ...named('user', 'user'),
  ...named('cookie', 'cookie'),
  ...named('user-agent', 'user-agent'),
  ...named('url', 'url'),
  ...named('bearer', 'oauth2-bearer'),
  ...named('url-query', 'url-query'),
};

/** Options without a value. */
export const WITHOUT_VALUE: ReadonlySet<CurlOption> = new Set(['flag', 'get', 'head', 'insecure']);

/** Long names by short name. */
export const SHORT: Readonly<Record<string, string>> = Object.fromEntries(
  (
    's=silent S=show-error L=location i=include v=verbose N=no-buffer g=globoff f=fail #=progress-bar 0=http1.0 ' +
    '1=tlsv1 4=ipv4 6=ipv6 j=junk-session-cookies O=remote-name J=remote-header-name Z=parallel q=disable ' +
    ':=next p=proxytunnel k=insecure G=get I=head o=output m=max-time E=cert x=proxy U=proxy-user w=write-out ' +
    'c=cookie-jar D=dump-header r=range z=time-cond e=referer y=speed-time Y=speed-limit H=header d=data ' +
    'X=request u=user b=cookie A=user-agent F=form T=upload-file K=config'
  )
    .split(' ')
    .map((pair) => [pair[0]!, pair.slice(2)]),
);

/** Rejected options that take a value. */
export const REFUSED_VALUES: ReadonlySet<string> = new Set([
  'form',
  'form-string',
  'upload-file',
  'config',
  'unix-socket',
  'aws-sigv4',
]);

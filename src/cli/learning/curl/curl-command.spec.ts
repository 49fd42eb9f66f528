import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCurl } from './curl-command.js';
import { shellCommands } from './shell-words.js';

const none = (): string => {
  throw Object.assign(new Error(), { code: 'ENOENT' });
};
const read = (text: string) => readCurl(text, 'chat.curl', none)[0]!;
const wordsOf = (text: string) => shellCommands(text, 'f').map(({ words }) => words.map((word) => word.text));

/** Chrome's "Copy as cURL (cmd)". */
function forCmd(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/[^a-zA-Z0-9\s_\-:=+~'/.',?;()*`]/g, '^$&')
    .replaceAll(/%(?=[a-zA-Z0-9_])/g, '%^')
    .replaceAll(/\r?\n/g, '^\n\n');
  return `^"${escaped}^"`;
}

describe('words of bash', () => {
  const lines = [
    `curl 'a b' "c \\"d\\" \\\\ \\n" e\\ f`,
    `curl $'it\\'s \\u4f60\\u597d \\x41\\t\\041' 'it'\\''s'`,
    `curl "a'b" 'c"d' "e"'f'"g" ""`,
    `curl 'line one\nline two' "joined \\\nhere" \\\n  next`,
    `curl a#b 'x' # a comment 'that is not closed\n`,
    `curl 'https://h/?a=1&b=2' "$" 'x$y'`,
  ];
  it.each(lines)('are those that bash itself passes: %j', (line) => {
    const script = line.replace(/^curl/, 'printf "%s\\0"');
    const passed = execFileSync('bash', ['-c', script]).toString().split('\0').slice(0, -1);
    expect(wordsOf(line)[0]!.slice(1)).toEqual(passed);
  });

  it('leave variables as they are written, and end at the end of a command', () => {
    expect(wordsOf('curl "Bearer $TOKEN" ${KEY} > out.txt; curl b && curl c | jq .\n# end')).toEqual([
      ['curl', 'Bearer $TOKEN', '${KEY}'],
      ['curl', 'b'],
      ['curl', 'c'],
      ['jq', '.'],
    ]);
  });

  it('take a here-document for the input', () => {
    const request = read(
      "curl https://h/a -H 'content-type: application/json' -d @- <<'EOF'\n{\"a\": \"it's\"}\nEOF\n",
    );
    expect(request.body).toEqual({ kind: 'json', value: { a: "it's" } });
  });
});

describe('words of cmd.exe', () => {
  it.each([
    '{"a":"b c","n":1}',
    'it\'s 100% "sure" & <more>',
    'https://h/?a=%E4%BD%A0&b=2',
    'two\nlines',
    '你好！',
  ])('are those that Chrome wrote: %j', (text) => {
    const [words] = wordsOf(`curl ^"https://h/^" ^\n  -H ^"a: b^" ^\n  --data-raw ${forCmd(text)}`);
    expect(words).toEqual(['curl', 'https://h/', '-H', 'a: b', '--data-raw', text]);
  });

  it('are read with plain quotes, too', () => {
    const [words] = wordsOf(
      'curl "https://h/?a=1&b=2" ^\r\n  -H "a: \\"b\\"" ^\r\n  --data-raw "{\\"q\\":\\"x y\\"}"',
    );
    expect(words).toEqual(['curl', 'https://h/?a=1&b=2', '-H', 'a: "b"', '--data-raw', '{"q":"x y"}']);
  });
});

describe('a command of curl', () => {
  it('becomes a request', () => {
    const request = read(
      `$ curl -sS -kXPUT 'https://kim:p%40ss@h/a?x=1' -H'A: b:c' -b 'a=1; b=2=3' -H 'Cookie: c=4' -H "Content-Type: application/json" --data-raw='{"q":[1]}' --compressed -o out`,
    );
    expect(request).toMatchObject({
      at: 'chat.curl:1',
      method: 'PUT',
      user: { name: 'kim', password: 'p@ss' },
      body: { kind: 'json', value: { q: [1] } },
      isInsecure: true,
    });
    expect(request.url.href).toBe('https://h/a?x=1');
    expect(Object.fromEntries(request.headers)).toEqual({ a: 'b:c', 'content-type': 'application/json' });
    expect(Object.fromEntries(request.cookies)).toEqual({ a: '1', b: '2=3', c: '4' });
  });

  it.each([
    [
      `curl h -d a=1 -d 'b=x y'`,
      'POST',
      {
        kind: 'form',
        fields: [
          ['a', '1'],
          ['b', 'x y'],
        ],
      },
    ],
    [`curl h --data-urlencode 'q=你 &'`, 'POST', { kind: 'form', fields: [['q', '你 &']] }],
    [`curl h --json '{"a":1}'`, 'POST', { kind: 'json', value: { a: 1 } }],
    [
      `curl h -d '{"id":12345678901234567890}'`,
      'POST',
      { kind: 'json', value: { id: '12345678901234567890' } },
    ],
    [`curl h -H 'Content-Type: text/plain' -d hello`, 'POST', { kind: 'text', text: 'hello' }],
    [`curl h`, 'GET', undefined],
  ])('sends what curl sends: %s', (line, method, body) => {
    const request = read(line);
    expect(request).toMatchObject({ method, ...(body && { body }) });
    expect(request.url.href).toBe('http://h/');
  });

  it.each([
    `curl https://h/a -d '{"q":1}' | jq .`,
    `curl https://h/a -d '{"q":1}' |\n  jq '.data' | head -1 # only the data`,
    `curl "https://h/a" -d '{"q":1}' | tee "$OUT"`,
  ])('may be read by other programs: %s', (text) => {
    expect(readCurl(text, 'f', none).map(({ url }) => url.href)).toEqual(['https://h/a']);
  });

  it('that follows another, however that ended, is one of its own', () => {
    const requests = readCurl('curl https://h/a || curl https://h/b | jq .\ncurl https://h/c', 'f', none);
    expect(requests.map(({ url }) => url.pathname)).toEqual(['/a', '/b', '/c']);
  });

  it('keeps a dollar that no shell replaces', () => {
    const request = read(`curl 'https://h/a?$top=1' -H "x-price: \\$5 and $ 6" -H 'y: $Y'`);
    expect(request.url.search).toBe('?$top=1');
    expect(Object.fromEntries(request.headers)).toEqual({ 'x-price': '$5 and $ 6', y: '$Y' });
  });

  it('puts data into the query with --get', () => {
    const request = read(`curl -G https://h/a?z=0 -d q=1 --data-urlencode 'r=a b'`);
    expect(request.method).toBe('GET');
    expect(request.url.search).toBe('?z=0&q=1&r=a%20b');
  });

  it('reads Basic credentials out of a header, and a file beside the command', () => {
    const folder = mkdtempSync(join(tmpdir(), 'curl-'));
    writeFileSync(join(folder, 'body.json'), '{\n "a": 1 }\n');
    const [request] = readCurl(
      `curl h -H 'Authorization: Basic ${Buffer.from('kim:pass').toString('base64')}' -d @body.json`,
      'f',
      (path) => execFileSync('cat', [join(folder, path)]).toString(),
    );
    rmSync(folder, { recursive: true });
    expect(request).toMatchObject({ user: { name: 'kim', password: 'pass' }, body: { value: { a: 1 } } });
  });

  it.each([
    ['', 'chat.curl: holds no command'],
    ['wget https://h', 'chat.curl:1: expected a command that begins with curl, got "wget"'],
    [
      'curl https://h \\\n  --data-foo 1',
      'chat.curl:2: --data-foo: not an option of curl that is known here',
    ],
    ['curl https://h \\\n\\\n  -F file=@a.png', 'chat.curl:3: --form: forms with files'],
    ['curl https://h -H', 'chat.curl:1: --header: its value is missing; was the command cut off?'],
    ["curl https://h \\\n -H 'a: b", "chat.curl:2: the quote ' is not closed; was the command cut off?"],
    ['curl https://h -H "no colon"', 'chat.curl:1: --header: expected "Name: value"'],
    ['curl https://h -d @none.json', 'chat.curl:1: --data: cannot read none.json (ENOENT)'],
    ['curl ftp://h', 'chat.curl:1: expected an http:// or https:// address, got ftp://'],
    ['curl -H "a: b"', 'chat.curl:1: the command has no address'],
    ['curl https://h some words', 'chat.curl:1: a second address, "some"'],
    ['curl https://h -H "a: $(cat key)"', 'chat.curl:1: the command runs another one'],
    ['curl -b jar.txt https://h', 'chat.curl:1: --cookie: reads a file of cookies'],
    ['curl --digest -u a:b https://h', 'chat.curl:1: --digest: the login is an exchange of HTTP Digest'],
    ['curl https://h -% 1', 'chat.curl:1: -%: not an option'],
    ['curl \\\n "$BASE/api/chat"', 'chat.curl:2: the address contains the shell variable $BASE,'],
    [
      'curl https://h/${TENANT:-a}/chat',
      'chat.curl:1: the address contains the shell variable ${TENANT:-a},',
    ],
    ['curl --url="https://$HOST"', 'chat.curl:1: the address contains the shell variable $HOST,'],
    ['curl --url https://h/$ID', 'chat.curl:1: the address contains the shell variable $ID,'],
  ])('that is wrong is refused with its line: %j', (text, problem) => {
    expect(() => readCurl(text, 'chat.curl', none)).toThrow(problem);
  });
});

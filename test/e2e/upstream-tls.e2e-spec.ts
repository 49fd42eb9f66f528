import { type Socket, connect } from 'node:net';
import { type TLSSocket, type TlsOptions, createServer as createTlsServer } from 'node:tls';
import { describeWithCertificates, readPair } from '../support/certificates.js';
import {
  INTERNAL,
  PROXY_PASSWORD,
  expectEverythingWorks,
  expectNothingWorks,
  listen,
  lookedUp,
  openSandbox,
  opened,
  sandbox,
  sandboxPort,
  startProxy,
  startWith,
} from '../support/reach-sandbox.js';

/** Node sets the name that the client asked for; its types do not say so. */
type Named = TLSSocket & { servername: string | false };

openSandbox();

describeWithCertificates('a service with a certificate of a private authority', (made) => {
  it('is not trusted by default', async () => {
    const { address } = await startTls();
    const messages = await expectNothingWorks(await startWith(address));
    expect(messages.match(/UNABLE_TO_VERIFY_LEAF_SIGNATURE/g)).toHaveLength(4);
  });

  it.each(['127.0.0.1', 'localhost'])('is reached at %s with ca_file', async (host) => {
    const { port, names } = await startTls();
    await expectEverythingWorks(
      await startWith(`https://${host}:${port}`, { tls: { ca_file: made().caFile } }),
    );
    expect(names).toEqual(new Set([host === 'localhost' ? host : false]));
  });

  it('is reached with insecure_skip_verify, for any name in its certificate', async () => {
    const { address } = await startTls(readPair(made().otherHost));
    await expectEverythingWorks(await startWith(address, { tls: { insecure_skip_verify: true } }));
  });

  it.each(['127.0.0.1', 'localhost'])(
    'is refused at %s when the certificate is for another host',
    async (host) => {
      const { port } = await startTls(readPair(made().otherHost));
      const gateway = await startWith(`https://${host}:${port}`, { tls: { ca_file: made().caFile } });
      const messages = await expectNothingWorks(gateway);
      expect(messages.match(/ERR_TLS_CERT_ALTNAME_INVALID/g)).toHaveLength(4);
    },
  );

  it('that wants to know who we are is reached with cert_file and key_file only', async () => {
    const { caFile, client, server } = made();
    const { readFileSync } = await import('node:fs');
    const { address } = await startTls({
      ...readPair(server),
      ca: readFileSync(caFile),
      requestCert: true,
      rejectUnauthorized: true,
    });
    expect(await expectNothingWorks(await startWith(address, { tls: { ca_file: caFile } }))).toMatch(
      /CERTIFICATE_REQUIRED|ECONNRESET|EPIPE|UND_ERR_SOCKET/,
    );
    const { certFile: cert_file, keyFile: key_file } = client;
    await expectEverythingWorks(await startWith(address, { tls: { ca_file: caFile, cert_file, key_file } }));
  });

  it('that does not speak TLS is unreachable', async () => {
    const gateway = await startWith(sandbox.url.replace('http:', 'https:'));
    expect(await expectNothingWorks(gateway)).toMatch(/ERR_SSL|EPROTO|ECONNRESET/);
  });

  it('is reached through a proxy by CONNECT, and the proxy sees no more than its address', async () => {
    const proxy = await startProxy({ user: 'proxy-user', password: PROXY_PASSWORD });
    const { port, address } = await startTls();
    const gateway = await startWith(address, {
      proxy: `http://proxy-user:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:${proxy.port}`,
      tls: { ca_file: made().caFile },
    });
    await expectEverythingWorks(gateway);
    expect(proxy.seen.length).toBeLessThan(7);
    for (const request of proxy.seen) {
      const target = `127.0.0.1:${port}`;
      expect(request).toEqual({ method: 'CONNECT', target, host: target, user: 'proxy-user' });
    }
    expect(sandbox.requests.every(({ headers }) => headers.host === `127.0.0.1:${port}`)).toBe(true);
  });

  it.each(['HTTPS_PROXY', 'https_proxy'])('is reached through %s, under its own name', async (name) => {
    const proxy = await startProxy();
    const { port, names } = await startTls();
    const settings = { tls: { ca_file: made().caFile } };
    await expectEverythingWorks(
      await startWith(`https://${INTERNAL}:${port}`, settings, { [name]: proxy.url }),
    );
    expect(new Set(proxy.seen.map(({ target }) => target))).toEqual(new Set([`${INTERNAL}:${port}`]));
    expect(names).toEqual(new Set([INTERNAL]));
    expect(lookedUp.size).toBe(0);
  });

  it.each([
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'otherHost', true],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'server', false],
  ] as const)('is refused behind a proxy with %s', async (code, certificate, isTrusted) => {
    const proxy = await startProxy();
    const { port } = await startTls(readPair(made()[certificate]));
    const gateway = await startWith(`https://${INTERNAL}:${port}`, {
      proxy: proxy.url,
      ...(isTrusted && { tls: { ca_file: made().caFile } }),
    });
    expect((await expectNothingWorks(gateway)).match(RegExp(code, 'g'))).toHaveLength(4);
    expect(proxy.seen).toHaveLength(4);
  });

  /** The sandbox behind TLS. */
  async function startTls(
    options: TlsOptions = readPair(made().server),
  ): Promise<{ address: string; port: number; names: Set<string | false> }> {
    const names = new Set<string | false>();
    const sockets = new Set<Socket>();
    const server = createTlsServer(options, (socket) => {
      names.add((socket as Named).servername);
      const inner = connect(Number(sandboxPort), '127.0.0.1');
      for (const each of [socket, inner]) {
        sockets.add(each);
        each.on('error', () => undefined);
      }
      socket.pipe(inner).pipe(socket);
      socket.on('close', () => inner.destroy());
    });
    server.on('tlsClientError', () => undefined);
    const port = await listen(server);
    opened.push({
      close: () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    });
    return { address: `https://127.0.0.1:${port}`, port, names };
  }
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithTool } from './needs-tool.js';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Created for one test run by the `openssl` command, and removed after it. */
export interface TestCertificates {
  /** The private authority that signed the others. */
  readonly caFile: string;
  /** For 127.0.0.1, localhost and model.internal.test. */
  readonly server: CertificateFiles;
  /** From the same authority, for another host. */
  readonly otherHost: CertificateFiles;
  readonly client: CertificateFiles;
  remove(): void;
}

/** A `describe` whose tests need certificates, which the `openssl` command makes. */
export function describeWithCertificates(name: string, tests: (made: () => TestCertificates) => void): void {
  describeWithTool('openssl', ['version'], name, () => {
    let certificates: TestCertificates;
    beforeAll(() => {
      certificates = makeCertificates();
    });
    afterAll(() => certificates?.remove());
    tests(() => certificates);
  });
}

/** The TLS options of a server or a client. */
export function readPair({ certFile, keyFile }: CertificateFiles): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
/** Independent of the machine's openssl.cnf. */
const REQUEST_CONFIG = `[req]
distinguished_name = name
x509_extensions = authority
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
`;

function makeCertificates(): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-certificates-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const config = file('request.cnf');
  writeFileSync(config, REQUEST_CONFIG);
  const request = (name: string, more: string[]): void =>
    openssl('req', ...NEW_KEY, '-config', config, '-subj', `/CN=test ${name}`, ...more);

  const ca = pair(file('ca'));
  request('authority', ['-x509', '-days', '2', '-keyout', ca.keyFile, '-out', ca.certFile]);
  const sign = (name: string, extensions: string): CertificateFiles => {
    const made = pair(file(name));
    request(name, ['-keyout', made.keyFile, '-out', file(`${name}.csr`)]);
    writeFileSync(file(`${name}.cnf`), extensions);
    const from = ['-in', file(`${name}.csr`), '-extfile', file(`${name}.cnf`)];
    const by = ['-CA', ca.certFile, '-CAkey', ca.keyFile, '-CAcreateserial'];
    openssl('x509', '-req', '-days', '2', ...from, ...by, '-out', made.certFile);
    return made;
  };
  return {
    caFile: ca.certFile,
    server: sign('server', 'subjectAltName = IP:127.0.0.1, DNS:localhost, DNS:model.internal.test\n'),
    otherHost: sign('other-host', 'subjectAltName = DNS:other.internal.test\n'),
    client: sign('client', 'extendedKeyUsage = clientAuth\n'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function pair(path: string): CertificateFiles {
  return { certFile: `${path}.pem`, keyFile: `${path}.key` };
}

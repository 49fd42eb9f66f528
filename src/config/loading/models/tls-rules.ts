import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { type ConfigReport } from '../../rules/config-report.js';
import { type TlsConfig } from '../../model.config.js';
import { errorCode, isAbsent, readFailure } from '../config-file.js';

const FILES = ['ca_file', 'cert_file', 'key_file'] as const;
type TlsFile = (typeof FILES)[number];

/** Resolves the paths of a `tls:` block against the configuration's folder. */
export function resolveTlsFiles(tls: TlsConfig, folder: string): void {
  for (const file of FILES) {
    const path = tls[file];
    if (typeof path === 'string' && path !== '') tls[file] = resolve(folder, path);
  }
}

/**
 * Reads the files of a `tls:` block and builds a TLS context from them, so that errors show at startup.
 * @param files receives the paths that were read
 */
export function checkTls(tls: TlsConfig, report: ConfigReport, files: Set<string>): void {
  if ((tls.cert_file === undefined) !== (tls.key_file === undefined)) {
    const [has, lacks] = tls.cert_file === undefined ? ['key_file', 'cert_file'] : ['cert_file', 'key_file'];
    report.problem(`tls.${has}`, `requires ${lacks}, expected both or neither`);
  }
  const texts: Partial<Record<TlsFile, Buffer>> = {};
  let isComplete = true;
  for (const file of FILES) {
    const path = tls[file];
    if (typeof path !== 'string' || path === '') continue;
    files.add(path);
    try {
      texts[file] = readFileSync(path);
    } catch (error) {
      // The message does not quote the path: people paste whole keys where a path is expected.
      isComplete = false;
      const message = `the file cannot be used: ${readFailure(error)}`;
      if (isAbsent(error)) report.absent(`tls.${file}`, 'the file does not exist', message);
      else report.problem(`tls.${file}`, message);
    }
  }
  if (isComplete) tryOut(texts, report);
  tls.files_sha256 = digestOf(texts);
}

/** Undefined when no file is named. */
function digestOf(texts: Partial<Record<TlsFile, Buffer>>): string | undefined {
  const parts = FILES.map((file) => texts[file]?.toString('base64') ?? '');
  if (parts.every((part) => part === '')) return undefined;
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

function tryOut(
  { ca_file: ca, cert_file: cert, key_file: key }: Partial<Record<TlsFile, Buffer>>,
  report: ConfigReport,
) {
  // OpenSSL silently accepts a CA file without any certificate.
  if (ca !== undefined && !ca.includes('-----BEGIN')) {
    report.problem(
      'tls.ca_file',
      'contains no certificate, expected PEM text ("-----BEGIN CERTIFICATE-----")',
    );
    return;
  }
  for (const [file, part] of [
    ['ca_file', { ca }],
    ['cert_file', { cert }],
    ['key_file', { key }],
    ['key_file', { cert, key }],
  ] as const) {
    try {
      createSecureContext(part);
    } catch (error) {
      const code = errorCode(error) ?? 'unknown reason';
      const expected =
        file === 'key_file' ? 'a PEM key without passphrase that fits cert_file' : 'PEM certificates';
      report.problem(`tls.${file}`, `cannot be used (${code}), expected ${expected}`);
      return;
    }
  }
}

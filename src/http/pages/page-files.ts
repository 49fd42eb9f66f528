import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** One file of a page, ready to send. */
interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly zipped: Buffer;
}

/** The files of a page, each read on the first request for it. */
export class PageFiles {
  readonly #read = new Map<string, PageFile>();

  /**
   * @param paths the file behind each name
   * @param headers of every response, in addition to those of the file itself
   */
  constructor(
    private readonly paths: ReadonlyMap<string, string>,
    private readonly headers: OutgoingHttpHeaders,
  ) {}

  /** @returns false, and sends nothing, if there is no such file */
  send(name: string, { method, headers }: IncomingMessage, res: ServerResponse): boolean {
    const file = this.#get(name);
    if (file === undefined) return false;
    const { type, etag, bytes, zipped } = file;
    const common = { ...this.headers, 'cache-control': 'no-cache', vary: 'accept-encoding', etag };
    if (headers['if-none-match'] === etag) {
      res.writeHead(304, common).end();
      return true;
    }
    const isZipped = /\bgzip\b/.test(String(headers['accept-encoding']));
    const body = isZipped ? zipped : bytes;
    res.writeHead(200, {
      ...common,
      'content-type': type,
      'content-length': body.length,
      ...(isZipped && { 'content-encoding': 'gzip' }),
    });
    res.end(method === 'HEAD' ? undefined : body);
    return true;
  }

  #get(name: string): PageFile | undefined {
    const path = this.paths.get(name);
    if (path === undefined) return undefined;
    let file = this.#read.get(name);
    if (file === undefined) this.#read.set(name, (file = read(path)));
    return file;
  }
}

function read(path: string): PageFile {
  const bytes = readFileSync(path);
  return {
    type: TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`,
    bytes,
    zipped: gzipSync(bytes),
  };
}

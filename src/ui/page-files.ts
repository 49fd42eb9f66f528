import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';

const FOLDER = join(import.meta.dirname, 'page');
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** One file of the page, ready to send. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly zipped: Buffer;
}

/** The files of the page, read on the first request for one of them. */
@Injectable()
export class PageFiles {
  #files: ReadonlyMap<string, PageFile> | undefined;

  /** @returns undefined when there is no such file */
  get(name: string): PageFile | undefined {
    this.#files ??= new Map(readdirSync(FOLDER).map((file) => [file, read(file)]));
    return this.#files.get(name);
  }
}

function read(name: string): PageFile {
  const bytes = readFileSync(join(FOLDER, name));
  return {
    type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`,
    bytes,
    zipped: gzipSync(bytes),
  };
}

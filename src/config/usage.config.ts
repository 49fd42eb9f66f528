import 'reflect-metadata';
import { resolve } from 'node:path';
import { IsOptional } from 'class-validator';
import { rule, SecondsFrom, WholeNumber } from './rules/config-rules.js';
import { textLike } from './rules/rule-schema.js';

const FILE = /^file:(.*)$/s;
const POSTGRES = /^postgres(?:ql)?:\/\//i;
/** The scheme of either kind of store. */
const BEGINNING = /^(file:|[pP][oO][sS][tT][gG][rR][eE][sS]([qQ][lL])?:\/\/)/;
const LONGEST_DAYS = 36_500;

/** Where the usage and the cost of calls are stored. */
export class UsageConfig {
  /**
   * `file:` with the path of an SQLite file, relative to the configuration's folder, or the address of a Postgres
   * database. Absent: memory only. A secret, because it may contain a password.
   */
  @IsOptional()
  @rule(
    'usageStore',
    '"file:data/usage.db" or an address such as postgres://user:password@host:5432/database ' +
      '(special characters percent-encoded)',
    textLike(BEGINNING),
    isStore,
  )
  store?: string;

  /** How long the record of a call is kept. */
  @WholeNumber(1, LONGEST_DAYS) retention_days: number = 400;
  /**
   * Longest time until the record of a call is written; a killed process loses no more than that.
   */
  @SecondsFrom(0.1) flush_seconds: number = 2;

  /** The path of the SQLite file; undefined for another store. */
  get filePath(): string | undefined {
    const path = FILE.exec(this.store ?? '')?.[1];
    // `file:///var/…` is the same as `file:/var/…`.
    return path?.replace(/^\/\/(?=\/)/, '');
  }

  /** Makes the path of the file absolute. @param folder the configuration's folder */
  resolveFrom(folder: string): void {
    if (!isStore(this.store)) return;
    const path = this.filePath;
    if (path !== undefined) this.store = `file:${resolve(folder, path)}`;
  }
}

function isStore(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const path = FILE.exec(value)?.[1];
  if (path !== undefined) return /^(?!\/\/[^/])(?!:)[^\0]*[^\0/\s]\s*$/s.test(path);
  if (!POSTGRES.test(value) || !URL.canParse(value)) return false;
  const { hostname, pathname, hash, username, password } = new URL(value);
  if (hostname === '' || pathname.length < 2 || hash !== '') return false;
  try {
    decodeURIComponent(username + password + pathname);
    return true;
  } catch {
    return false;
  }
}

#!/usr/bin/env node
// Runs dist/main.js in this very process, so that signals reach it. In a checkout it builds first when dist is older
// than the sources; where there are no sources or no compiler, as in production, it runs what is there.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const ROOT = dirname(import.meta.dirname);
const SRC = join(ROOT, 'src');
const MAIN = join(ROOT, 'dist', 'main.js');
const COMPILER = join(ROOT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
const LOCK = join(ROOT, 'node_modules', '.llm-gateway-build');
const BUILD_FILES = /^(tsconfig.*\.json|nest-cli\.json|package\.json)$/;
/** Code, and the page of the board. */
const IS_SOURCE = /\.(ts|js|css|html|svg)$/;
const LOCK_POLL_MS = 100;
/** Longer than any build: an older lock was left behind by a process that was killed. */
const LOCK_EXPIRES_MS = 180_000;

if (existsSync(SRC) && existsSync(COMPILER)) {
  for (;;) {
    while (isLocked()) await sleep(LOCK_POLL_MS);
    if (!isStale()) break;
    if (takeLock()) await build();
  }
}
if (!existsSync(MAIN)) {
  fail(`${MAIN} is missing. Run 'npm install' and 'npm run build' in ${ROOT} first.`);
}
await import(pathToFileURL(MAIN).href);

/** Whether a source is younger than the build, or a build was broken off half way. */
function isStale() {
  if (existsSync(LOCK) || !existsSync(MAIN)) return true;
  const builtAt = statSync(MAIN).mtimeMs;
  const isYounger = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs > builtAt;
  return (
    readdirSync(ROOT).some((name) => BUILD_FILES.test(name) && isYounger(join(ROOT, name))) ||
    readdirSync(SRC, { recursive: true }).some(
      (name) => IS_SOURCE.test(name) && !name.endsWith('.spec.ts') && isYounger(join(SRC, name)),
    )
  );
}

/** Whether another process is building right now. */
function isLocked() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    if (pid === process.pid || Date.now() - statSync(LOCK).mtimeMs > LOCK_EXPIRES_MS) return false;
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** False if another process was quicker. */
function takeLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isLocked()) rmSync(LOCK, { force: true });
    return false;
  }
}

async function build() {
  const why = existsSync(MAIN) ? 'the sources have changed, ' : '';
  process.stderr.write(`llm-gateway: ${why}building ...\n`);
  const startedAt = new Date();
  // Answers alone go to stdout.
  const compiler = spawn(process.execPath, [COMPILER, 'build'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  const stop = () => compiler.kill();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const code = await new Promise((resolve) => compiler.once('exit', resolve));
  process.off('SIGINT', stop).off('SIGTERM', stop);
  // The compiler writes its output in spite of errors; and what changed while it ran is not in it.
  if (code === 0) utimesSync(MAIN, startedAt, startedAt);
  else rmSync(MAIN, { force: true });
  rmSync(LOCK, { force: true });
  if (code !== 0) fail('the build failed.');
}

function fail(message) {
  process.stderr.write(`llm-gateway: ${message}\n`);
  process.exit(1);
}

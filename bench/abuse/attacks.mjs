import { setTimeout as sleep } from 'node:timers/promises';
import { KEYS, head } from './attacker.mjs';

const LARGEST_BODY = 32 * 1024 * 1024;
const MANY = 12;

const chatOf = (model, x, content = 'hi') =>
  `{"model":"${model}","messages":[{"role":"user","content":"${content}"}],"x":${x}}`;
const streamOf = (model) => `{"model":"${model}","stream":true,"messages":[{"role":"user","content":"hi"}]}`;
const times = (count, make) => Promise.all(Array.from({ length: count }, (_, i) => make(i)));
const repeated = (piece, bytes) => piece.repeat(Math.floor(bytes / piece.length));
/** An array with about this many bytes of text. */
const arrayOf = (piece, bytes) => `[${repeated(`${piece},`, bytes)}${piece}]`;
/** Within the limit of the smallest documented heap. */
const WITHIN_VALUES = 250_000;
const distinct = (count) => `[${Array.from({ length: count / 3 }, (_, i) => `{"k${i}":0}`).join(',')}]`;

/** Sends a body on several connections of both keys again and again until the time is over. */
const flood = (body, connections = MANY) => ({
  run: (attacker, { endAt }) => {
    const bytes = Buffer.from(body());
    return times(connections, async (i) => {
      while (performance.now() < endAt) {
        const answer = attacker.post(i % 2 === 0 ? KEYS.attacker : KEYS.second, bytes);
        const status = await Promise.race([answer, sleep(Math.max(0, endAt - performance.now()))]);
        if (status === 0 || status === 429) await sleep(100);
      }
    });
  },
});

/** Sends requests and reads nothing. */
const unread = (requestBytes, connections = MANY) => ({
  run: async (attacker, { endAt }) => {
    const sockets = await times(connections, () => attacker.connect());
    await times(connections, (i) =>
      Promise.race([attacker.write(sockets[i], requestBytes), sleep(endAt - performance.now())]),
    );
    await sleep(Math.max(0, endAt - performance.now()));
  },
});

const post = (body) => head(KEYS.attacker, `content-length: ${Buffer.byteLength(body)}`) + body;

/** The attacks, by name. A `run` sends until `endAt` and leaves its connections open. */
export const ATTACKS = {
  'pipelined-docs': {
    title: '5 connections, each 1,000 pipelined requests for a file, nothing read (no key)',
    ...unread('GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(1000), 5),
  },
  'one-byte-chunks': {
    title: `${MANY} bodies in chunks of one byte`,
    run: async (attacker, { endAt }) => {
      const batch = '1\r\nx\r\n'.repeat(10_000);
      await times(MANY, async (i) => {
        const socket = await attacker.connect({ reads: true });
        await attacker.write(
          socket,
          head(i % 2 === 0 ? KEYS.attacker : KEYS.second, 'transfer-encoding: chunked'),
        );
        while (performance.now() < endAt && (await attacker.write(socket, batch)));
      });
    },
  },
  'chunk-extensions': {
    title: `${MANY} bodies in chunks of one byte with an extension of 1 kB each`,
    run: async (attacker, { endAt }) => {
      const batch = `1;x=${'e'.repeat(1000)}\r\nx\r\n`.repeat(100);
      await times(MANY, async () => {
        const socket = await attacker.connect({ reads: true });
        await attacker.write(socket, head(KEYS.attacker, 'transfer-encoding: chunked'));
        while (performance.now() < endAt && (await attacker.write(socket, batch)));
      });
    },
  },
  'announced-bodies': {
    title: '200 bodies of 32 MB announced, and no byte sent',
    run: async (attacker, { endAt }) => {
      await times(200, async () =>
        attacker.write(
          await attacker.connect({ reads: true }),
          head(KEYS.attacker, `content-length: ${LARGEST_BODY}`),
        ),
      );
      await sleep(Math.max(0, endAt - performance.now()));
    },
  },
  'half-bodies': {
    title: '200 bodies of 32 MB begun with 1 MB, then nothing',
    run: async (attacker, { endAt }) => {
      const piece = Buffer.alloc(1024 * 1024, 'x');
      await times(200, async () => {
        const socket = await attacker.connect({ reads: true });
        await attacker.write(socket, head(KEYS.attacker, `content-length: ${LARGEST_BODY}`));
        await Promise.race([attacker.write(socket, piece), sleep(endAt - performance.now())]);
      });
      await sleep(Math.max(0, endAt - performance.now()));
    },
  },
  'objects-beyond-limit': {
    title: `\`{},\` by the million: ${MANY} bodies of 16 MB`,
    ...flood(() => chatOf('m', arrayOf('{}', 16e6))),
  },
  'objects-within-limit': {
    title: `250,000 \`{}\` a body, ${MANY} at a time`,
    ...flood(() => chatOf('m', arrayOf('{}', WITHIN_VALUES * 3))),
  },
  'distinct-keys': {
    title: `83,000 objects with a key of their own each a body, ${MANY} at a time`,
    ...flood(() => chatOf('m', distinct(WITHIN_VALUES))),
  },
  'largest-text': {
    title: `texts of 32 MB, ${MANY} at a time`,
    ...flood(() => chatOf('m', '0', repeated('中', LARGEST_BODY / 3 - 200))),
  },
  'escaped-quotes': {
    title: `32 MB of \`\\"\`, ${MANY} at a time`,
    ...flood(() => chatOf('m', '0', repeated('\\"', LARGEST_BODY - 200))),
  },
  'waiting-bodies': {
    title: 'bodies of 8 MB that wait in a queue, as many as are let in',
    ...flood(() => chatOf('silent', '0', repeated('x', 8e6)), 40),
  },
  'failing-calls': {
    title: 'bodies of 8 MB whose calls are retried',
    ...flood(() => chatOf('failing', '0', repeated('x', 8e6)), 40),
  },
  'mapped-objects': {
    title: `250,000 \`{}\` a body to a mapped model, ${MANY} at a time`,
    ...flood(() => chatOf('mapped', arrayOf('{}', WITHIN_VALUES * 3))),
  },
  'mapped-text': {
    title: `texts of 30 MB to a mapped model, ${MANY} at a time`,
    ...flood(() => chatOf('mapped', '0', repeated('中', 10e6))),
  },
  'running-jobs': {
    title: `jobs that run, 60 kB of \`{},\` each, 200 at a time`,
    ...flood(() => chatOf('job', arrayOf('{}', 60e3)), 200),
  },
  'looking-jobs': {
    title: `the same where each poll looks at all of them`,
    ...flood(() => chatOf('looking', arrayOf('{}', 60e3)), 200),
  },
  'regular-expression': {
    title: 'a regular expression over 60 kB of spaces',
    ...flood(() => chatOf('regex', '0', `${' '.repeat(60_000)}x`), 8),
  },
  padding: { title: '`$pad` to 200 MB', ...flood(() => chatOf('pad', '0'), 8) },
  'unread-responses': {
    title: `${MANY} responses of 20 MB, nothing read`,
    ...unread(post(chatOf('large', '0'))),
  },
  'unread-streams': {
    title: `${MANY} endless streams, nothing read`,
    ...unread(post('{"model":"endless","stream":true,"messages":[{"role":"user","content":"hi"}]}')),
  },
  'one-byte-response': {
    title: 'responses of a service in chunks of one byte',
    ...flood(() => chatOf('bytes', '0'), 4),
  },
  'objects-response': {
    title: 'responses of a service with 5 million `{}`, passed on',
    ...flood(() => chatOf('objects', '0'), 2),
  },
  'objects-split': {
    title: 'responses of a service with 5 million `{}`, for clients that want a stream',
    ...flood(() => streamOf('objects'), 2),
  },
  'objects-gathered': {
    title: 'streams of a service with 18 million `{}`, for clients that want one document',
    ...flood(() => chatOf('gathered', '0'), 2),
  },
  'gzip-response': {
    title: 'responses of a service of 300 kB that unpack to 300 MB',
    ...flood(() => chatOf('bomb', '0'), 4),
  },
  'endless-event': {
    title: 'streams of a service whose event does not end',
    ...flood(() => streamOf('event'), 4),
  },
  'endless-error': {
    title: `error bodies of a service that do not end, ${MANY} at a time`,
    ...flood(() => chatOf('error', '0')),
  },
};

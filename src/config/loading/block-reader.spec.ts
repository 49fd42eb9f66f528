import {
  AUTH,
  expectRefusals,
  type Mistake,
  mistake,
  MODELS,
  SECRET,
} from '../../../test/fixtures/config/mistake.js';

/** A mistake in the third line of a file that is fine otherwise. */
const inServer = (what: string, lines: string, problem: string): Mistake =>
  mistake(what, `server:\n  debug: false\n${lines}\n${AUTH}\n${MODELS}\n`, problem);

describe('a block', () => {
  expectRefusals([
    inServer('unknown key', '  prot: 80', '3 server.prot: unknown key, did you mean "port"?'),
    inServer(
      'key far from any',
      `  zzz: ${SECRET}`,
      '3 server.zzz: unknown key, expected one of host, port,',
    ),
    inServer(
      'quoted number',
      '  port: "8000"',
      '3 server.port: expected a whole number from 0 to 65535, got a string (write',
    ),
    inServer(
      'quoted flag',
      '  docs: "true"',
      '3 server.docs: expected true or false, got a string (write it without quotes)',
    ),
    inServer('yes for true', '  docs: yes', '3 server.docs: expected true or false, got a string'),
    inServer(
      'port out of range',
      '  port: 65536',
      '3 server.port: expected a whole number from 0 to 65535, got 65536',
    ),
    inServer(
      'broken number',
      '  port: 80.5',
      '3 server.port: expected a whole number from 0 to 65535, got 80.5',
    ),
    inServer(
      'no number',
      '  shutdown_grace_seconds: .nan',
      '3 server.shutdown_grace_seconds: expected a number of seconds',
    ),
    inServer('host with port', '  host: "x:80"', '3 server.host: expected a host name or an IP address'),
    inServer(
      'host as a list',
      '  host: [a]',
      '3 server.host: expected a host name or an IP address, without scheme and port, got a list',
    ),
    inServer(
      'unknown size',
      '  body_limit: "10 miles"',
      '3 server.body_limit: expected a size such as "10mb"',
    ),
    inServer('no body at all', '  body_limit: 0', '3 server.body_limit: expected a size such as "10mb"'),
    inServer(
      'origin with path',
      '  cors_origins: ["https://x.test/"]',
      '3 server.cors_origins: expected a list of origins',
    ),
    inServer(
      'one origin',
      '  cors_origins: "https://x.test"',
      '3 server.cors_origins: expected a list of origins',
    ),
    inServer(
      'missing variable',
      '  port: ${P}',
      '3 server.port: the environment variable P is not set, expected a value (or',
    ),
    inServer(
      'variable of another type',
      '  port: ${P:-abc}',
      '3 server.port: expected a whole number from 0 to 65535, got a string',
    ),
    mistake(
      'block that is no mapping',
      `server: ${SECRET}\n${AUTH}\n${MODELS}`,
      '1 server: expected a mapping, got a string',
    ),
    mistake(
      'block that is a list',
      `${AUTH}\nlogging: []\n${MODELS}`,
      '2 logging: expected a mapping, got a list',
    ),
    mistake('unknown block', `sever: {}\n${AUTH}\n${MODELS}`, '1 sever: unknown key, did you mean "server"?'),
    mistake(
      'unknown level',
      `logging: { level: ${SECRET} }\n${AUTH}\n${MODELS}`,
      '1 logging.level: expected one of debug, info, warn, error',
    ),
    mistake(
      'negative clock',
      `timeouts: { idle_seconds: -1 }\n${AUTH}\n${MODELS}`,
      '1 timeouts.idle_seconds: expected a number of seconds',
    ),
    mistake(
      'endless clock',
      `timeouts: { idle_seconds: .inf }\n${AUTH}\n${MODELS}`,
      '1 timeouts.idle_seconds: expected a number of seconds',
    ),
  ]);
});

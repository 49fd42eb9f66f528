import 'reflect-metadata';
import { getHeapStatistics } from 'node:v8';
import {
  AtNextStart,
  Bytes,
  DefaultOfMachine,
  Flag,
  Seconds,
  TextLike,
  TextList,
  WholeNumber,
} from './rules/config-rules.js';

const MEGABYTE = 1024 * 1024;
const LARGEST_BODY = 1024 * MEGABYTE;
const LARGEST_TOTAL = 1024 * LARGEST_BODY;
const LARGEST_UPLOAD = 1024 * LARGEST_BODY;

/** Limit of Node's heap in bytes: `--max-old-space-size` and a few megabytes. */
const HEAP_BYTES = getHeapStatistics().heap_size_limit;
/** Share for all bodies. Bodies lie outside the heap, but processing them takes about as much heap again. */
const BODIES_SHARE_OF_HEAP = 1 / 4;
/** A JSON value takes up to 71 bytes of the heap (measured), and several times that until it is collected. */
const HEAP_BYTES_PER_VALUE = 1024;
/** Parsing half a million values blocks the event loop for about a third of a second. */
const MOST_VALUES = 500_000;

/** Deeper JSON overflows the stack of some recursive parsers. */
const DEEPEST_JSON = 2000;

/** Host names, IPv4 and IPv6 addresses (with a zone), but no URL and no port. */
export const HOST = /^(?![^:]*:[^:]*$)[A-Za-z0-9._:%-]+$/;

export const LARGEST_PORT = 65_535;

const ORIGIN = /^(\*|[nN][uU][lL][lL]|[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^\s/?#@]+)$/;

/** How the gateway listens, limits requests and shuts down. */
export class ServerConfig {
  /** Address to listen on; `--host` overrides it. */
  @AtNextStart()
  @TextLike(HOST, 'a host name or an IP address, without scheme and port')
  host: string = '0.0.0.0';
  /** Port to listen on; the variable `PORT` overrides it, and `--port` both. 0 lets the system choose. */
  @AtNextStart() @WholeNumber(0, LARGEST_PORT) port: number = 8000;
  /** Debug level and stack traces in the log, never in responses. */
  @Flag() debug: boolean = false;
  /** Whether `/docs` and `/docs-json` exist. */
  @AtNextStart() @Flag() docs: boolean = true;
  /** Whether the dashboard at `/ui` exists. */
  @AtNextStart() @Flag() ui: boolean = true;
  /** Origins from which browsers may call; empty = CORS is off. */
  @AtNextStart()
  @TextList(ORIGIN, 'origins such as "https://app.example.com" (no path, no final slash) or "*"')
  cors_origins: readonly string[] = [];
  /** Host names accepted when no API key is required, in addition to loopback names and IP addresses. */
  @TextList(HOST, 'host names such as "gateway.internal" (no scheme, no port)')
  allowed_hosts: readonly string[] = [];
  /** Largest request body, in bytes; the YAML may also say "10mb". */
  @Bytes(1, LARGEST_BODY, 'a size such as "10mb" or a whole number of bytes')
  body_limit: number = 32 * MEGABYTE;
  /** Largest form with files, in bytes; a form is not held in memory, but sent on while it arrives. */
  @Bytes(1, LARGEST_UPLOAD, 'a size such as "512mb" or a whole number of bytes')
  upload_limit: number = 512 * MEGABYTE;
  /**
   * Limit for all request bodies in memory at one time, in bytes; 0 = no limit. The effective limit is at least one
   * body, or two with several clients: each client may hold as much as it leaves free, and always one body.
   * Default: 256 MB, or a quarter of Node's heap if that is less.
   */
  @Bytes(0, LARGEST_TOTAL, 'a size such as "256mb" or a whole number of bytes')
  @DefaultOfMachine()
  bodies_limit: number = Math.min(256 * MEGABYTE, Math.floor(HEAP_BYTES * BODIES_SHARE_OF_HEAP));
  /** Largest total size of request headers, in bytes. */
  @AtNextStart()
  @Bytes(1024, MEGABYTE, 'a size such as "16kb" or a whole number of bytes')
  header_limit: number = 16 * 1024;
  /** Deepest nesting of a request's JSON; the body itself is the first level. */
  @WholeNumber(1, DEEPEST_JSON) json_depth_limit: number = 256;
  /**
   * Most values in a request's JSON, counting objects, arrays, strings, numbers, literals and object keys.
   * Default: 500,000, or one per 1,024 bytes of Node's heap if that is less.
   */
  @DefaultOfMachine()
  @WholeNumber(1)
  json_values_limit: number = Math.min(MOST_VALUES, Math.floor(HEAP_BYTES / HEAP_BYTES_PER_VALUE));
  /** Time allowed for the request headers; 0 = only `request_seconds` applies. */
  @AtNextStart() @Seconds() headers_seconds: number = 60;
  /** Longest pause while a request body arrives; 0 = only `request_seconds` applies. */
  @Seconds() body_idle_seconds: number = 20;
  /** Time allowed for a whole request, body included; 0 = no limit. */
  @AtNextStart() @Seconds() request_seconds: number = 300;
  /** Longest time a client may read nothing of a response, except in model calls, which have `timeouts`; 0 = no limit. */
  @AtNextStart() @Seconds() response_idle_seconds: number = 20;
  /** Interval of comment lines on a silent stream; 0 = never. */
  @Seconds() sse_keepalive_seconds: number = 0;
  /** How long a drain accepts new calls after readiness fails. */
  @Seconds() shutdown_delay_seconds: number = 0;
  /** How long a drain waits for running calls. */
  @Seconds() shutdown_grace_seconds: number = 25;
  /** Whether changes to the configuration's files take effect at once; SIGHUP always reloads them. */
  @Flag() watch_config: boolean = true;
  /** Whether a failed model call returns 502, 503 or 504 instead of 500. */
  @Flag() precise_error_status: boolean = false;
}

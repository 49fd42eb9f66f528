import 'reflect-metadata';
import { getHeapStatistics } from 'node:v8';
import { Transform } from 'class-transformer';
import { byteSize } from './byte-size.js';
import { AtNextStart, Flag, Seconds, TextLike, TextList, WholeNumber } from './config-rules.js';

const MEGABYTE = 1024 * 1024;
const LARGEST_BODY = 1024 * MEGABYTE;
const LARGEST_TOTAL = 1024 * LARGEST_BODY;

/** What Node lets its heap grow to, in bytes: `--max-old-space-size` and a few megabytes. */
const HEAP_BYTES = getHeapStatistics().heap_size_limit;
/** Of the heap for all bodies: they lie beside it, and what is made of them on their way takes about as much again. */
const BODIES_SHARE_OF_HEAP = 1 / 4;
/** A JSON value takes up to 71 bytes of the heap (measured), and several times that while it is collected. */
const HEAP_BYTES_PER_VALUE = 1024;
/** Reading half a million values takes about a third of a second, and nothing else happens meanwhile. */
const MOST_VALUES = 500_000;

/** Beyond it some of those who read JSON recursively run out of stack. */
const DEEPEST_JSON = 2000;

/** Names, IPv4 and IPv6 addresses (with a zone), but no URL and no port. */
export const HOST = /^(?![^:]*:[^:]*$)[A-Za-z0-9._:%-]+$/;

export const LARGEST_PORT = 65_535;

const ORIGIN = /^(\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+)$/i;

/** How the gateway listens, and how it leaves. */
export class ServerConfig {
  @AtNextStart()
  @TextLike(HOST, 'a host name or an IP address, without scheme and port')
  host: string = '0.0.0.0';
  /** 0 lets the system choose. */
  @AtNextStart() @WholeNumber(0, LARGEST_PORT) port: number = 8000;
  /** Debug level and stack traces in the log, never in answers. */
  @Flag() debug: boolean = false;
  /** Whether `/docs` and `/docs-json` exist. */
  @AtNextStart() @Flag() docs: boolean = true;
  /** Whether the board at `/ui` exists. */
  @AtNextStart() @Flag() ui: boolean = true;
  /** Origins that browsers may call from; empty = CORS is off. */
  @AtNextStart()
  @TextList(ORIGIN, 'origins such as "https://app.example.com" (no path, no final slash) or "*"')
  cors_origins: readonly string[] = [];
  /** Names under which a gateway that asks for no key may be called, beside loopback names and IP addresses. */
  @TextList(HOST, 'host names such as "gateway.internal" (no scheme, no port)')
  allowed_hosts: readonly string[] = [];
  /** Largest request body, in bytes; the YAML may also say "10mb". */
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(1, LARGEST_BODY, 'a size such as "10mb" or a whole number of bytes')
  body_limit: number = 32 * MEGABYTE;
  /**
   * Of all request bodies that calls hold at one time, in bytes; 0 = any number. In effect never less than one body,
   * or two where there are several clients: each may hold as much as it leaves free, and in any case one body.
   * Default: 256 MB, or a quarter of Node's heap where that is less.
   */
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(0, LARGEST_TOTAL, 'a size such as "256mb" or a whole number of bytes')
  bodies_limit: number = Math.min(256 * MEGABYTE, Math.floor(HEAP_BYTES * BODIES_SHARE_OF_HEAP));
  /** Largest set of request headers, in bytes. */
  @AtNextStart()
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(1024, MEGABYTE, 'a size such as "16kb" or a whole number of bytes')
  header_limit: number = 16 * 1024;
  /** How deep the JSON of a request may be nested; the body itself is the first level. */
  @WholeNumber(1, DEEPEST_JSON) json_depth_limit: number = 256;
  /**
   * How many values the JSON of a request may have: objects, arrays, texts, numbers, literals, and the keys of objects.
   * Default: 500,000, or one for each 1,024 bytes of Node's heap where that is less.
   */
  @WholeNumber(1) json_values_limit: number = Math.min(
    MOST_VALUES,
    Math.floor(HEAP_BYTES / HEAP_BYTES_PER_VALUE),
  );
  /** How long a caller may take to send the headers; 0 = as long as the whole request. */
  @AtNextStart() @Seconds() headers_seconds: number = 60;
  /** How long a request body may make no progress; 0 = as long as the whole request. */
  @Seconds() body_idle_seconds: number = 20;
  /** How long a caller may take to send a request, body included; 0 = any. */
  @AtNextStart() @Seconds() request_seconds: number = 300;
  /** How long a client may take nothing of a response, model calls aside, which have their own clocks; 0 = any. */
  @AtNextStart() @Seconds() response_idle_seconds: number = 20;
  /** How often a silent stream gets a comment line; 0 = never. */
  @Seconds() sse_keepalive_seconds: number = 0;
  /** How long a drain waits, after readiness turned, before it refuses new calls. */
  @Seconds() shutdown_delay_seconds: number = 0;
  /** How long a drain waits for running calls. */
  @Seconds() shutdown_grace_seconds: number = 25;
  /** Whether changes of the configuration's files are taken over at once; SIGHUP always does so. */
  @Flag() watch_config: boolean = true;
  /** Whether a failed model call answers 502, 503 or 504 instead of 500. */
  @Flag() precise_error_status: boolean = false;
}

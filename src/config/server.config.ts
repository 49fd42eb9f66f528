import 'reflect-metadata';
import { Transform } from 'class-transformer';
import { byteSize } from './byte-size.js';
import { AtNextStart, Flag, Seconds, TextLike, TextList, WholeNumber } from './config-rules.js';

const MEGABYTE = 1024 * 1024;
const LARGEST_BODY = 1024 * MEGABYTE;
const LARGEST_TOTAL = 1024 * LARGEST_BODY;

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
  /** Largest request body, in bytes; the YAML may also say "10mb". */
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(1, LARGEST_BODY, 'a size such as "10mb" or a whole number of bytes')
  body_limit: number = 32 * MEGABYTE;
  /** Of all request bodies that calls hold at one time, in bytes; 0 = none. In effect never less than one body. */
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(0, LARGEST_TOTAL, 'a size such as "256mb" or a whole number of bytes')
  bodies_limit: number = 256 * MEGABYTE;
  /** Largest set of request headers, in bytes. */
  @AtNextStart()
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(1024, MEGABYTE, 'a size such as "16kb" or a whole number of bytes')
  header_limit: number = 16 * 1024;
  /** How deep the JSON of a request may be nested; the body itself is the first level. */
  @WholeNumber(1, DEEPEST_JSON) json_depth_limit: number = 256;
  /** How long a caller may take to send the headers; 0 = as long as the whole request. */
  @AtNextStart() @Seconds() headers_seconds: number = 60;
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

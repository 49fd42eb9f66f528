import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { Flag, Text } from './config-rules.js';

/** TLS towards one model service. Paths are absolute after loading; in the YAML they count from its folder. */
export class TlsConfig {
  /** Certificates to trust, PEM; replaces the system's list. */
  @IsOptional() @Text() ca_file?: string;
  /** Our own certificate, PEM, for services that ask for one; needs `key_file`. */
  @IsOptional() @Text() cert_file?: string;
  @IsOptional() @Text() key_file?: string;
  @Flag() insecure_skip_verify: boolean = false;
  /** No key of the YAML: what the files held when they were read, so that a renewed certificate is a change. */
  files_sha256?: string;
}

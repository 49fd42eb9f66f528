import { IsOptional } from 'class-validator';
import { Text, TextList } from '../rules/config-rules.js';

/** A key file of Google, as its console and `gcloud` write them: https://google.aip.dev/auth/4110 */
export type GoogleKey = Readonly<Record<string, unknown>> & { readonly type: GoogleKeyType };

export const GOOGLE_KEY_TYPES = ['service_account', 'authorized_user'] as const;
export type GoogleKeyType = (typeof GOOGLE_KEY_TYPES)[number];

/** Access tokens of Google Cloud instead of an API key. */
export class GoogleAuthConfig {
  /**
   * The JSON file of a service account or of a user, relative to the configuration's folder. Default: the application
   * default credentials.
   */
  @IsOptional() @Text() key_file?: string;
  /** OAuth scopes of the access tokens. */
  @TextList(/\S/, 'names of scopes') scopes: readonly string[] = [
    'https://www.googleapis.com/auth/cloud-platform',
  ];
  /**
   * Not a YAML key: the contents of the file; undefined if the tokens come from the metadata
   * server.
   */
  key?: GoogleKey;
  /** Not a YAML key: host of the metadata server. */
  metadata_host?: string;
}

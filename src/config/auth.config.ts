import 'reflect-metadata';
import { Flag, List } from './config-rules.js';

/** One client, as kept in memory: the plain key is hashed while loading and then forgotten. */
export class ApiKeyConfig {
  /** Shown in the log; `key-1` and so on, by position, for those without a name. */
  name: string;
  /** 64 lower-case hexadecimal digits. */
  key_sha256: string;
  /** Model names or patterns with `*` that this key may use; absent = all. */
  models?: readonly string[];
  /** May see what others used, and force tests of logins that are backing off; undefined where nobody said. */
  admin?: boolean;
}

/** Who may call. */
export class AuthConfig {
  /** `false` opens the door to everyone. */
  @Flag() enabled: boolean = true;
  /** In the YAML a string, or `{ name, key | key_sha256, models, admin }`. */
  @List('API keys') api_keys: readonly ApiKeyConfig[] = [];
}

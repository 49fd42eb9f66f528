import { createHash } from 'node:crypto';
import { type ModelConfig } from '../config/model.config.js';

/** How a token is won: everything that decides which token it is. */
export class LoginRecipe {
  /** Names the token in the cache. A hash of the whole recipe: models share a login, an edit takes effect at once. */
  readonly key: string;

  constructor(
    /** Whose proxy, TLS and header settings the login uses. */
    readonly model: ModelConfig,
    /** Where the login is posted, query included. */
    readonly url: string,
    readonly username: string,
    readonly password: string,
    /** How long the token is kept when the login answer does not say shorter. */
    readonly lifetimeMs: number,
  ) {
    const identity = JSON.stringify([url, username, password, model.headers]);
    this.key = `token:${createHash('sha256').update(identity).digest('hex')}`;
  }
}

import { type Credential } from '../credentials/credential.js';
import { GoogleTokenSource } from '../credentials/google/google-token-source.js';
import { type LoginCredentials } from '../credentials/login/login-credentials.js';
import { LoginRecipe } from '../credentials/login/login-recipe.js';
import { type GoogleModelConfig } from './google-model.config.js';

/**
 * Google's tokens last an hour; if a response states no lifetime, a token is used for no longer
 * than that.
 */
const LONGEST_MS = 3_600_000;

/** The access tokens of a model with `google_auth:`; undefined for other models. */
export function googleCredential(model: GoogleModelConfig, logins: LoginCredentials): Credential | undefined {
  const { google_auth: auth } = model;
  if (auth === undefined) return undefined;
  const source = new GoogleTokenSource(auth);
  return logins.bind(
    new LoginRecipe(model, undefined, undefined, undefined, LONGEST_MS, undefined, source),
    undefined,
  );
}

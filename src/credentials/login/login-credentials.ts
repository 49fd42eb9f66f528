import { Injectable } from '@nestjs/common';
import { type GatewayConfig, servicesOf } from '../../config/gateway.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { type LoginConfig } from './login.config.js';
import { LoginCredential } from './login-credential.js';
import { type LoginRecipe } from './login-recipe.js';
import { KnownTokens } from './tokens/known-tokens.js';
import { TokenLeases } from './tokens/token-leases.js';

/** Creates the credentials that depend on logins, and drops the sessions that a new configuration no longer uses. */
@Injectable()
export class LoginCredentials {
  /** The recipes of the current configuration, and of one that is still being checked. */
  readonly #recipes = new Map<ModelConfig, LoginRecipe>();

  constructor(
    private readonly leases: TokenLeases,
    private readonly known: KnownTokens,
    live: LiveConfig,
  ) {
    live.onReplaced((config, previous) => this.#forget(config, previous));
  }

  bind(recipe: LoginRecipe, login: LoginConfig | undefined): LoginCredential {
    this.#recipes.set(recipe.model, recipe);
    return new LoginCredential(this.leases, this.known, recipe, login);
  }

  #forget(config: GatewayConfig, previous: GatewayConfig): void {
    const before = new Set(servicesOf(previous));
    const used = new Set<string>();
    const changed = new Set<string>();
    const services = new Set(servicesOf(config));
    for (const [model, { key }] of this.#recipes) {
      if (!services.has(model)) {
        this.#recipes.delete(model);
        continue;
      }
      used.add(key);
      if (!before.has(model)) changed.add(key);
    }
    void this.known.keepOnly(used, changed);
  }
}

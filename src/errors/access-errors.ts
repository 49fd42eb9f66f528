import { GatewayError } from './gateway-error.js';
import { shown } from './shown-text.js';
import { INVALID_REQUEST } from './caller-errors.js';

/** 401: the API key is missing or unknown. */
export class InvalidApiKeyError extends GatewayError {
  constructor(message: string) {
    super(message, {
      status: 401,
      type: INVALID_REQUEST,
      code: 'invalid_api_key',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

/** 401: the API key has expired. */
export class ApiKeyExpiredError extends GatewayError {
  constructor() {
    super('This API key has expired.', {
      status: 401,
      type: INVALID_REQUEST,
      code: 'api_key_expired',
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

/** 403: the key is valid, but not for this model. */
export class ModelNotAllowedError extends GatewayError {
  constructor(model: string) {
    super(`This API key may not use the model '${shown(model)}'.`, {
      status: 403,
      type: INVALID_REQUEST,
      code: 'model_not_allowed',
      param: 'model',
    });
  }
}

/** 403: the key or its team has a budget, and the price of the model is unknown. */
export class ModelNotPricedError extends GatewayError {
  /** @param holder whether the budget belongs to the key or to the team */
  constructor(model: string, holder: 'key' | 'team', name: string) {
    const whose = holder === 'key' ? 'This API key' : `The team '${shown(name)}' of this API key`;
    super(
      `${whose} has a budget, and the price of the model '${shown(model)}' is not known, or that of a deployment or fallback that may serve it. The operator can set it in the configuration: price.`,
      { status: 403, type: INVALID_REQUEST, code: 'model_not_priced', param: 'model' },
    );
  }
}

/** 403: the key is restricted to some models, and this route shows all of them. */
export class KeyNotAllowedError extends GatewayError {
  constructor() {
    super('This API key is restricted to some models, and this route shows all of them.', {
      status: 403,
      type: INVALID_REQUEST,
      code: 'key_not_allowed',
    });
  }
}

/** 403: the key is valid, but `param` requires one with `admin: true`. */
export class AdminRequiredError extends GatewayError {
  constructor(param: string) {
    super(`'${param}' requires a key with admin: true.`, {
      status: 403,
      type: INVALID_REQUEST,
      code: 'admin_required',
      param,
    });
  }
}

/** 403: authentication is off, and the request comes from a web page of another origin. */
export class OriginNotAllowedError extends GatewayError {
  constructor(origin: string) {
    super(
      `Web pages of ${shown(origin)} may not call this gateway, which requires no API key. List the origin under server.cors_origins.`,
      { status: 403, type: INVALID_REQUEST, code: 'origin_not_allowed' },
    );
  }
}

/**
 * 403: authentication is off, and the `Host` is not a known name of this gateway (DNS rebinding).
 */
export class HostNotAllowedError extends GatewayError {
  constructor(host: string) {
    super(
      `The host name ${shown(host)} is unknown to this gateway, which requires no API key. List it under server.allowed_hosts.`,
      { status: 403, type: INVALID_REQUEST, code: 'host_not_allowed' },
    );
  }
}

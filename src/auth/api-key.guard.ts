import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request } from 'express';
import { ApiKeyExpiredError, InvalidApiKeyError } from '../errors/access-errors.js';
import { type GatewayRequest, type GatewayResponse } from '../http/gateway-http.js';
import { type ApiClient } from './api-client.js';
import { ApiKeys } from './api-keys.js';
import { IS_PUBLIC } from './public.decorator.js';

const BEARER = 'Bearer ';
const SPACE = 0x20;

/** A request that passed the guard. */
export type AuthenticatedRequest = GatewayRequest & { apiClient: ApiClient };

/** Requires a configured key, before the body is read. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  /** Caches decorator metadata, whose lookup costs more than everything else here. */
  readonly #isPublic = new Map<unknown, boolean>();

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.#isPublic.get(context.getHandler()) ?? this.#readIsPublic(context)) return true;
    const http = context.switchToHttp();
    const req = http.getRequest<AuthenticatedRequest>();
    const key = keyOf(req);
    if ((key === undefined || key === '') && !this.keys.isOpen) {
      throw new InvalidApiKeyError("No API key given. Send it as 'Authorization: Bearer YOUR_KEY'.");
    }
    const client = this.keys.find(key ?? '');
    if (client === undefined) throw new InvalidApiKeyError('Incorrect API key.');
    req.apiClient = client;
    const { record } = http.getResponse<GatewayResponse>();
    record.client = client.name;
    record.team = client.team;
    if (client.expiresAtMs !== undefined && Date.now() >= client.expiresAtMs) throw new ApiKeyExpiredError();
    return true;
  }

  #readIsPublic(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const isPublic =
      this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, [handler, context.getClass()]) ===
      true;
    this.#isPublic.set(handler, isPublic);
    return isPublic;
  }
}

/**
 * The key from the first of the three headers that is present, valid or not; empty if `Authorization` is not a bearer
 * token.
 */
function keyOf({ headers }: Request): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    // As nearly all clients write it: the expression leaves a list of its parts behind.
    if (authorization.startsWith(BEARER) && authorization.charCodeAt(BEARER.length) > SPACE)
      return authorization.slice(BEARER.length).trim();
    return /^Bearer[ \t]+(\S.*)$/i.exec(authorization)?.[1]?.trim() ?? '';
  }
  const key = headers['x-api-key'] ?? headers['api-key'];
  return typeof key === 'string' ? key : undefined;
}

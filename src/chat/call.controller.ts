import { type Type, Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { DrainGuard } from '../calls/drain.js';
import { type Dialect } from '../dialects/ports/dialect.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { ClientCalls } from './client-calls.js';

/** The controller of one wire format: the route where clients send its requests. */
export function callControllerOf(dialect: Dialect): Type {
  @ApiKeyRequired()
  @UseGuards(DrainGuard)
  @Controller(dialect.route)
  class CallController {
    constructor(private readonly calls: ClientCalls) {}

    // The bytes of requests and responses pass without pipes and interceptors between the socket
    // and the upstream.
    @dialect.docs
    @Post()
    @HttpCode(200)
    create(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
      return this.calls.handle(dialect, req, res);
    }
  }
  return CallController;
}

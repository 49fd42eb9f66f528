import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type GatewayResponse } from '../http/gateway-http.js';
import { UiController } from './ui.controller.js';

/** The dashboard: static files that fetch their data with the user's API key. */
@Module({ controllers: [UiController] })
export class UiModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /**
   * Redirects `/ui/`. The page refers to its files relative to `/ui`, so that it works behind any
   * prefix.
   */
  onModuleInit(): void {
    this.host.httpAdapter.get('/ui/', (_req: unknown, res: GatewayResponse) =>
      res.writeHead(308, { location: '../ui', 'content-length': 0 }).end(),
    );
  }
}

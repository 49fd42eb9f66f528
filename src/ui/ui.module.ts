import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type GatewayResponse } from '../http/gateway-http.js';
import { PageFiles } from './page-files.js';
import { UiController } from './ui.controller.js';

/** The board for people: static files, which fetch all that they show with the client's own key. */
@Module({ controllers: [UiController], providers: [PageFiles] })
export class UiModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** People type this slash. The page refers to its files relative to its own address, so it works behind any prefix. */
  onModuleInit(): void {
    this.host.httpAdapter.get('/ui/', (_req: unknown, res: GatewayResponse) =>
      res.writeHead(308, { location: '../ui', 'content-length': 0 }).end(),
    );
  }
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { RouteNotFoundError } from '../errors/caller-errors.js';
import { type GatewayRequest, type GatewayResponse } from '../http/gateway-http.js';
import { PageFiles } from '../http/pages/page-files.js';
import { pageHeaders } from '../http/pages/page-headers.js';

const FOLDER = join(import.meta.dirname, 'page');
/** The page itself creates the playground's images and sounds. */
const PAGE = pageHeaders({ image: ' data:', media: ' blob:' });
const HEADERS = {
  ...PAGE,
  'content-security-policy': `${PAGE['content-security-policy']}; require-trusted-types-for 'script'; trusted-types 'none'`,
  'cross-origin-opener-policy': 'same-origin',
};

/** The dashboard page, public because it contains no data. */
@ApiExcludeController()
@Public()
@Controller('ui')
export class UiController {
  readonly #files = new PageFiles(
    new Map(readdirSync(FOLDER).map((name) => [name, join(FOLDER, name)])),
    HEADERS,
  );

  @Get()
  page(@Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    this.#send('index.html', req, res);
  }

  @Get(':file')
  file(@Param('file') name: string, @Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    this.#send(name, req, res);
  }

  #send(name: string, req: GatewayRequest, res: GatewayResponse): void {
    if (!this.#files.send(name, req, res)) throw new RouteNotFoundError(req.method, req.path);
  }
}

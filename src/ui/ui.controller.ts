import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
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

/** The files of the page, named by their paths relative to it. */
function pathsIn(folder: string): [name: string, path: string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => [relative(folder, path).replaceAll(sep, '/'), path]);
}

/** The dashboard page, public because it contains no data. */
@ApiExcludeController()
@Public()
@Controller('ui')
export class UiController {
  readonly #files = new PageFiles(new Map(pathsIn(FOLDER)), HEADERS);

  @Get()
  page(@Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    this.#send('index.html', req, res);
  }

  @Get(':file')
  file(@Param('file') name: string, @Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    this.#send(name, req, res);
  }

  @Get(':folder/:file')
  fileIn(
    @Param() { folder, file }: { readonly folder: string; readonly file: string },
    @Req() req: GatewayRequest,
    @Res() res: GatewayResponse,
  ): void {
    this.#send(`${folder}/${file}`, req, res);
  }

  #send(name: string, req: GatewayRequest, res: GatewayResponse): void {
    if (!this.#files.send(name, req, res)) throw new RouteNotFoundError(req.method, req.path);
  }
}

import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { RouteNotFoundError } from '../errors/caller-errors.js';
import { type GatewayRequest, type GatewayResponse } from '../http/gateway-http.js';
import { pageHeaders } from '../http/page-headers.js';
import { PageFiles } from './page-files.js';

/** Pictures and sounds of the playground are in the page itself. */
const PAGE = pageHeaders({ image: ' data:', media: ' blob:' });
const HEADERS = {
  ...PAGE,
  'content-security-policy': `${PAGE['content-security-policy']}; require-trusted-types-for 'script'; trusted-types 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

/** The dashboard page, public because it contains no data. */
@ApiExcludeController()
@Public()
@Controller('ui')
export class UiController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  page(@Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    this.#send('index.html', req, res);
  }

  @Get(':file')
  file(@Param('file') name: string, @Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    this.#send(name, req, res);
  }

  #send(name: string, { method, path, headers }: GatewayRequest, res: GatewayResponse): void {
    const file = this.files.get(name);
    if (file === undefined) throw new RouteNotFoundError(method, path);
    const { type, etag, bytes, zipped } = file;
    if (headers['if-none-match'] === etag) {
      res.writeHead(304, { ...HEADERS, etag }).end();
      return;
    }
    const isZipped = /\bgzip\b/.test(String(headers['accept-encoding']));
    const body = isZipped ? zipped : bytes;
    res.writeHead(200, {
      ...HEADERS,
      etag,
      'content-type': type,
      'content-length': body.length,
      ...(isZipped && { 'content-encoding': 'gzip' }),
    });
    res.end(method === 'HEAD' ? undefined : body);
  }
}

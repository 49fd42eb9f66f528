import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { RouteNotFoundError } from '../errors/caller-errors.js';
import { type GatewayRequest, type GatewayResponse } from '../http/gateway-http.js';
import { PageFiles } from './page-files.js';

/** Nothing but the page's own files runs, it talks to its own server only, and nobody may frame it. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
    "trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

/** The board. Open to everyone, since it holds no data. */
@ApiExcludeController()
@Public()
@Controller('ui')
export class UiController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  page(@Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    // The page names its files relative to its own address, so that it works behind any prefix.
    if (req.path.endsWith('/')) res.writeHead(308, { location: '../ui', 'content-length': 0 }).end();
    else this.#send('index.html', req, res);
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

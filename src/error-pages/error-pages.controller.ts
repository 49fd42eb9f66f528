import { createHash } from 'node:crypto';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { RouteNotFoundError } from '../errors/caller-errors.js';
import { ERROR_PAGES } from '../errors/error-page.js';
import { type GatewayRequest, type GatewayResponse } from '../http/gateway-http.js';
import { pageHeaders } from '../http/pages/page-headers.js';
import { type Page, STYLE, asHtml, asText, codePage, indexPage } from './page-text.js';

const HEADERS = {
  ...pageHeaders({ style: ` 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'` }),
  'cache-control': 'no-cache',
  vary: 'accept',
};

/**
 * Explains each error code, in both languages: as HTML for browsers, as plain text for other
 * clients. Public, because clients without a valid key need it most, and the pages contain nothing
 * from the configuration.
 */
@ApiExcludeController()
@Public()
@Controller(ERROR_PAGES)
export class ErrorPagesController {
  @Get()
  index(@Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    send(indexPage(), req, res);
  }

  @Get(':code')
  code(@Param('code') code: string, @Req() req: GatewayRequest, @Res() res: GatewayResponse): void {
    const page = codePage(code);
    if (page === undefined)
      throw new RouteNotFoundError(req.method, req.path, `GET ${ERROR_PAGES} lists all error codes.`);
    send(page, req, res);
  }
}

function send(page: Page, { method, headers }: GatewayRequest, res: GatewayResponse): void {
  const isHtml = headers.accept?.includes('text/html') === true;
  const body = Buffer.from(isHtml ? asHtml(page) : asText(page));
  res.writeHead(200, {
    ...HEADERS,
    'content-type': isHtml ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-length': body.length,
  });
  res.end(method === 'HEAD' ? undefined : body);
}

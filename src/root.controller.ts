import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { Public } from './auth/public.decorator.js';
import { ModelRegistry } from './catalog/model-registry.js';
import { DEMO_KEY, acceptsDemoKey } from './config/secrets/demo-key.js';
import { type Derived, LiveConfig } from './config/live-config.js';
import { describeHeaders } from './docs/response-headers.js';
import { type GatewayRequest } from './http/gateway-http.js';
import { CHAT } from './protocol/operation.js';
import { ROOT_PAGE_HEADERS, rootPage } from './root-page.js';
import { RootDto } from './root.dto.js';
import { NAME, VERSION } from './version.js';

/** A host with or without a port; the header may contain anything. */
const HOST = /^[\w.:[\]-]{1,255}$/;

@ApiTags('about')
@Controller()
export class RootController {
  readonly #hasDemoKey: Derived<boolean>;

  constructor(
    private readonly live: LiveConfig,
    private readonly models: ModelRegistry,
  ) {
    this.#hasDemoKey = live.derive(({ auth }) => acceptsDemoKey(auth));
  }

  @ApiOperation({
    operationId: 'getAbout',
    summary: 'Name and version · 名称与版本',
    description:
      'Name and version of the service, and links. A client that prefers `text/html`, as browsers do, gets a page. ' +
      '服务名称、版本与入口链接；浏览器得到的是页面。',
  })
  @ApiProduces('application/json', 'text/html')
  @ApiOkResponse({
    description: 'Name, version and links.',
    type: RootDto,
    headers: describeHeaders(),
    example: {
      name: 'llm-gateway',
      version: '1.0.0',
      docs: '/docs',
      ui: '/ui',
      health: '/v1/health',
      needs_api_key: true,
    },
  })
  @Public()
  @Get()
  root(@Req() req: GatewayRequest, @Res({ passthrough: true }) res: Response): RootDto | string {
    const about = this.#about();
    res.vary('accept');
    // JSON comes first, so programs that accept anything get it.
    if (req.accepts(['json', 'html']) !== 'html') return about;
    res.vary('accept-language');
    res.setHeaders(new Headers({ ...ROOT_PAGE_HEADERS, 'cache-control': 'no-cache' }));
    res.type('html');
    return rootPage({
      about,
      base: `http://${HOST.exec(req.headers.host ?? '')?.[0] ?? 'localhost'}`,
      language: req.acceptsLanguages(['en', 'zh']) === 'zh' ? 'zh' : 'en',
      model: about.needs_api_key && about.demo_key === undefined ? undefined : this.#chatModel(),
    });
  }

  #about(): RootDto {
    const { server, auth } = this.live.current;
    return {
      name: NAME,
      version: VERSION,
      ...(server.docs && { docs: '/docs' }),
      ...(server.ui && { ui: '/ui' }),
      health: '/v1/health',
      needs_api_key: auth.enabled,
      ...(this.#hasDemoKey.value && { demo_key: DEMO_KEY }),
    };
  }

  #chatModel(): string | undefined {
    for (const { name, deployments } of this.models.list()) {
      if (deployments[0].upstream.dialects.some(({ operation }) => operation === CHAT)) return name;
    }
    return undefined;
  }
}

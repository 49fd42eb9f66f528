import { Controller, Get, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../../auth/api-key.guard.js';
import { LiveConfig } from '../../config/live-config.js';
import { ApiKeyRequired } from '../../docs/api-key-security.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { MOST_DAYS } from '../figures/figures.js';
import { UsageFigures } from '../figures/usage-figures.js';
import { parseUsageQuery } from './usage-query.js';
import { ApiUsage } from './usage.docs.js';
import { type UsageListDto } from './usage.dto.js';

/** Reports usage and cost, by client. */
@ApiTags('usage')
@ApiKeyRequired()
@Controller('v1/usage')
export class UsageController {
  constructor(
    private readonly live: LiveConfig,
    private readonly figures: UsageFigures,
  ) {}

  @ApiUsage()
  @Get()
  async usage(@Req() { apiClient: client, url }: AuthenticatedRequest): Promise<UsageListDto> {
    const request = parseUsageQuery(url, this.live.current.auth.time_zone);
    // Without a key that is marked as an admin's, no client sees the usage of others.
    const own = client.isAdmin === true ? {} : { key: client.name };
    try {
      return { object: 'list', data: await this.figures.query({ ...request, ...own }) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const message = `'from' is too long ago: at most ${MOST_DAYS} days can be listed one by one.`;
      throw new InvalidRequestError('invalid_value', message, 'from', error);
    }
  }
}

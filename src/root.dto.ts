import { ApiSchema } from '@nestjs/swagger';

/** What stands at the address itself. */
@ApiSchema({ name: 'About' })
export class RootDto {
  name: string;
  version: string;
  /** Absent when `server.docs` is false. */
  docs?: string;
  /** The board, for people. Absent when `server.ui` is false. */
  ui?: string;
  health: string;
  /** False: everyone may call. 是否需要 API 密钥。 */
  needs_api_key: boolean;
}

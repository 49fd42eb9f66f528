import { ApiSchema } from '@nestjs/swagger';

/** The response at `/`. */
@ApiSchema({ name: 'About' })
export class RootDto {
  name: string;
  version: string;
  /** Absent when `server.docs` is false. */
  docs?: string;
  /** The dashboard. Absent when `server.ui` is false. */
  ui?: string;
  health: string;
  /** False: anyone may call. 是否需要 API 密钥。 */
  needs_api_key: boolean;
  /** The public key of the default configuration, where it is accepted. 公开的演示密钥，仅在配置中使用它时出现。 */
  demo_key?: string;
}

import { ApiSchema } from '@nestjs/swagger';

/** What stands at the address itself. */
@ApiSchema({ name: 'About' })
export class RootDto {
  name: string;
  version: string;
  /** Absent when `server.docs` is false. */
  docs?: string;
  health: string;
}

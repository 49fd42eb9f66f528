import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = Symbol('IS_PUBLIC');

/** Opens a route to clients without a key. All other routes require one. */
export const Public = (): CustomDecorator<symbol> => SetMetadata(IS_PUBLIC, true);

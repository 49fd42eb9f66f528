import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = Symbol('IS_PUBLIC');

/** Opens a route to callers without a key. Every route that lacks it needs one. */
export const Public = (): CustomDecorator<symbol> => SetMetadata(IS_PUBLIC, true);

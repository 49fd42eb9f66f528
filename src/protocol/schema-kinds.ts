/**
 * For `@ApiSchema`: an object that may have more properties than are listed, because the gateway
 * passes them through unread.
 */
export const OPEN = { additionalProperties: true } as const;

/** For `@ApiSchema`: an object without further properties. */
export const CLOSED = { additionalProperties: false } as const;

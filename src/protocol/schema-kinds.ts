/** For `@ApiSchema`: a shape that may hold more than is listed, since the gateway passes it through unread. */
export const OPEN = { additionalProperties: true } as const;

/** For `@ApiSchema`: a shape that allows no further properties. */
export const CLOSED = { additionalProperties: false } as const;

/** A command cannot do its work, and the message says all that is to be said: exit code 1, no stack. */
export class CommandError extends Error {}

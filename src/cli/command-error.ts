/** A command failed for a reason that its message fully explains: exit code 1, no stack trace. */
export class CommandError extends Error {}

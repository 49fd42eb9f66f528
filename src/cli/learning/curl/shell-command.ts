/** A word of a command line, without its quotes. */
export interface Word {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** The first shell variable in it, as it is written, such as `$BASE`; quotes that keep it literal are none. */
  readonly variable?: string;
}

/** One command of a file: its words, and what a here-document sends to its standard input. */
export interface ShellCommand {
  readonly words: readonly Word[];
  readonly input?: string;
  /** It reads the output of the command before it. */
  readonly isPiped?: boolean;
}

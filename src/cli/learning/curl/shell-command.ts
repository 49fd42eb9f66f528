/** A word of a command line, without its quotes. */
export interface Word {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /**
   * The first shell variable in the word, as written, such as `$BASE`; quoted literals do not
   * count.
   */
  readonly variable?: string;
}

/** One command of a file: its words, and what a here-document sends to its standard input. */
export interface ShellCommand {
  readonly words: readonly Word[];
  readonly input?: string;
  /** Whether it reads the output of the previous command. */
  readonly isPiped?: boolean;
}

import { plainText } from '../../telemetry/log/plain-text.js';
import { displayWidth } from './display-width.js';

const GAP = '  ';

/** A column's title; numbers are right-aligned. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** Renders rows under titles; each column is as wide as its widest cell. Ends with a line break. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows].map((line) => line.map(plainText));
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => displayWidth(line[at] ?? ''))));
  return lines
    .map((line) =>
      columns
        .map(({ isNumber }, at) => {
          const cell = line[at] ?? '';
          const padding = ' '.repeat(widths[at]! - displayWidth(cell));
          return isNumber === true ? padding + cell : cell + padding;
        })
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

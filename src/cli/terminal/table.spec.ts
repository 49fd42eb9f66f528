import { cutToWidth, displayWidth, oneLine } from './display-width.js';
import { renderTable } from './table.js';

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['你好', 4],
    ['，。', 4],
    ['ｱ', 1],
    ['Ａ', 2],
    ['한국', 4],
    ['𠮷', 2],
    ['👍🏽', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['\u200b', 0],
  ])('%j takes %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

describe('cutToWidth', () => {
  it.each([
    ['你好世界', 8, '你好世界'],
    ['你好世界', 7, '你好世…'],
    ['你好世界', 6, '你好…'],
    ['abc', 2, 'a…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
  ])('%j in %i columns', (text, columns, expected) => {
    expect(cutToWidth(text, columns)).toBe(expected);
  });
});

it('keeps what steers a terminal out of a line', () => {
  expect(oneLine(' a\r\n\tb\u001b[31mc\u0007 ')).toBe('a b [31mc');
});

it('lines columns up by their width, numbers to the right, without trailing spaces', () => {
  const columns = [{ title: 'NAME' }, { title: 'LIMIT', isNumber: true }, { title: 'NOTE' }];
  const rows = [
    ['通义', '8', 'x'],
    ['a', '100000', ''],
  ];
  expect(renderTable(columns, rows)).toBe(
    ['NAME   LIMIT  NOTE', '通义       8  x', 'a     100000', ''].join('\n'),
  );
});

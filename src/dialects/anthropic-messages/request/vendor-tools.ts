import { type Tool } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';

const text = (description: string) => ({ type: 'string', description });
const integer = (description: string) => ({ type: 'integer', description });
const object = (properties: JsonObject, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
});
const range = (description: string) => ({ type: 'array', items: { type: 'integer' }, description });

const BASH = object(
  {
    command: text('The command to run. Required unless restart is true.'),
    restart: { type: 'boolean', description: 'Restarts the shell instead.' },
  },
  [],
);

const TEXT_EDITOR = object(
  {
    command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'undo_edit'] },
    path: text('The absolute path of the file or directory.'),
    file_text: text('create: the content of the file.'),
    old_str: text('str_replace: the text to replace, which must occur exactly once.'),
    new_str: text('str_replace: what takes its place.'),
    insert_line: integer('insert: the line after which the text goes; 0 for the beginning.'),
    insert_text: text('insert: the text.'),
    view_range: range('view: the first and the last line; -1 for the end of the file.'),
  },
  ['command', 'path'],
);

const MEMORY = object(
  {
    command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] },
    path: text('The path below /memories.'),
    file_text: text('create: the content of the file.'),
    old_str: text('str_replace: the text to replace.'),
    new_str: text('str_replace: what takes its place.'),
    insert_line: integer('insert: the line after which the text goes.'),
    insert_text: text('insert: the text.'),
    view_range: range('view: the first and the last line.'),
    old_path: text('rename: the present path.'),
    new_path: text('rename: the new path.'),
  },
  ['command'],
);

const COMPUTER = object(
  {
    action: text(
      'What to do: screenshot, left_click, right_click, middle_click, double_click, triple_click, left_click_drag, left_mouse_down, left_mouse_up, mouse_move, scroll, type, key, hold_key, wait, cursor_position or zoom.',
    ),
    coordinate: range('x and y on the screen.'),
    start_coordinate: range('left_click_drag: where it starts.'),
    text: text('The text to type, or the keys to press.'),
    scroll_direction: { type: 'string', enum: ['up', 'down', 'left', 'right'] },
    scroll_amount: integer('scroll: how far.'),
    duration: { type: 'number', description: 'hold_key, wait: seconds.' },
    region: range('zoom: x0, y0, x1, y1.'),
  },
  ['action'],
);

interface ClientTool {
  /** Matches the start of the type, before its date. */
  readonly type: RegExp;
  /** Used if the request omits the name. */
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/**
 * Tools that clients run, but whose schema only the service knows. For models of other formats, the
 * schema is defined here. https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview
 */
const CLIENT_TOOLS: readonly ClientTool[] = [
  {
    type: /^bash_\d+$/,
    name: 'bash',
    description: 'Runs commands in a bash shell that keeps its state between calls.',
    parameters: BASH,
  },
  {
    type: /^text_editor_\d+$/,
    name: 'str_replace_based_edit_tool',
    description: 'Views, creates and edits text files.',
    parameters: TEXT_EDITOR,
  },
  {
    type: /^memory_\d+$/,
    name: 'memory',
    description: 'Keeps notes in files below /memories, which later conversations can read.',
    parameters: MEMORY,
  },
  {
    type: /^computer_\d+$/,
    name: 'computer',
    description: 'Uses the mouse and the keyboard of a computer, and takes screenshots of it.',
    parameters: COMPUTER,
  },
];

/**
 * @returns undefined for a tool that only the service itself can run, or whose schema is unknown
 */
export function clientTool(type: string, tool: JsonObject): Tool | undefined {
  const known = CLIENT_TOOLS.find((each) => each.type.test(type));
  if (known === undefined) return undefined;
  const { name, display_width_px: width, display_height_px: height } = tool;
  const size =
    typeof width === 'number' && typeof height === 'number'
      ? ` Its screen has ${width}x${height} pixels.`
      : '';
  return {
    name: typeof name === 'string' && name !== '' ? name : known.name,
    description: known.description + size,
    parameters: known.parameters,
  };
}

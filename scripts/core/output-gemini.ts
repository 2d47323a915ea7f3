/**
 * Gemini CLI: `--output-format json` prints one object over many lines, `--output-format stream-json` one event a line.
 * Both are read.
 */
import { type JsonObject, objectAt } from './json-value.ts';
import { lineBytesMax } from './output-lines.ts';
import { lengthened, type OutputReader, openEventReader, textAt } from './output-reader.ts';

const kinds = ['init', 'message', 'tool_use', 'tool_result', 'error', 'result'];

/** What a tool printed. */
const idleHead = /^\{"type":"tool_result"/;

function failureOf(error: JsonObject): string {
  const code = error.code === undefined ? '' : ` (HTTP ${String(error.code)})`;
  return `${textAt(error, 'type') ?? 'error'}: ${textAt(error, 'message') ?? ''}${code}`;
}

/** What is known of the run so far, from events or from the one object. */
function openRun() {
  let message: string | null = '';
  let finalMessage: string | null = null;
  let failure: string | null = null;
  let isStream = false;

  const onMessage = (event: JsonObject) => {
    const isMore = event.role === 'assistant' && event.delta === true;
    const said = event.role === 'assistant' ? (textAt(event, 'content') ?? '') : '';
    message = lengthened(isMore ? message : '', said);
    finalMessage = null;
  };
  /** What was said before a tool is used, or before a run begins, is not the last word. */
  const onWork = () => {
    message = '';
    finalMessage = null;
  };
  const onResult = (event: JsonObject) => {
    failure = event.status === 'success' ? null : failureOf(objectAt(event, 'error'));
    finalMessage = failure === null ? message : null;
  };
  const steps = new Map<unknown, (event: JsonObject) => void>([
    ['init', onWork],
    ['message', onMessage],
    ['tool_use', onWork],
    ['result', onResult],
  ]);
  const onObject = (object: JsonObject) => {
    if (isStream) return;
    const error = Object.hasOwn(object, 'error') && object.error !== null;
    failure = error ? failureOf(objectAt(object, 'error')) : null;
    finalMessage = error ? null : textAt(object, 'response');
  };
  return {
    take: (event: JsonObject): boolean => {
      if (typeof event.type === 'string') {
        if (!kinds.includes(event.type)) return false;
        isStream = true;
        steps.get(event.type)?.(event);
        return true;
      }
      if (!Object.hasOwn(event, 'response') && !Object.hasOwn(event, 'error')) return false;
      onObject(event);
      return true;
    },
    end: () => ({ finalMessage, failure, limit: null }),
  };
}

/** Beyond so many characters, and as many again for each line, a document is none. */
const perLine = 32;

/**
 * Puts together what `JSON.stringify(value, null, 2)` has laid out: from a line that is an opening brace to one that is a
 * closing one, with nothing but indented lines between them. Returns null while a document goes on.
 */
function documentJoiner(): (line: string) => string | null {
  let lines: string[] = [];
  let size = 0;
  return (line) => {
    const isLast = line.trimEnd() === '}';
    if (line.trimEnd() === '{') {
      lines = ['{'];
      size = perLine;
      return null;
    }
    if (lines.length === 0) return line;
    size += line.length + perLine;
    if ((!isLast && !/^\s/.test(line)) || size > lineBytesMax) {
      lines = [];
      return line;
    }
    lines.push(line);
    if (!isLast) return null;
    const text = lines.join('\n');
    lines = [];
    return text;
  };
}

/** The answer of the one object, or what the assistant said since it last used a tool, when the result is a success. */
export function openGeminiReader(): OutputReader {
  const run = openRun();
  return openEventReader({
    isIdle: (head) => idleHead.test(head),
    join: documentJoiner(),
    onEvent: run.take,
    end: run.end,
  });
}

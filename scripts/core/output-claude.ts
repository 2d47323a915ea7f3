/** Claude Code: `claude -p --output-format stream-json --verbose`, one event a line. */
import { isJsonObject, type JsonObject, objectAt } from './json-value.ts';
import {
  epochMs,
  lengthened,
  numberAt,
  type OutputReader,
  openEventReader,
  textAt,
  type UsageLimit,
} from './output-reader.ts';

const kinds = ['system', 'assistant', 'user', 'result', 'stream_event', 'rate_limit_event'];

/** Tool results, partial messages and notices: most of the bytes, and never a last word. */
const idleHead = /^\{"type":"(user|system|stream_event)"/;

function textOf(event: JsonObject): string {
  const content = objectAt(event, 'message').content;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  const texts = blocks.flatMap((block) =>
    isJsonObject(block) && block.type === 'text' ? [textAt(block, 'text')] : [],
  );
  return texts.join('');
}

function failureOf(event: JsonObject): string {
  const errors: readonly unknown[] = Array.isArray(event.errors) ? event.errors : [];
  const status = numberAt(event, 'api_error_status');
  const parts = [textAt(event, 'result'), ...errors.map(String), status === null ? null : `HTTP ${status}`];
  const said = parts.filter((part) => part !== null && part !== '').join('\n');
  return said === '' ? (textAt(event, 'subtype') ?? 'error') : said;
}

/** The limit that stands after one event of it: `allowed` and `allowed_warning` are information. */
function limitAfter(event: JsonObject): UsageLimit | null {
  const info = objectAt(event, 'rate_limit_info');
  if (textAt(info, 'status') !== 'rejected' && textAt(info, 'status') !== 'denied') return null;
  return { resetsAtMs: epochMs(numberAt(info, 'resetsAt')), afterMs: null };
}

/**
 * The `result` event decides: without one of success there is no final message, and what the agent itself says after it
 * takes it back. Its text may be only the first part of a message that came as several events (claude-code#78686), so
 * the whole message counts where it begins with that text. Events of sub-agents have a `parent_tool_use_id`.
 */
export function openClaudeReader(): OutputReader {
  let message: { readonly id: string | null; readonly text: string | null } = { id: null, text: '' };
  let finalMessage: string | null = null;
  let failure: string | null = null;
  let limit: UsageLimit | null = null;

  const onResult = (event: JsonObject) => {
    const succeeded = event.subtype === 'success' && event.is_error !== true;
    const said = textAt(event, 'result') ?? '';
    failure = succeeded ? null : failureOf(event);
    const isPart = message.text?.startsWith(said.trimEnd()) ?? true;
    finalMessage = succeeded ? (isPart ? message.text : said) : null;
  };
  const onMessage = (event: JsonObject) => {
    const id = textAt(objectAt(event, 'message'), 'id');
    const isMore = id !== null && id === message.id;
    message = { id, text: lengthened(isMore ? message.text : '', textOf(event)) };
    finalMessage = null;
  };
  return openEventReader({
    isIdle: (head) => idleHead.test(head),
    onEvent: (event) => {
      if (typeof event.type !== 'string' || !kinds.includes(event.type)) return false;
      if ((event.parent_tool_use_id ?? null) !== null) return true;
      if (event.type === 'result') onResult(event);
      else if (event.type === 'assistant') onMessage(event);
      else if (event.type === 'rate_limit_event') limit = limitAfter(event);
      return true;
    },
    end: () => ({ finalMessage, failure, limit }),
  });
}

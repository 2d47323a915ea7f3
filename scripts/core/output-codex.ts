/** Codex: `codex exec --json`, one event a line; also the form before October 2025, `{"id": …, "msg": {"type": …}}`. */
import { isJsonObject, type JsonObject, objectAt } from './json-value.ts';
import { epochMs, numberAt, type OutputReader, openEventReader, textAt, type UsageLimit } from './output-reader.ts';

/** What a command printed, and other items that are no message and begin no new work. */
const idleHead =
  /^\{"type":"item\.(updated|completed)","item":\{"id":"[\w-]{1,40}","type":"(command_execution|mcp_tool_call|reasoning|web_search|todo_list)"/;

/** Items that are work: a message before one of them was not the last word. */
const work = ['command_execution', 'file_change', 'mcp_tool_call', 'collab_tool_call', 'web_search'];

const oldWork = ['exec_command_begin', 'patch_apply_begin', 'mcp_tool_call_begin', 'web_search_begin', 'task_started'];

/** `usage_limit_reached` with its time, wherever in an error it stands. */
function limitIn(error: JsonObject): UsageLimit | null {
  const inner = isJsonObject(error.error) ? error.error : error;
  const kind = textAt(inner, 'type') ?? textAt(inner, 'codex_error_info');
  if (kind !== 'usage_limit_reached' && kind !== 'usage_limit_exceeded') return null;
  const seconds = numberAt(inner, 'resets_in_seconds');
  const resetsAtMs = epochMs(numberAt(inner, 'resets_at'));
  return { resetsAtMs, afterMs: seconds === null ? null : seconds * 1000 };
}

function messageIn(error: JsonObject): string {
  return textAt(error, 'message') ?? textAt(objectAt(error, 'error'), 'message') ?? 'error';
}

/** What is known of the turn that runs. */
function openTurn() {
  let message: string | null = null;
  let isComplete = false;
  let failure: string | null = null;
  let limit: UsageLimit | null = null;
  return {
    begin: () => {
      message = null;
      isComplete = false;
      failure = null;
    },
    say: (text: string | null) => {
      message = text;
      isComplete = false;
    },
    complete: () => {
      isComplete = true;
      failure = null;
    },
    /** An `error` may still be mended by a retry; only a turn that ends with it has failed. */
    note: (error: JsonObject) => {
      limit = limitIn(error) ?? limit;
    },
    fail: (error: JsonObject) => {
      isComplete = false;
      failure = messageIn(error);
      limit = limitIn(error) ?? limit;
    },
    end: () => ({ finalMessage: isComplete ? message : null, failure, limit }),
  };
}

type Turn = ReturnType<typeof openTurn>;

function onItem(turn: Turn, event: JsonObject): void {
  const item = objectAt(event, 'item');
  const kind = textAt(item, 'type') ?? textAt(item, 'item_type') ?? '';
  const isMessage = kind === 'agent_message' || kind === 'assistant_message';
  if (event.type === 'item.completed' && isMessage) turn.say(textAt(item, 'text'));
  else if (work.includes(kind) && (event.type === 'item.started' || kind === 'file_change')) turn.say(null);
}

function onOld(turn: Turn, message: JsonObject): boolean {
  const kind = textAt(message, 'type');
  if (kind === null) return false;
  if (kind === 'agent_message') turn.say(textAt(message, 'message'));
  else if (oldWork.includes(kind)) turn.say(null);
  else if (kind === 'error' || kind === 'turn_aborted') turn.fail(message);
  else if (kind === 'task_complete') {
    const last = textAt(message, 'last_agent_message');
    if (last !== null) turn.say(last);
    turn.complete();
  }
  return true;
}

/** The last message of the last turn, when that turn was completed. Messages of other threads are a sub-agent's. */
export function openCodexReader(): OutputReader {
  const turn = openTurn();
  let thread: string | null = null;
  const steps = new Map<string, (event: JsonObject) => void>([
    ['turn.started', turn.begin],
    ['turn.completed', turn.complete],
    ['turn.failed', (event) => turn.fail(objectAt(event, 'error'))],
    ['item.started', (event) => onItem(turn, event)],
    ['item.completed', (event) => onItem(turn, event)],
    ['error', turn.note],
  ]);
  const onEvent = (event: JsonObject): boolean => {
    if (isJsonObject(event.msg)) return onOld(turn, event.msg);
    const kind = textAt(event, 'type') ?? '';
    if (!/^(thread|turn|item)\.|^(error|token_count)$/.test(kind)) return false;
    const from = textAt(event, 'thread_id');
    if (kind === 'thread.started') thread ??= from;
    if (from === null || from === thread) steps.get(kind)?.(event);
    return true;
  };
  return openEventReader({ isIdle: (head) => idleHead.test(head), onEvent, end: turn.end });
}

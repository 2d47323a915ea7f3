/** Lines as Claude Code 2.1, Codex 0.5 and later, its older form, and Gemini CLI 0.30 print them, cut to what matters. */

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;
const session = '5b2ad0c1-6a10-4a7b-9e59-9c6a1d9c7a11';
const uuid = '0866d733-353e-44c1-a40a-5c18f187ff8f';

/** Claude Code: `claude -p --output-format stream-json --verbose`. */
export const claude = {
  init: () =>
    json({ type: 'system', subtype: 'init', cwd: '/repo', session_id: session, tools: ['Bash', 'Task'], uuid }),
  says: (text: string, more: { readonly id?: string; readonly parent?: string } = {}) =>
    json({
      type: 'assistant',
      message: {
        model: 'claude',
        id: more.id ?? `msg_${text.length}`,
        role: 'assistant',
        content: [{ type: 'text', text }],
      },
      parent_tool_use_id: more.parent ?? null,
      session_id: session,
      uuid,
    }),
  uses: (command: string) =>
    json({
      type: 'assistant',
      message: {
        id: 'msg_tool',
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command } }],
      },
      parent_tool_use_id: null,
      session_id: session,
    }),
  toolSays: (text: string) =>
    json({
      type: 'user',
      message: {
        role: 'user',
        content: [{ tool_use_id: 'toolu_1', type: 'tool_result', content: text, is_error: false }],
      },
      parent_tool_use_id: null,
      session_id: session,
      tool_use_result: { stdout: text, stderr: '', interrupted: false },
    }),
  partial: (text: string) =>
    json({
      type: 'stream_event',
      event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    }),
  limit: (info: object) => json({ type: 'rate_limit_event', rate_limit_info: info, uuid, session_id: session }),
  result: (text: string, more: object = {}) =>
    json({
      type: 'result',
      subtype: 'success',
      is_error: false,
      duration_ms: 8127,
      num_turns: 2,
      result: text,
      session_id: session,
      total_cost_usd: 0.02,
      usage: { input_tokens: 3 },
      ...more,
    }),
};

const item = (kind: 'started' | 'updated' | 'completed', what: object) =>
  json({ type: `item.${kind}`, item: { id: 'item_1', ...what } });

/** Codex: `codex exec --json`. */
export const codex = {
  begin: () => json({ type: 'thread.started', thread_id: '01999ce5' }) + json({ type: 'turn.started' }),
  thinks: (text: string) => item('completed', { type: 'reasoning', text }),
  runs: (command: string) =>
    item('started', {
      type: 'command_execution',
      command,
      aggregated_output: '',
      exit_code: null,
      status: 'in_progress',
    }),
  printed: (output: string) =>
    item('completed', {
      type: 'command_execution',
      command: 'ls',
      aggregated_output: output,
      exit_code: 0,
      status: 'completed',
    }),
  says: (text: string) => item('completed', { type: 'agent_message', text }),
  todo: () => item('completed', { type: 'todo_list', items: [{ text: 'work', completed: true }] }),
  error: (message: string, more: object = {}) => json({ type: 'error', message, ...more }),
  completed: () =>
    json({ type: 'turn.completed', usage: { input_tokens: 1, cached_input_tokens: 0, output_tokens: 1 } }),
  failed: (error: object) => json({ type: 'turn.failed', error }),
};

const message = (msg: object) => json({ id: '0', msg });

/** Codex before October 2025. */
export const oldCodex = {
  begin: (prompt: string) =>
    json({ model: 'gpt-5', workdir: '/repo' }) + json({ prompt }) + message({ type: 'task_started' }),
  printed: (output: string) =>
    message({ type: 'exec_command_begin', command: ['ls'] }) +
    message({ type: 'exec_command_end', stdout: output, aggregated_output: output, exit_code: 0 }),
  thinks: (text: string) => message({ type: 'agent_reasoning', text }),
  says: (text: string) => message({ type: 'agent_message', message: text }),
  error: (text: string) => message({ type: 'error', message: text }),
  completed: (last: string | null) => message({ type: 'task_complete', last_agent_message: last }),
};

const timestamp = '2026-01-05T10:00:00.000Z';

/** Gemini CLI: `--output-format stream-json`, and `json`. */
export const gemini = {
  init: (prompt: string) =>
    json({ type: 'init', timestamp, session_id: session, model: 'gemini-3-pro' }) +
    json({ type: 'message', timestamp, role: 'user', content: prompt }),
  says: (text: string) => json({ type: 'message', timestamp, role: 'assistant', content: text, delta: true }),
  uses: (command: string) =>
    json({ type: 'tool_use', timestamp, tool_name: 'run_shell_command', tool_id: 't1', parameters: { command } }),
  toolSays: (output: string) => json({ type: 'tool_result', timestamp, tool_id: 't1', status: 'success', output }),
  result: (error: object | null = null) =>
    json({
      type: 'result',
      timestamp,
      ...(error === null ? { status: 'success' } : { status: 'error', error }),
      stats: {},
    }),
  document: (value: object) =>
    `${JSON.stringify({ session_id: session, ...value, stats: { models: {}, tools: {} } }, null, 2)}\n`,
};

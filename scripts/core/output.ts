/** What an agent says with its output. One reader a format; how to add one is in CONTRIBUTING.md. */
import { openClaudeReader } from './output-claude.ts';
import { openCodexReader } from './output-codex.ts';
import { openGeminiReader } from './output-gemini.ts';
import type { OutputReader } from './output-reader.ts';
import { openTextReader } from './output-text.ts';
import type { AgentOutput } from './policy.ts';

/** A reader for the output of one agent run. It keeps no more than its limits allow, however much is pushed. */
export function openOutputReader(output: AgentOutput): OutputReader {
  switch (output) {
    case 'text':
      return openTextReader();
    case 'claude-stream-json':
      return openClaudeReader();
    case 'codex-json':
      return openCodexReader();
    case 'gemini-json':
      return openGeminiReader();
  }
}

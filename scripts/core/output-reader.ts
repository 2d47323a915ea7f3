/** What every reader of agent output is and answers, and the part that the JSON formats share: lines that are events. */
import { byteTail } from './byte-tail.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';
import { lineSplitter } from './output-lines.ts';

/** A usage limit that an event states: an epoch in ms, or a time from now in ms. Both null: it does not say when. */
export interface UsageLimit {
  readonly resetsAtMs: number | null;
  readonly afterMs: number | null;
}

/** What the output amounts to. Nothing here is a claim yet: core/completion.ts judges the final message. */
export interface OutputEnd {
  /** The agent's own last message of a run that it calls a success; null when there is none. */
  readonly finalMessage: string | null;
  /** What the agent itself reports as its failure; null when it reports none. */
  readonly failure: string | null;
  readonly limit: UsageLimit | null;
  /** The last of what was printed outside the format; for text, the last of everything. */
  readonly noise: string;
  /** False when something was printed and nothing of it was of this format. */
  readonly isUnderstood: boolean;
}

/** `push` takes chunks cut anywhere, also inside a character; nothing that is pushed makes it throw. */
export interface OutputReader {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => OutputEnd;
}

/** How much of what is no event is kept, in bytes. */
export const noiseBytesMax = 4000;

/** Longer messages that come in parts claim nothing: an agent's last word is short. */
const messageMax = 1024 * 1024;

/** A message with one more part, or null when it is too long to be kept, which it stays. */
export function lengthened(message: string | null, part: string): string | null {
  return message === null || message.length + part.length > messageMax ? null : message + part;
}

/** The value of a key when it is a text. */
export function textAt(object: JsonObject, key: string): string | null {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'string' ? value : null;
}

/** The value of a key when it is a number of which time can be told. */
export function numberAt(object: JsonObject, key: string): number | null {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Epochs come in seconds; one of more than 1e11 can only be milliseconds. */
export function epochMs(value: number | null): number | null {
  if (value === null) return null;
  return value > 1e11 ? value : value * 1000;
}

/** One format of JSON lines. */
export interface EventFormat {
  /** Takes one event; false when it is none of this format. Unknown kinds of event are ignored, not refused. */
  readonly onEvent: (event: JsonObject) => boolean;
  /** Whether the beginning of a line already tells that the line says nothing: such lines are never decoded. */
  readonly isIdle: (head: string) => boolean;
  /** Puts together events that take several lines: the text of one, or null while it goes on. */
  readonly join?: (line: string) => string | null;
  readonly end: () => Pick<OutputEnd, 'finalMessage' | 'failure' | 'limit'>;
}

function parsed(line: string): readonly JsonObject[] {
  try {
    const value: unknown = JSON.parse(line);
    return (Array.isArray(value) ? value : [value]).filter(isJsonObject);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/**
 * A reader of JSON lines. A line that is no JSON, or JSON of another kind, is noise: agents print warnings between their
 * events, and claude-code#49640 shows an event torn by another one. A list is taken as its events, one after the other.
 */
export function openEventReader(format: EventFormat): OutputReader {
  const noise = byteTail(noiseBytesMax);
  let printed = false;
  let understood = false;
  const lines = lineSplitter({
    isIdle: (head) => {
      const idle = format.isIdle(head);
      understood ||= idle;
      return idle;
    },
    onLine: (line) => {
      if (line.trim() === '') return;
      printed = true;
      const text = format.join === undefined ? line : format.join(line);
      if (text === null) return;
      let isEvent = false;
      if (/^\s*[[{]/.test(text)) for (const event of parsed(text)) isEvent = format.onEvent(event) || isEvent;
      understood ||= isEvent;
      if (!isEvent) noise.push(Buffer.from(`${text.slice(-noiseBytesMax)}\n`));
    },
  });
  return {
    push: lines.push,
    end: () => {
      lines.end();
      const isUnderstood = understood || !(printed || lines.overlong() > 0);
      return { ...format.end(), noise: noise.text(), isUnderstood };
    },
  };
}

/** Plain text: all that the agent prints on stdout is its final message, as with `claude -p`. */
import { byteTail } from './byte-tail.ts';
import { noiseBytesMax, type OutputReader } from './output-reader.ts';

const messageBytesMax = 64 * 1024;

/** The last line of an agent that prints events: as text it would never claim, and the loop would go on in vain. */
const lastEvent = /^\{"type":"(result|turn\.completed|turn\.failed)",[^\n]*\}$/;

/**
 * The message is the last 64 KiB. Where it was cut, its first line may be the end of a longer one, whose beginning may say
 * "I am not printing …": so that line does not count.
 */
export function openTextReader(): OutputReader {
  const tail = byteTail(messageBytesMax);
  return {
    push: tail.push,
    end: () => {
      const text = tail.text();
      const firstEnd = text.indexOf('\n');
      const whole = !tail.isCut() ? text : firstEnd === -1 ? null : text.slice(firstEnd + 1);
      const isUnderstood = !lastEvent.test(text.trimEnd().split('\n').at(-1) ?? '');
      return { finalMessage: whole, failure: null, limit: null, noise: text.slice(-noiseBytesMax), isUnderstood };
    },
  };
}

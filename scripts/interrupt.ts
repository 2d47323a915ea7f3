/** Ctrl-C and a polite kill, as an AbortSignal: the first asks for a clean end, the second ends at once (exit 130). */
import { exitCodes } from './core/outcome.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  readonly dispose: () => void;
}

/** Listens for SIGINT, SIGTERM and SIGHUP until disposed. */
export function interruptSignal(): Interrupt {
  const controller = new AbortController();
  const listen = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, listen);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of names) process.off(name, listen);
    },
  };
}

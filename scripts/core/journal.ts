/** What the journal says: entries, and the entries that a change of the controller speaks for itself. */
import type { Circuit } from './circuit.ts';
import { type CircuitName, type Controller, circuitNames } from './controller.ts';

export type Severity = 'info' | 'warning' | 'high';

/** One line of events.jsonl. `at` and `revision` are added when it is written. */
export interface JournalEntry {
  readonly event: string;
  readonly severity: Severity;
  readonly run?: string | undefined;
  readonly circuit?: CircuitName;
  readonly why?: string | undefined;
  readonly [detail: string]: string | number | boolean | null | undefined;
}

/** The one event that a hook writes, also where no loop has ever run and there is no controller. */
export const bypassEvent = 'hook-bypassed';

const severities: Readonly<Record<Circuit['state'], Severity>> = {
  closed: 'info',
  'half-open': 'info',
  open: 'high',
  held: 'high',
};

function transition(
  name: CircuitName,
  before: Circuit,
  after: Circuit,
  run: string | undefined,
): readonly JournalEntry[] {
  if (before.era === after.era) return [];
  const until = after.state === 'open' ? new Date(after.quarantineUntil).toISOString() : null;
  const why = after.state === 'closed' ? undefined : after.why;
  const severity = severities[after.state];
  const { era, lastFailureClass } = after;
  return [{ event: `circuit-${after.state}`, severity, run, circuit: name, era, class: lastFailureClass, until, why }];
}

/**
 * The state changes of both circuits between two controllers, as journal entries of the run that brought them about.
 * Opening and holding are of high severity.
 */
export function transitionsBetween(before: Controller, after: Controller, run?: string): readonly JournalEntry[] {
  return circuitNames.flatMap((name) => transition(name, before.circuits[name], after.circuits[name], run));
}

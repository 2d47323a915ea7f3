import { newCircuit } from '../scripts/core/circuit-steps.ts';
import {
  at,
  baseMs,
  blocks,
  closed,
  fails,
  fatal,
  halfConfig,
  held,
  limited,
  open,
  openConfig,
  policy,
  probing,
  type Row,
  recheckMs,
  stops,
  succeeds,
  testRows,
  twiceFailed,
} from './helpers/breaker-table.ts';
import { evidenceNamed, hourMs } from './helpers/state.ts';

const attempts: readonly Row[] = [
  {
    says: 'success, closed: failures are forgotten',
    from: twiceFailed,
    event: succeeds,
    expect: { state: 'closed', consecutiveFailures: 0, sameSignatureCount: 0, lastSignature: null, recentFailures: [] },
  },
  {
    says: 'success, closed: growth goes one step down',
    from: { ...newCircuit, growth: 3 },
    event: succeeds,
    expect: { growth: 2 },
  },
  { says: 'success, closed: growth never goes below zero', from: closed, event: succeeds, expect: { growth: 0 } },
  { says: 'success, open: ignored', from: open, event: succeeds, expect: open },
  {
    says: 'success, half-open: closed, growth one step down, failedProbes and firstOpenedAt forgotten',
    from: { ...probing, growth: 3, failedProbes: 2 },
    event: succeeds,
    expect: { state: 'closed', growth: 2, failedProbes: 0, firstOpenedAt: null, triedEvidence: [] },
  },
  { says: 'success, held: ignored', from: held, event: succeeds, expect: held },

  {
    says: 'transient, closed: counted',
    from: closed,
    event: fails,
    expect: { state: 'closed', consecutiveFailures: 1, lastFailureClass: 'transient', lastSignature: 'E1' },
  },
  {
    says: 'transient, closed: the third with the same signature in a row opens',
    from: twiceFailed,
    event: fails,
    expect: { state: 'open', era: 1, quarantineUntil: at + baseMs, growth: 1, firstOpenedAt: at, evidence: null },
  },
  { says: 'transient, open: ignored', from: open, event: fails, expect: open },
  {
    says: 'transient, half-open: open again, one more failed probe, a longer wait',
    from: probing,
    event: fails,
    expect: { state: 'open', failedProbes: 1, growth: 2, quarantineUntil: at + 2 * baseMs },
  },
  {
    says: 'transient, half-open: at failedProbesMax it is held',
    from: { ...probing, failedProbes: policy.quarantine.failedProbesMax - 1 },
    event: fails,
    expect: { state: 'held', heldBy: 'loopbreaker', failedProbes: policy.quarantine.failedProbesMax },
  },
  { says: 'transient, held: ignored', from: held, event: fails, expect: held },

  {
    says: 'config-fatal, closed: open at once for the recheck time, evidence recorded',
    from: closed,
    event: fatal,
    expect: {
      state: 'open',
      quarantineUntil: at + recheckMs,
      evidence: evidenceNamed('h9'),
      growth: 0,
      lastFailureClass: 'config-fatal',
      triedEvidence: [evidenceNamed('h9').hash],
    },
  },
  { says: 'config-fatal, open: ignored', from: open, event: fatal, expect: open },
  {
    says: 'config-fatal, half-open: open for the recheck time, evidence replaced, growth and failedProbes as they were',
    from: { ...probing, growth: 3, failedProbes: 2 },
    event: fatal,
    expect: {
      state: 'open',
      quarantineUntil: at + recheckMs,
      evidence: evidenceNamed('h9'),
      growth: 3,
      failedProbes: 2,
    },
  },
  { says: 'config-fatal, held: ignored', from: held, event: fatal, expect: held },

  {
    says: 'doctor red, closed: nothing',
    from: closed,
    event: () => ({ type: 'doctor-red', evidence: evidenceNamed('h9'), why: 'red' }),
    expect: closed,
  },
  {
    says: 'doctor red, open: nothing',
    from: openConfig,
    event: () => ({ type: 'doctor-red', evidence: evidenceNamed('h9'), why: 'red' }),
    expect: openConfig,
  },
  {
    says: 'doctor red, half-open: open for the recheck time, evidence replaced, growth and failedProbes as they were',
    from: { ...halfConfig, growth: 3, failedProbes: 2 },
    event: () => ({ type: 'doctor-red', evidence: evidenceNamed('h9'), why: 'red' }),
    expect: {
      state: 'open',
      quarantineUntil: at + recheckMs,
      evidence: evidenceNamed('h9'),
      growth: 3,
      failedProbes: 2,
      why: 'red',
      lastFailureClass: 'config-fatal',
    },
  },
  {
    says: 'doctor red, half-open while a probe runs: nothing, the probe decides',
    from: probing,
    event: () => ({ type: 'doctor-red', evidence: evidenceNamed('h9'), why: 'red' }),
    expect: probing,
  },
  {
    says: 'doctor red, held: nothing',
    from: held,
    event: () => ({ type: 'doctor-red', evidence: evidenceNamed('h9'), why: 'red' }),
    expect: held,
  },

  { says: 'policy-terminal, closed: the circuit is as it was', from: twiceFailed, event: blocks, expect: twiceFailed },
  { says: 'policy-terminal, open: ignored', from: open, event: blocks, expect: open },
  {
    says: 'policy-terminal, half-open: a successful probe',
    from: probing,
    event: blocks,
    expect: { state: 'closed', failedProbes: 0, growth: 0 },
  },
  { says: 'policy-terminal, held: ignored', from: held, event: blocks, expect: held },

  {
    says: 'rate-limited, closed: neutral, with the stated end',
    from: twiceFailed,
    event: limited,
    expect: { ...twiceFailed, nextEligibleAt: at + hourMs },
  },
  { says: 'rate-limited, open: neutral', from: open, event: limited, expect: open },
  {
    says: 'rate-limited, half-open: the permit is returned',
    from: probing,
    event: limited,
    expect: { state: 'half-open', lease: null, nextEligibleAt: at + hourMs, failedProbes: 0, era: probing.era },
  },
  { says: 'rate-limited, held: neutral', from: held, event: limited, expect: held },

  { says: 'interrupted, closed: neutral', from: twiceFailed, event: stops, expect: twiceFailed },
  { says: 'interrupted, open: neutral', from: open, event: stops, expect: open },
  {
    says: 'interrupted, half-open: the permit is returned',
    from: probing,
    event: stops,
    expect: { state: 'half-open', lease: null, interruptions: 1, failedProbes: 0, era: probing.era },
  },
  {
    says: 'interrupted, half-open: the third in a row of one probe counts as failed',
    from: { ...probing, ...{ interruptions: 2 } },
    event: stops,
    expect: { state: 'open', failedProbes: 1, quarantineUntil: at + 2 * baseMs, lastSignature: 'probe-interrupted' },
  },
  { says: 'interrupted, held: neutral', from: held, event: stops, expect: held },
];

testRows(attempts);

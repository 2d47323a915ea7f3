import { next } from '../scripts/core/breaker.ts';
import { newCircuit } from '../scripts/core/circuit-steps.ts';
import {
  at,
  baseMs,
  changed,
  clear,
  closed,
  half,
  halfConfig,
  held,
  hold,
  leaseMs,
  open,
  openConfig,
  policy,
  probing,
  type Row,
  recheckMs,
  testRows,
  tick,
  twiceFailed,
} from './helpers/breaker-table.ts';
import { dayMs, hourMs } from './helpers/state.ts';

const timeAndPeople: readonly Row[] = [
  { says: 'evidence changed, closed: nothing', from: twiceFailed, event: () => changed('h2'), expect: twiceFailed },
  {
    says: 'evidence changed, open by a transient failure: nothing',
    from: open,
    event: () => changed('h2'),
    expect: open,
  },
  {
    says: 'evidence changed, open by config-fatal: half-open at once',
    from: openConfig,
    event: () => changed('h2'),
    expect: { state: 'half-open', lease: null, era: openConfig.era + 1 },
  },
  {
    says: 'evidence unchanged, open by config-fatal: still open',
    from: openConfig,
    event: () => changed('h1'),
    expect: openConfig,
  },
  { says: 'evidence changed, half-open: nothing', from: halfConfig, event: () => changed('h3'), expect: halfConfig },
  {
    says: 'evidence changed, held: nothing, a person ends it',
    from: next(openConfig, hold, policy, at),
    event: () => changed('h2'),
    expect: next(openConfig, hold, policy, at),
  },

  {
    says: 'one ms before the end of the quarantine: open',
    from: open,
    event: () => tick,
    now: at + baseMs - 1,
    expect: open,
  },
  {
    says: 'at the end of the quarantine, not after it: half-open',
    from: open,
    event: () => tick,
    now: at + baseMs,
    expect: { state: 'half-open', lease: null, era: 2 },
  },
  {
    says: 'at the recheck time of config-fatal: half-open',
    from: openConfig,
    event: () => tick,
    now: at + recheckMs,
    expect: { state: 'half-open' },
  },
  { says: 'a year later, held: still held', from: held, event: () => tick, now: at + 365 * dayMs, expect: held },

  {
    says: 'one ms before the lease ends: the probe is waited for',
    from: probing,
    event: () => tick,
    now: at + leaseMs - 1,
    expect: probing,
  },
  {
    says: 'when the lease ends: a failed probe',
    from: probing,
    event: () => tick,
    now: at + leaseMs,
    expect: {
      state: 'open',
      failedProbes: 1,
      quarantineUntil: at + leaseMs + 2 * baseMs,
      lastSignature: 'probe-lease-expired',
    },
  },
  {
    says: 'a lease that ran out is counted from its end even when nobody looked for a while',
    from: probing,
    event: () => tick,
    now: at + leaseMs + 2 * baseMs - 1,
    expect: { state: 'open', quarantineUntil: at + leaseMs + 2 * baseMs },
  },
  {
    says: 'a lease that ran out long ago has served its quarantine too',
    from: probing,
    event: () => tick,
    now: at + leaseMs + 2 * baseMs,
    expect: { state: 'half-open', failedProbes: 1, lease: null, era: probing.era + 2 },
  },
  {
    says: 'the last failed probe by a lease holds the circuit from the end of the lease',
    from: { ...probing, failedProbes: policy.quarantine.failedProbesMax - 1 },
    event: () => tick,
    now: at + 10 * dayMs,
    expect: { state: 'held', openedAt: at + leaseMs },
  },

  {
    says: 'clear, closed: failures and growth forgotten',
    from: { ...twiceFailed, growth: 4 },
    event: () => clear,
    expect: { state: 'closed', growth: 0, consecutiveFailures: 0, recentFailures: [] },
  },
  {
    says: 'clear, open: closed; growth, failedProbes, firstOpenedAt forgotten',
    from: { ...open, growth: 4, failedProbes: 3 },
    event: () => clear,
    expect: { state: 'closed', growth: 0, failedProbes: 0, firstOpenedAt: null, era: open.era + 1 },
  },
  {
    says: 'clear, half-open: closed likewise',
    from: { ...half, growth: 4, failedProbes: 3 },
    event: () => clear,
    expect: { state: 'closed', growth: 0, failedProbes: 0, firstOpenedAt: null },
  },
  {
    says: 'clear, held: closed',
    from: held,
    event: () => clear,
    expect: { state: 'closed', growth: 0, era: held.era + 1 },
  },
  {
    says: 'clear: a stated limit is forgotten',
    from: { ...newCircuit, nextEligibleAt: at + hourMs },
    event: () => clear,
    expect: { nextEligibleAt: null },
  },

  {
    says: 'hold, closed: held',
    from: closed,
    event: () => hold,
    expect: { state: 'held', heldBy: 'ada', why: 'the release is today', era: 1 },
  },
  {
    says: 'hold, open: held, the age of the trouble is kept',
    from: open,
    event: () => hold,
    now: at + 1,
    expect: { state: 'held', heldBy: 'ada', firstOpenedAt: at, openedAt: at + 1, era: open.era + 1 },
  },
  {
    says: 'hold, half-open with a running probe: held, the probe is not heard any more',
    from: probing,
    event: () => hold,
    expect: { state: 'held', era: probing.era + 1 },
  },
  {
    says: 'hold, held: the newer person and reason, no change of era',
    from: held,
    event: () => ({ ...hold, by: 'bob', why: 'mine' }),
    expect: { state: 'held', heldBy: 'bob', why: 'mine', era: held.era },
  },
];

testRows(timeAndPeople);

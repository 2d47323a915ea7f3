import assert from 'node:assert/strict';
import test from 'node:test';
import { anchorAt, believedNow } from '../scripts/core/clock.ts';
import { dayMs, handClock, hourMs, minuteMs, start } from './helpers/state.ts';

test('without an anchor the wall clock is believed', () => {
  assert.equal(believedNow(null, handClock().read()), start);
});

test('within one boot believed time follows the monotonic clock, wherever the wall clock is set', () => {
  for (const jump of [-10 * dayMs, -hourMs, 0, hourMs, 10 * dayMs]) {
    const clock = handClock();
    const anchor = anchorAt(start, clock.read());
    clock.setWallBy(jump);
    assert.equal(believedNow(anchor, clock.read()), start, `at once after a jump of ${jump} ms`);
    clock.pass(5 * minuteMs);
    assert.equal(believedNow(anchor, clock.read()), start + 5 * minuteMs, `five minutes after a jump of ${jump} ms`);
  }
});

test('a jump stays without effect through any number of writes in that boot', () => {
  const clock = handClock();
  let anchor = anchorAt(start, clock.read());
  clock.setWallBy(10 * dayMs);
  for (let writes = 0; writes < 10; writes += 1) {
    clock.pass(minuteMs);
    anchor = anchorAt(believedNow(anchor, clock.read()), clock.read());
  }
  assert.equal(anchor.atMs, start + 10 * minuteMs);
});

test('after a reboot a wall clock that went forward is believed', () => {
  const clock = handClock();
  const anchor = anchorAt(start, clock.read());
  clock.reboot(hourMs);
  assert.equal(believedNow(anchor, clock.read()), start + hourMs);
});

test('a boot that has run longer than the one before it is another boot all the same', () => {
  const clock = handClock();
  const anchor = anchorAt(start, clock.read());
  clock.reboot(2 * hourMs);
  clock.pass(hourMs);
  assert.ok(clock.read().monotonicMs > anchor.monotonicMs);
  assert.equal(believedNow(anchor, clock.read()), start + 3 * hourMs);
});

test('after a reboot a wall clock that went back is not believed: time stands still, it does not go back', () => {
  const clock = handClock();
  const anchor = anchorAt(start, clock.read());
  clock.reboot(-10 * dayMs);
  assert.equal(believedNow(anchor, clock.read()), start);
});

test('a clock that went back at a reboot costs at most one full quarantine, once a write has anchored it', () => {
  const clock = handClock();
  const before = anchorAt(start, clock.read());
  clock.reboot(-10 * dayMs);
  const after = anchorAt(believedNow(before, clock.read()), clock.read());
  clock.pass(5 * minuteMs);
  assert.equal(believedNow(after, clock.read()), start + 5 * minuteMs);
});

test('a monotonic clock that went back in the same boot is treated as a reboot, and time never goes back', () => {
  const clock = handClock();
  const anchor = { ...anchorAt(start, clock.read()), monotonicMs: clock.read().monotonicMs + hourMs };
  assert.equal(believedNow(anchor, clock.read()), start);
  clock.setWallBy(minuteMs);
  assert.equal(believedNow(anchor, clock.read()), start + minuteMs);
  clock.setWallBy(-hourMs);
  assert.equal(believedNow(anchor, clock.read()), start);
});

test('believed time is a whole number of milliseconds', () => {
  const anchor = { atMs: start, monotonicMs: 0.4, bootId: 'b' };
  assert.equal(believedNow(anchor, { wallMs: 0, monotonicMs: 10.9, bootId: 'b' }), start + 11);
});

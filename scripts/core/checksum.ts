/**
 * Tells a text that is torn, cut or overwritten from the one that was written: 64 bits, for accidents and not for forgery. Node
 * takes longer to load its cryptography than the pre-commit hook takes for all else that it does by itself; there the loop
 * runs before anything is compiled, so it is as plain as can be. Of one machine: words are taken as they lie in memory. Pure.
 */
export function checksum(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >>> 2);
  const length = words.length;
  let low = 0xdeadbeef;
  let high = 0x41c6ce57 ^ bytes.length;
  for (let at = 0; at < length; at += 1) {
    const word = words[at] ?? 0;
    low = Math.imul(low ^ word, 0x9e3779b1);
    high = Math.imul((high ^ word) + (low >>> 15), 0x5f356495);
  }
  for (let at = length * 4; at < bytes.length; at += 1) {
    low = Math.imul(low ^ (bytes[at] ?? 0), 0x9e3779b1);
    high = Math.imul((high ^ low) + (low >>> 15), 0x5f356495);
  }
  const end = (a: number, b: number): number =>
    Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return [end(low, high), end(high, low)].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

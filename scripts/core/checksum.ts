/**
 * Tells a text that is torn, cut or overwritten from the one that was written: 64 bits, for accidents and not for forgery. Node
 * takes longer to load its cryptography than the pre-commit hook takes for all else that it does by itself. Pure.
 */
export function checksum(text: string): string {
  let [low, high] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(high ^ code, 0x5f356495);
  }
  const mixed = (a: number, b: number): number =>
    Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return [mixed(low, high), mixed(high, low)].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** One code of a finding: what it means, why it matters here, how it is mended. */
export interface FindingCodeEntry {
  /** The checks that emit it. */
  readonly checks: readonly string[];
  readonly title: string;
  /** One sentence: why it matters. */
  readonly why: string;
  readonly remedy: string;
}

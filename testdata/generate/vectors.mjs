// Rows that hold claims, and what becomes of them: upstream's answer, or ours beside it where we differ.
import { encode, writeRows } from './rows.mjs';

// Both refuse.
export const refused = { want: { error: true } };

// What only we refuse, and why.
export const stricter = why => ({ want: { error: true }, stricter: why });

export class Vectors {
  #rows = [];

  // upstreamOf makes of claims a value, or {error: true}.
  constructor(rule, upstreamOf) {
    this.rule = rule;
    this.upstreamOf = upstreamOf;
  }

  // Without expected, ours is upstream's answer. Else expected.want is ours, or its members that differ from upstream's,
  // with the reason in expected.stricter, or in expected.differs where the difference isn't one of strictness.
  async row(name, claims, expected = {}) {
    const upstream = await this.upstreamOf(claims);
    const partial = expected.want && !expected.want.error && !upstream.error;
    const want = partial ? { ...upstream, ...expected.want } : (expected.want ?? upstream);
    const same = encode(want) === encode(upstream);
    if (same === Boolean(expected.stricter || expected.differs) || (upstream.error && !expected.want)) {
      throw new Error(`${name}: upstream ${encode(upstream)}, ours ${encode(expected)}`);
    }
    const { stricter, differs } = expected;
    this.#rows.push({ name, rule: this.rule, claims, want, upstream: same ? undefined : upstream, stricter, differs });
  }

  write(file) {
    writeRows(file, this.#rows);
  }
}

// Reads and writes the files: JSON, one row per line, so that a diff shows which rows changed.
import { readFileSync, writeFileSync } from 'node:fs';

const testdata = new URL('../', import.meta.url);

export const read = name => readFileSync(new URL(name, testdata), 'utf8');

export const write = (name, text, mode = 0o644) => writeFileSync(new URL(name, testdata), text, { mode });

export function writeRows(name, rows) {
  write(name, `[\n${rows.map(encode).join(',\n')}\n]\n`);
  console.log(`${name}: ${rows.length} rows`);
}

// JSON text to be written as it is, for what JSON.stringify can't express: 2.0, a repeated member.
class Raw {
  constructor(text) {
    this.text = text;
  }
}
export const raw = text => new Raw(text);

// JSON.stringify, which also writes Raw and BigInt.
export function encode(value) {
  if (value instanceof Raw) return value.text;
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(encode).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value).filter(name => value[name] !== undefined);
  return `{${members.map(name => `${JSON.stringify(name)}:${encode(value[name])}`).join(',')}}`;
}

import { type CharSet, charSet, rangesOf } from "./char-set.ts";
import type { Instruction, Program } from "./program.ts";

/** Beginning, end and the search around it. */
const frame = 4;
/** RE2 reads UTF-8 byte by byte: about so many instructions for the characters of two bytes and more. */
const multiByte = 10;

const ascii: CharSet = charSet([[0, 0x7f]]);
const beyondAscii: CharSet = charSet([[0x80, 0x10ffff]]);

/**
 * Estimate of what RE2 in C++, and so Envoy, calls the size of a program: https://github.com/google/re2/blob/main/re2/re2.h ProgramSize.
 * It counts instructions on bytes, ours are on characters; those that Envoy has been seen to print are met within a quarter.
 */
export function programSize({ instructions }: Program): number {
  return instructions.reduce((size, instruction) => size + sizeOf(instruction), frame);
}

function sizeOf(instruction: Instruction): number {
  if (instruction.kind !== "read") return 1;
  const ranges = rangesOf(instruction.chars(ascii)).length;
  const isBeyond = instruction.chars(beyondAscii).length > 0;
  return Math.max(1, ranges) + (isBeyond ? multiByte : 0);
}

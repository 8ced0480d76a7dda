import { Address4, Address6 } from "ip-address";
import type { Violation } from "./violation.ts";

/** Checks an address without a range. `what` begins the message, for example `the address`. */
export function checkAddress(what: string, text: string): Violation[] {
  const valid = addressBits(text) !== undefined && !text.includes("/");
  return valid ? [] : [invalid(what, text, "an IPv4 or IPv6 address", "10.1.2.3")];
}

/** Checks an address, or a range of them in CIDR notation such as `10.1.0.0/16`. */
export function checkAddressRange(what: string, text: string): Violation[] {
  // Go, which reads it in the end, takes no leading zeros.
  const valid = addressBits(text) !== undefined && !/\/0\d/.test(text);
  return valid ? [] : [invalid(what, text, "an address or a range of addresses", "10.1.0.0/16")];
}

/** The range that holds an address, or a range, and nothing else: `10.1.2.3/32`. */
export function asRange(address: string): string {
  return address.includes("/") ? address : `${address}/${String(addressBits(address) ?? 0)}`;
}

/** How many bits addresses of this kind have; undefined if the text is none. Zones mean nothing elsewhere. */
function addressBits(text: string): 32 | 128 | undefined {
  if (Address4.isValid(text)) return 32;
  return Address6.isValid(text) && !text.includes("%") ? 128 : undefined;
}

function invalid(what: string, text: string, kind: string, example: string): Violation {
  return {
    code: "invalid-address",
    path: [],
    message: `${what} ${JSON.stringify(text)} is not ${kind}`,
    fix: `write one such as ${example}`,
  };
}

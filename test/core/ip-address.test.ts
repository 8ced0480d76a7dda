import { describe, expect, it } from "@jest/globals";
import { asRange, checkAddress, checkAddressRange } from "../../core/ip-address.ts";

const addresses = ["10.1.2.3", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8"];
const mapped = ["::ffff:10.1.2.3", "1:2:3:4:5:6:10.1.2.3"];
const ranges = ["10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "::/0", "2001:db8::/128"];
const none = [
  "",
  "localhost",
  "10.1.2",
  "10.1.2.3.4",
  "10.1.2.256",
  "010.1.2.3",
  "10.1.2.3 ",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8",
  "12345::",
  "g::",
  "fe80::1%eth0",
  "10.1.2.3::",
  "::10.1.2.3.4",
];

describe("an address", () => {
  it.each([...addresses, ...mapped])("may be %s", (text) => {
    expect(checkAddress("the address", text)).toEqual([]);
    expect(checkAddressRange("the address", text)).toEqual([]);
  });

  it.each([...none, ...ranges])("is not %j", (text) => {
    expect(checkAddress("the address", text)).toEqual([
      {
        code: "invalid-address",
        path: [],
        message: `the address ${JSON.stringify(text)} is not an IPv4 or IPv6 address`,
        fix: "write one such as 10.1.2.3",
      },
    ]);
  });
});

describe("a range", () => {
  it.each(ranges)("may be %s", (text) => {
    expect(checkAddressRange("the range", text)).toEqual([]);
  });

  it.each([
    ...none,
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "/8",
    "::/129",
    "10.0.0.0/-1",
  ])("is not %j", (text) => {
    expect(checkAddressRange("the range", text)).toMatchObject([{ code: "invalid-address" }]);
  });

  it("of a single address is as long as the address", () => {
    expect(["10.1.2.3", "::1", "10.0.0.0/8"].map(asRange)).toEqual(["10.1.2.3/32", "::1/128", "10.0.0.0/8"]);
  });
});

import { expect, test } from "vitest";

import { type Layer, kinds, kindOf, moved, ofKind, parseLayers, removed, valueOf, withValue } from "./layers";

const [out, , bias] = kinds.conv ?? [];
if (out === undefined || bias === undefined) throw new Error("a convolution has channels and a bias");

test("a layer is a name, or a name with settings", () => {
  expect(kindOf("relu")).toBe("relu");
  const conv: Layer = { conv: { out: 16, dirac: true } };
  expect([kindOf(conv), valueOf(conv, out), valueOf(conv, bias)]).toEqual(["conv", 16, true]);
  expect(withValue(conv, "bias", false)).toEqual({ conv: { out: 16, dirac: true, bias: false } });
  expect(withValue("batch_norm", "momentum", 0.4)).toEqual({ batch_norm: { momentum: 0.4 } });
});

test("another kind keeps what both have", () => {
  expect(ofKind("dense", { conv: { out: 16, kernel: 1, bias: false } })).toEqual({
    dense: { out: 16, bias: false },
  });
  expect(ofKind("relu", { conv: { out: 16 } })).toBe("relu");
  expect(ofKind("group_norm")).toEqual({ group_norm: { groups: 4 } });
});

test("layers move within the network", () => {
  const layers = ["a", "b", "c"];
  expect(moved(layers, 0, 2)).toEqual(["b", "c", "a"]);
  expect(moved(layers, 2, -1)).toEqual(["a", "c", "b"]);
  expect(moved(layers, 0, -1)).toEqual(layers);
  expect(removed(layers, 1)).toEqual(["a", "c"]);
});

test("layers are read from a list or a network", () => {
  expect(parseLayers('["relu"]')).toEqual(["relu"]);
  expect(parseLayers('{"name": "mine", "layers": [{"dense": {"out": 10}}]}')).toEqual([
    { dense: { out: 10 } },
  ]);
  for (const text of ["{}", "null", "3"]) expect(() => parseLayers(text)).toThrow("a list of layers");
  expect(() => parseLayers("[")).toThrow(SyntaxError);
});

import { expect, test } from "vitest";

import { addressFor, embedCode } from "./share";

const here = "https://host.example/page/?a=1#v=1&lr=0.004&chapter=noise&present=loss&hide=table";

test("the link to the page has the run's settings and the chapter, and no presentation", () => {
  expect(addressFor(here, { parts: undefined, bar: true, chapter: true })).toBe(
    "https://host.example/page/?a=1#v=1&lr=0.004&chapter=noise",
  );
  expect(addressFor("https://host.example/#hide=run", { parts: undefined, bar: true, chapter: true })).toBe(
    "https://host.example/",
  );
});

test("the link names the chosen parts, and can leave out the run bar", () => {
  const link = addressFor("https://host.example/#lr=0.004", {
    parts: ["accuracy", "table"],
    bar: true,
    chapter: true,
  });
  expect(link).toBe("https://host.example/#lr=0.004&embed=accuracy,table");
  expect(addressFor(link, { parts: ["loss"], bar: false, chapter: true })).toBe(
    "https://host.example/#lr=0.004&embed=loss&hide=run",
  );
});

test("the link opens the current chapter only on request", () => {
  expect(
    addressFor("https://host.example/#chapter=beta", { parts: ["loss"], bar: true, chapter: false }),
  ).toBe("https://host.example/#embed=loss");
});

test("the code of an embedded page is valid markup", () => {
  expect(embedCode("https://host.example/#a=1&embed=loss", 500)).toBe(
    '<iframe src="https://host.example/#a=1&amp;embed=loss" title="Emascope" width="100%" height="500" style="border: 0" loading="lazy"></iframe>',
  );
});

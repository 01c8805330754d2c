"use strict";
// The theme names fonts of the reader's machine: Redoc's own would have to come from another host.
const fontFamily = "system-ui, sans-serif";
Redoc.init(
  "openapi.json",
  { theme: { typography: { fontFamily, headings: { fontFamily }, code: { fontFamily: "monospace" } } } },
  document.getElementById("redoc"),
);

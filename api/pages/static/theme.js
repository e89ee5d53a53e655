// Loaded before the first paint, so that no page flashes in the theme that the visitor has not chosen.
// Without it, or with nothing chosen, pages follow the system (prefers-color-scheme).
"use strict";
(() => {
  const KEY = "kb-theme";
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const root = document.documentElement;

  const read = () => {
    try {
      const kept = localStorage.getItem(KEY);
      return kept === "light" || kept === "dark" ? kept : "auto";
    } catch {
      return "auto"; // storage is switched off: the choice lasts as long as the page
    }
  };
  const keep = (theme) => {
    try {
      if (theme === "auto") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // see above
    }
  };
  const show = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
      meta.media = theme === "auto" ? `(prefers-color-scheme: ${meta.dataset.for})` : meta.dataset.for === theme ? "all" : "not all";
    }
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.ariaLabel = button.title = button.dataset[theme];
    }
  };

  root.classList.add("js");
  show(read());
  document.addEventListener("DOMContentLoaded", () => show(read()));
  addEventListener("storage", (event) => event.key === KEY && show(read()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const theme = NEXT[root.dataset.theme ?? "auto"];
    keep(theme);
    show(theme);
  });
})();

// Partial updates of the owner pages: everything on them works without this file.
"use strict";
(() => {
  const WAIT_MS = 250;
  const filter = document.querySelector("form[data-board-filter]");
  if (filter) board(filter);
  replay(document.querySelector("[data-part='replay']"));
  copying();
  arrived();
  const again = document.querySelector("meta[name='again-in']"); // seconds until the figures may have been counted
  if (again) setTimeout(() => location.reload(), again.content * 1000);

  // The board: filters, views and pages replace the rows in place and keep their address, so that "back" works.
  function board(form) {
    let request = null;
    let timer = 0;

    const show = async (url, { push }) => {
      request?.abort();
      request = new AbortController();
      const place = document.querySelector("[data-part='board']");
      place.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(url, { signal: request.signal, headers: { Accept: "text/html" } });
        if (!response.ok || response.redirected) return location.assign(url);
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        if (!page.querySelector("[data-part='board']")) return location.assign(url);
        if (push) history.pushState({ board: true }, "", url);
        swap(page, "views");
        swap(page, "board");
        if (!push) fill(form, page.querySelector("form[data-board-filter]"));
        hideView(form, page);
        picking();
      } catch (error) {
        if (error.name !== "AbortError") location.assign(url);
      }
    };
    const address = () => {
      const chosen = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (value) chosen.set(name, value);
      return `${location.pathname}${chosen.size ? `?${chosen}` : ""}`;
    };
    const apply = () => {
      clearTimeout(timer);
      show(address(), { push: true });
    };

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      apply();
    });
    form.addEventListener("change", (event) => event.target.matches("select") && apply());
    form.addEventListener("input", (event) => {
      if (event.isComposing || !event.target.matches("[type='search']")) return;
      clearTimeout(timer);
      timer = setTimeout(apply, WAIT_MS);
    });
    form.addEventListener("compositionend", () => (timer = setTimeout(apply, WAIT_MS)));
    document.addEventListener("click", (event) => {
      const link = event.target.closest("[data-part] a[href]");
      if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
      const url = new URL(link.href);
      if (url.origin !== location.origin || url.pathname !== location.pathname) return;
      event.preventDefault();
      clearTimeout(timer);
      show(`${url.pathname}${url.search}`, { push: true }).then(() => {
        fillFrom(form, url.searchParams);
        document.querySelector("[data-part='board']").scrollIntoView({ block: "nearest" });
      });
    });
    addEventListener("popstate", () => show(location.href, { push: false }));
    history.replaceState({ board: true }, "");
    picking();
  }

  function swap(page, part) {
    const [ours, theirs] = [document, page].map((root) => root.querySelector(`[data-part='${part}']`));
    if (ours && theirs) ours.replaceWith(document.adoptNode(theirs));
  }

  function fill(form, other) {
    if (!other) return;
    for (const field of form.elements) {
      const same = field.name && field.type !== "hidden" && other.elements.namedItem(field.name);
      if (same) field.value = same.value;
    }
  }

  function fillFrom(form, chosen) {
    for (const field of form.elements) {
      if (field.name && field.type !== "hidden") field.value = chosen.get(field.name) ?? "";
    }
  }

  // The view is no field that is seen: the form carries it along.
  function hideView(form, page) {
    form.querySelector("input[name='view']")?.remove();
    const view = page.querySelector("form[data-board-filter] input[name='view']");
    if (view) form.prepend(document.adoptNode(view));
  }

  // Ticking rows: all of the page at once, the number chosen, arrow keys from row to row and x to tick.
  function picking() {
    const table = document.querySelector("form[data-bulk] table");
    if (!table) return;
    const boxes = [...table.querySelectorAll("tbody input[type='checkbox']")];
    const head = table.querySelector("[data-pick-all]");
    const all = document.createElement("input");
    all.type = "checkbox";
    all.ariaLabel = head.dataset.pickAll;
    const label = document.createElement("label");
    label.append(all);
    head.replaceChildren(label);
    const told = document.querySelector("[data-picked]");
    const count = () => {
      const n = boxes.filter((box) => box.checked).length;
      all.checked = n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
      told.textContent = n ? told.dataset.picked.replace("{n}", n) : "";
      told.closest("fieldset").classList.toggle("idle", n === 0);
    };
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      count();
    });
    table.addEventListener("change", (event) => event.target !== all && count());
    table.addEventListener("keydown", (event) => {
      const row = event.target.closest("tbody tr");
      if (!row || event.metaKey || event.ctrlKey || event.altKey) return;
      const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
      if (next) {
        event.preventDefault();
        next.querySelector(event.target.matches("input") ? "input" : "a").focus();
      } else if (event.key === "x" && event.target.matches("a")) {
        row.querySelector("input").click();
      }
    });
    count();
  }

  // A draft is tried in place; without this the form loads the page again with the same result.
  function replay(part) {
    part?.addEventListener("submit", async (event) => {
      const form = event.target.closest("form[data-replay]");
      if (!form) return;
      event.preventDefault();
      const status = part.querySelector("[data-replay-status]");
      const button = form.querySelector("button[type='submit']");
      button.disabled = true;
      status.textContent = form.dataset.busy;
      part.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(form.action, {
          method: "POST",
          body: new FormData(form),
          headers: { Accept: "text/html", "X-Part": "replay" },
        });
        if (response.status !== 422 && !response.ok) throw new Error(response.statusText);
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        part.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
        part.querySelector(".verdict")?.focus({ preventScroll: true });
      } catch {
        button.disabled = false;
        status.textContent = form.dataset.failed;
      } finally {
        part.removeAttribute("aria-busy");
      }
    });
  }

  function copying() {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("button[data-copy]")) {
      const words = button.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        const from = document.querySelector(button.dataset.copy);
        await navigator.clipboard.writeText(from.value ?? from.textContent);
        button.textContent = button.dataset.copied;
        setTimeout(() => (button.textContent = words), 2000);
      });
    }
  }

  // After a form the page is loaded anew: continue where its result is said, so that a screen reader says it.
  function arrived() {
    const said = document.getElementById("done");
    if (!said) return;
    said.tabIndex = -1;
    said.focus({ preventScroll: true });
  }
})();

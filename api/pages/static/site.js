// Suggestions while typing, as an ARIA combobox (WAI-ARIA APG: editable combobox with list autocomplete).
// Everything on the pages works without this file.
"use strict";
(() => {
  const WAIT_MS = 160;

  for (const input of document.querySelectorAll("input[data-suggest]")) attach(input);
  shortcuts();
  focusResult();
  // Where the tabs of owners do not fit, the one that is open is brought into sight.
  document.querySelector(".owner-nav [aria-current]")?.scrollIntoView({inline: "center", block: "nearest"});

  function attach(input) {
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = `${input.id}-suggestions`;
    list.role = "listbox";
    list.ariaLabel = input.dataset.title;
    list.hidden = true;
    const status = document.createElement("span");
    status.className = "visually-hidden";
    status.role = "status";
    input.parentElement.append(list, status);
    input.role = "combobox";
    input.ariaAutoComplete = "list";
    input.ariaExpanded = "false";
    input.setAttribute("aria-controls", list.id);

    let timer = 0;
    let request = null;
    let active = -1;
    let composing = false;

    const close = () => {
      clearTimeout(timer);
      request?.abort();
      list.hidden = true;
      input.ariaExpanded = "false";
      select(-1);
    };

    const select = (index) => {
      active = index;
      [...list.children].forEach((item, i) => (item.ariaSelected = String(i === index)));
      if (index < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", list.children[index].id);
      list.children[index].scrollIntoView({ block: "nearest" });
    };

    const show = (found) => {
      list.replaceChildren(...found.map((entry, i) => option(entry, `${list.id}-${i}`)));
      list.hidden = found.length === 0;
      input.ariaExpanded = String(found.length > 0);
      status.textContent = found.length === 1 ? input.dataset.countOne : input.dataset.count.replace("{n}", found.length);
      select(-1);
    };

    const ask = async () => {
      request?.abort();
      request = new AbortController();
      const text = input.value.trim();
      if (!text) return close();
      const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "auto";
      const query = new URLSearchParams({ q: text, mode: "typeahead", limit: "6", lang: /[\u3400-\u9fff]/.test(text) ? "zh" : lang });
      try {
        const response = await fetch(`/v1/search?${query}`, { signal: request.signal, headers: { Accept: "application/json" } });
        if (response.ok && document.activeElement === input) show((await response.json()).data);
      } catch (error) {
        if (error.name !== "AbortError") close();  // offline: typing goes on without suggestions
      }
    };

    input.addEventListener("compositionstart", () => (composing = true));
    input.addEventListener("compositionend", () => (composing = false));
    input.addEventListener("input", (event) => {
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
    input.addEventListener("keydown", (event) => {
      // 229: the key belongs to an input method. Safari ends the composition before this event.
      if (event.isComposing || composing || event.keyCode === 229) {
        if (event.key === "Enter") event.preventDefault();
        return;
      }
      const count = list.children.length;
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden && count) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        select(active < 0 && step < 0 ? count - 1 : ((active + 1 + step + count + 1) % (count + 1)) - 1);
      } else if (event.key === "Enter" && !list.hidden && active >= 0) {
        event.preventDefault();
        location.assign(list.children[active].dataset.url);
      }
    });
    input.addEventListener("blur", () => setTimeout(close, 120));
  }

  function option(entry, id) {
    const item = document.createElement("li");
    item.id = id;
    item.role = "option";
    item.ariaSelected = "false";
    const heading = entry.headings?.[0];
    item.dataset.url = heading?.url ?? entry.url;
    item.append(...marked(entry.title_html, entry.title));
    const titleMatches = !entry.title_html || entry.title_html.includes("<mark>");
    const why = heading ? marked(heading.html, heading.text) : titleMatches ? [] : marked(entry.snippet_html, "");
    if (why.length) {
      const line = document.createElement("small");
      line.className = heading ? "" : "why";
      line.append(...why);
      item.append(line);
    }
    item.addEventListener("mousedown", (event) => event.preventDefault());
    item.addEventListener("click", () => location.assign(item.dataset.url));
    return item;
  }

  // The server's escaped text with <mark> around matches, as text and marks: nothing is parsed, so nothing else can be made.
  function marked(html, text) {
    if (typeof html !== "string") return [text];
    const signs = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'" };
    return html.split(/<\/?mark>/).map((part, i) => {
      const plain = part.replace(/&(?:amp|lt|gt|quot|#x27|#39);/g, (sign) => signs[sign]);
      if (i % 2 === 0) return plain;
      const mark = document.createElement("mark");
      mark.textContent = plain;
      return mark;
    });
  }

  // "/" and Mod+K go to the question box, unless somebody is writing elsewhere.
  function shortcuts() {
    const box = document.querySelector("input[data-suggest], main form[role=search] input[name=q]");
    if (!box) return;
    box.setAttribute("aria-keyshortcuts", "/ Control+K Meta+K");
    addEventListener("keydown", (event) => {
      const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const slash = event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey;
      const modK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (event.defaultPrevented || event.isComposing || !(slash || modK)) return;
      event.preventDefault();
      box.focus();
      box.select();
      box.scrollIntoView({ block: "nearest" });
    });
  }

  // After a vote the page is loaded anew: continue where the visitor was, so that a screen reader says what happened.
  function focusResult() {
    if (location.hash === "#feedback") document.getElementById("feedback")?.focus({ preventScroll: true });
  }
})();

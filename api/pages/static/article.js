// What makes an article quicker to use: the section that is being read, links to copy, code to copy, marks of what was asked
// for, and a vote that stays on the page. Everything works without this file.
"use strict";
(() => {
  const prose = document.querySelector(".prose");
  if (!prose) return;
  let toast = null;
  let timer = 0;

  followReading();
  copyLinks();
  copyCode();
  markAsked();
  document.addEventListener("submit", vote);
  if (location.hash === "#helpful") document.getElementById("helpful")?.focus({ preventScroll: true });

  // The entry of the table of contents whose section is at the top of the window.
  function followReading() {
    const links = [...document.querySelectorAll(".contents a")];
    const places = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    if (!links.length || places.includes(null)) return;
    let current = null;
    let waiting = false;
    const update = () => {
      waiting = false;
      const line = innerHeight * 0.25;
      const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
      const passed = places.filter((place) => place.getBoundingClientRect().top <= line).length;
      const visibleLast = places.at(-1).getBoundingClientRect().top < innerHeight;
      const next = links[atEnd && visibleLast ? links.length - 1 : passed - 1] ?? null;
      if (next === current) return;
      current?.removeAttribute("aria-current");
      next?.setAttribute("aria-current", "location");
      current = next;
      if (next) keepInView(next);
    };
    const soon = () => {
      if (!waiting) requestAnimationFrame(update);
      waiting = true;
    };
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    update();
  }

  // Only inside a table of contents that scrolls by itself: the page must not move.
  function keepInView(link) {
    const list = link.closest(".contents");
    if (list.scrollHeight <= list.clientHeight) return;
    const box = link.getBoundingClientRect();
    const frame = list.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom) list.scrollTop += box.top - frame.top - frame.height / 2;
  }

  function copyLinks() {
    prose.addEventListener("click", (event) => {
      const link = event.target.closest(".anchor");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !navigator.clipboard) return;
      navigator.clipboard.writeText(link.href).then(() => say(prose.dataset.linkCopied), () => {});
    });
  }

  function copyCode() {
    if (!navigator.clipboard) return; // only in secure contexts
    for (const pre of prose.querySelectorAll("pre")) {
      const frame = document.createElement("div");
      frame.className = "code";
      pre.replaceWith(frame);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = prose.dataset.copy;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(pre.textContent.trimEnd());
        } catch {
          return; // refused by the browser: the text can still be selected
        }
        button.textContent = prose.dataset.copied;
        say(prose.dataset.copied);
        setTimeout(() => (button.textContent = prose.dataset.copy), 2000);
      });
      frame.append(pre, button);
    }
  }

  // Words of ?q= are marked where they stand (CSS Custom Highlight API: the document itself stays as it is).
  function markAsked() {
    const asked = new URLSearchParams(location.search).get("q")?.trim().slice(0, 200) ?? "";
    const words = [...new Set(asked.match(/[\p{Script=Han}]{2,}|[\p{L}\p{N}][\p{L}\p{N}._-]+/gu) ?? [])].slice(0, 12);
    if (!words.length || !CSS.highlights) return;
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&"));
    const pattern = new RegExp(escaped.map((word) => (/\p{Script=Han}/u.test(word) ? word : `(?<![\\p{L}\\p{N}])${word}`)).join("|"), "giu");
    const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node && found.length < 500; node = walker.nextNode()) {
      for (const match of node.data.matchAll(pattern)) {
        const range = new Range();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        found.push(range);
      }
    }
    if (!found.length) return;
    CSS.highlights.set("asked", new Highlight(...found));
    say(prose.dataset.found.replace("{n}", found.length).replace("{q}", words.join(" ")), 4000);
    if (!location.hash) found[0].startContainer.parentElement.scrollIntoView({ block: "center" });
  }

  // The same form, answered by the same page: only the part below the article is taken from it.
  async function vote(event) {
    const section = event.target.closest("#helpful");
    if (!section) return;
    event.preventDefault();
    const sent = new FormData(event.target, event.submitter);
    if (event.submitter) event.submitter.disabled = true;
    try {
      const response = await fetch(event.target.action, { method: "POST", body: new URLSearchParams(sent), headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = page.getElementById("helpful");
      if (!response.ok || !next) throw new Error(`status ${response.status}`);
      section.replaceWith(document.adoptNode(next));
      next.focus({ preventScroll: true });
    } catch {
      if (event.submitter) event.submitter.disabled = false;
      say(section.dataset.failed, 6000);
    }
  }

  // A short message for eyes and screen readers.
  function say(text, ms = 2000) {
    if (!toast) {
      toast = document.createElement("div");
      toast.className = "toast";
      toast.role = "status";
      document.body.append(toast);
    }
    clearTimeout(timer);
    toast.hidden = false;
    toast.textContent = text;
    timer = setTimeout(() => (toast.hidden = true), ms);
  }
})();

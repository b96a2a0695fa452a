// Comfort only: every page works without it.
"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const field = document.getElementById("search");

  // "/" goes to the search field, unless one is writing.
  document.addEventListener("keydown", (e) => {
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target.closest && e.target.closest("input, textarea, select, [contenteditable]")) return;
    e.preventDefault();
    field.focus();
    field.select();
  });

  // Commands to copy.
  document.addEventListener("click", async (e) => {
    const button = e.target.closest && e.target.closest("[data-copy]");
    if (!button) return;
    const text = button.parentElement.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });

  // What screen readers are told.
  const status = document.createElement("div");
  status.setAttribute("role", "status");
  status.className = "skip";
  document.body.append(status);
  function say(text) { status.textContent = text; }

  if (field) suggest(field);
  live();

  // A list of what is found, while one types (the combobox pattern of ARIA).
  function suggest(input) {
    const list = document.createElement("ul");
    list.id = "found";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Found");
    input.after(list);
    for (const [k, v] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", "found"], ["aria-autocomplete", "list"]]) input.setAttribute(k, v);
    let timer, running, at = -1;

    const close = () => {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const mark = (n) => {
      const all = list.children;
      if (!all.length) return;
      clearTimeout(timer); // what is being chosen from must not be exchanged
      if (running) running.abort();
      at = (n + all.length) % all.length;
      for (let i = 0; i < all.length; i++) all[i].setAttribute("aria-selected", String(i === at));
      all[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", all[at].id);
    };
    const show = (hits) => {
      list.replaceChildren(...hits.map((hit, i) => {
        const item = document.createElement("li");
        item.id = "found-" + i;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.dataset.url = hit.url;
        const name = document.createElement("strong");
        name.textContent = hit.name;
        const where = document.createElement("small");
        where.textContent = hit.kind + " · " + hit.field + ": " + hit.match;
        item.append(name, where);
        return item;
      }));
      at = -1;
      list.hidden = hits.length === 0;
      input.setAttribute("aria-expanded", String(hits.length > 0));
      input.removeAttribute("aria-activedescendant");
      say(hits.length ? hits.length + " found" : "Nothing found");
    };
    const ask = async () => {
      const text = input.value.trim();
      if (running) running.abort();
      if (!text) { close(); return; }
      running = new AbortController();
      try {
        const answer = await fetch("/search?limit=10&q=" + encodeURIComponent(text), { headers: { Accept: "application/json" }, signal: running.signal });
        if (!answer.ok) { close(); return; }
        show((await answer.json()).view.hits);
      } catch { /* a newer question, or no connection: the form still works */ }
    };
    const go = (item) => {
      const url = item.dataset.url;
      if (url.startsWith("/") && !url.startsWith("//")) location.assign(url);
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
    input.addEventListener("blur", () => setTimeout(close, 150));
    input.addEventListener("keydown", (e) => {
      if (e.key === "Escape") { close(); return; }
      if (list.hidden) return;
      if (e.key === "ArrowDown") { e.preventDefault(); mark(at + 1); }
      if (e.key === "ArrowUp") { e.preventDefault(); mark(at < 0 ? -1 : at - 1); }
      if (e.key === "Enter" && at >= 0) { e.preventDefault(); go(list.children[at]); }
    });
    list.addEventListener("mousedown", (e) => {
      const item = e.target.closest("[role=option]");
      if (item) { e.preventDefault(); go(item); }
    });
  }

  // The page follows the catalog: what differs is exchanged in place.
  function live() {
    if (!window.EventSource || !document.getElementById("main") || document.body.dataset.live === "off") return;
    const page = location.pathname + location.search;
    let source, fetching = false, again = false;
    const refresh = async () => {
      if (fetching) { again = true; return; }
      fetching = true;
      try {
        const answer = await fetch(page, { headers: { Accept: "text/html" } });
        if ((answer.headers.get("Content-Type") || "").startsWith("text/html")) {
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          const main = fresh.getElementById("main");
          if (main) {
            morph(document.getElementById("main"), main);
            if (document.title !== fresh.title) document.title = fresh.title;
            document.body.dataset.tag = fresh.body.dataset.tag;
            document.dispatchEvent(new CustomEvent("callboard:changed"));
          }
        }
      } catch { /* the next change tries again */ }
      fetching = false;
      if (again) { again = false; refresh(); }
    };
    const open = () => {
      if (source) return;
      source = new EventSource("/live?page=" + encodeURIComponent(page) + "&since=" + encodeURIComponent(document.body.dataset.tag));
      source.addEventListener("changed", refresh);
      let first = true;
      source.addEventListener("ready", () => { if (!first) refresh(); first = false; });
      source.addEventListener("gone", () => { close(); refresh(); });
    };
    const close = () => { if (source) { source.close(); source = undefined; } };
    // A page that nobody looks at needs no stream.
    document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else if (!source) { open(); refresh(); } });
    addEventListener("pagehide", close);
    if (!document.hidden) open();
  }

  // morph makes one element like another, and leaves alone what is like it already: the focus, what is scrolled, and what
  // the reader opened or wrote stay. What carries data-kept is a script's own.
  function morph(now, want) {
    if (now.hasAttribute("data-kept") && want.hasAttribute("data-kept")) return;
    attributes(now, want);
    const keyed = new Map();
    for (const c of now.children) if (c.id) keyed.set(c.id, c);
    let here = now.firstChild;
    for (const node of [...want.childNodes]) {
      const same = node.id && keyed.get(node.id);
      if (same && same !== here) { now.insertBefore(same, here); here = same; }
      if (here && alike(here, node)) {
        const next = here.nextSibling;
        if (here.nodeType === Node.ELEMENT_NODE) { if (!here.isEqualNode(node)) morph(here, node); } else if (here.nodeValue !== node.nodeValue) here.nodeValue = node.nodeValue;
        here = next;
      } else {
        now.insertBefore(document.importNode(node, true), here);
      }
    }
    while (here) { const next = here.nextSibling; here.remove(); here = next; }
  }
  function alike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
  }
  function attributes(now, want) {
    const own = (name) => name === "open" && now.localName === "details" ||
      (name === "value" || name === "checked" || name === "selected") && /^(input|textarea|select|option)$/.test(now.localName);
    for (const a of [...now.attributes]) if (!want.hasAttribute(a.name) && !own(a.name)) now.removeAttribute(a.name);
    for (const a of want.attributes) if (now.getAttribute(a.name) !== a.value && !own(a.name)) now.setAttribute(a.name, a.value);
  }
})();

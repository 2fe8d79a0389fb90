"use strict";
(() => {
  // Everything from the corpus is put into the page as text, never as markup.
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const words = read("words");
  const rows = read("rows");
  const details = read("details");
  const near = read("near");

  const grouped = (n) => String(n).replace(/\B(?=(\d\d\d)+$)/g, ",");
  const counted = (n, one, many) => grouped(n) + " " + (n === 1 ? one : many);
  // Cut, not rounded: nothing below the threshold may seem to reach it, nor anything but 1 seem to be 1.
  const decimals = (x) => (Math.floor(x * 1000 + 1e-9) / 1000).toFixed(3);

  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };

  // Theme: automatic, light, dark. Where nothing can be stored, the choice lasts as long as the page.
  const themeButton = document.getElementById("theme");
  const themes = ["automatic", "light", "dark"];
  const stored = () => { try { return localStorage.getItem("twicetold-theme"); } catch { return null; } };
  const setTheme = (theme) => {
    if (theme === "automatic") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    themeButton.querySelector("span").textContent = theme;
    themeButton.dataset.theme = theme;
    try { localStorage.setItem("twicetold-theme", theme); } catch { /* not allowed for this page */ }
  };
  setTheme(themes.includes(stored()) ? stored() : "automatic");
  themeButton.addEventListener("click", () => setTheme(themes[(themes.indexOf(themeButton.dataset.theme) + 1) % themes.length]));
  themeButton.hidden = false;

  // Two texts.
  const marked = (tag, text, title) => {
    // A word travels with what follows it; spaces and punctuation did not count, and are not marked, nor are line ends.
    const [, body, rest] = /^([^]*?)([^\p{L}\p{N}\p{M}]*)$/u.exec(text);
    const parts = body.split(/(\s*\n\s*)/).filter(Boolean);
    return [...parts.map((part) => part.trim() ? element(tag, { title }, part) : part), rest];
  };
  const gap = (n, what) => element("span", { class: "gap", dir: "ltr" }, "… " + counted(n, "word", "words") + " " + what + " …");
  const sides = (difference) => {
    const left = element("div", { class: "text", dir: "auto", tabindex: "0" });
    const right = element("div", { class: "text", dir: "auto", tabindex: "0" });
    for (const piece of difference.pieces) {
      const [kind, value] = Object.entries(piece)[0];
      if (kind === "both") { left.append(value); right.append(value); }
      else if (kind === "alike") { left.append(value[0]); right.append(value[1]); }
      else if (kind === "left") left.append(...marked("del", value, "only in the left text"));
      else if (kind === "right") right.append(...marked("ins", value, "only in the right text"));
      else if (kind === "gap") { left.append(gap(value, "alike"), " "); right.append(gap(value, "alike"), " "); }
      else if (kind === "leftgap") left.append(gap(value, "more"), " ");
      else if (kind === "rightgap") right.append(gap(value, "more"), " ");
    }
    return [left, right];
  };
  // What a figure is, where no column says so.
  const unit = (name) => element("span", { class: "unit" }, " " + name);
  const about = (text) => [text.source, text.date].filter(Boolean).join(" · ");
  const heading = (role, text) => {
    const shown = element("h4", null, role + ": ", element("bdi", null, text.id));
    if (about(text)) shown.append(" ", element("span", null, element("bdi", null, about(text))));
    return shown;
  };
  const pair = (role, kept, member) => {
    const [left, right] = sides(member.difference);
    left.setAttribute("aria-label", role + " text");
    right.setAttribute("aria-label", words.member + " text");
    const differs = member.difference.pieces.some((piece) => !("both" in piece || "alike" in piece || "gap" in piece));
    const legend = differs
      ? [element("span", null, "Marked: words that only one of the two has. Case and punctuation do not count.")]
      : [element("span", null, "The words are the same. Case and punctuation do not count.")];
    if (member.difference.cut) legend.push(element("span", null, "These texts are long: only their first " + words.compared + " are compared here."));
    return element("div", null,
      element("div", { class: "pair" },
        element("div", null, heading(role, kept), left),
        element("div", null, heading(words.member, member), right)),
      element("p", { class: "legend muted" }, ...legend));
  };

  // What opens below a cluster.
  const clusterPanel = (number, row) => {
    const found = details[number - 1];
    const panel = element("div", { class: "panel" });
    if (!found) {
      panel.append(element("p", { class: "note" },
        "The texts of the " + grouped(details.length) + " largest " + words.groups + " are in this page. This one is in " + words.table + ", under the id ",
        element("bdi", null, row.id), "."));
      return panel;
    }
    const below = element("div", { "aria-live": "polite" });
    const buttons = [];
    const show = (member, button) => {
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      below.replaceChildren(pair(words.head, found.representative, member));
    };
    const body = element("tbody");
    for (const member of found.members) {
      const button = member.difference
        ? element("button", { type: "button", "aria-pressed": "false", "aria-label": "compare " + member.id, onclick: () => show(member, button) }, "compare")
        : null;
      if (button) buttons.push(button);
      body.append(element("tr", null,
        element("td", { class: "ids" }, element("bdi", null, member.id)),
        element("td", null, member.source ? element("bdi", null, member.source) : ""),
        element("td", { class: "date" }, member.date || ""),
        element("td", { class: "number" }, decimals(member.similarity), unit(words.measure)),
        element("td", null, member.relation),
        element("td", { class: "number" }, button || "")));
    }
    const column = (name, number) => element("th", { scope: "col", class: number ? "number" : null }, name);
    panel.append(
      element("p", { class: "muted ids" }, words.against + ": ",
        element("bdi", null, found.representative.id),
        about(found.representative) ? " (" : "", element("bdi", null, about(found.representative)), about(found.representative) ? ")" : "",
        ". The least similar come first."),
      element("div", { class: "scroll members", tabindex: "0", role: "region", "aria-label": "documents of this " + words.group },
        element("table", { class: "list" },
          element("thead", null, element("tr", null, column(words.member), column("source"), column("date"), column(words.measure, true), column("relation"), column("", true))),
          body)));
    if (found.unnamed > 0) panel.append(element("p", { class: "muted" }, "And " + grouped(found.unnamed) + " more, in " + words.table + "."));
    panel.append(below);
    const first = found.members.find((member) => member.difference);
    if (first) show(first, buttons[0]);
    return panel;
  };

  // A list of rows that open, a page at a time.
  const list = (place, name, options) => {
    let order = options.items.map((_, index) => index);
    let page = 0;
    let open = -1;
    const body = element("ol", { class: "rows" });
    const status = element("span", { role: "status" });
    const previous = element("button", { type: "button", onclick: () => turn(-1) }, "Previous");
    const next = element("button", { type: "button", onclick: () => turn(1) }, "Next");
    const PAGE = options.page;
    const pages = () => Math.max(1, Math.ceil(order.length / PAGE));
    const buttons = () => [...body.querySelectorAll(":scope > li > .row")];

    const turn = (by) => {
      const wanted = Math.min(Math.max(page + by, 0), pages() - 1);
      if (wanted === page) return false;
      page = wanted;
      open = -1;
      render();
      return true;
    };
    const toggle = (index, item, button) => {
      const was = open;
      body.querySelectorAll(":scope > li > .panel").forEach((panel) => panel.remove());
      buttons().forEach((other) => other.setAttribute("aria-expanded", "false"));
      open = was === index ? -1 : index;
      if (open === index) {
        button.setAttribute("aria-expanded", "true");
        item.append(options.panel(index));
      }
      const fragment = open >= 0 ? "#" + name + "=" + (open + 1) : "#";
      try { history.replaceState(null, "", fragment); } catch { /* not allowed for this page */ }
    };
    const render = () => {
      const shown = order.slice(page * PAGE, (page + 1) * PAGE);
      body.replaceChildren(...shown.map((index) => {
        const item = element("li");
        const button = element("button", { type: "button", class: "row", "aria-expanded": "false", id: name + "-" + (index + 1), onclick: () => toggle(index, item, button) }, ...options.cells(index));
        item.append(button);
        return item;
      }));
      status.textContent = order.length === 0
        ? "nothing found"
        : grouped(page * PAGE + 1) + "–" + grouped(page * PAGE + shown.length) + " of " + grouped(order.length);
      previous.disabled = page === 0;
      next.disabled = page >= pages() - 1;
    };
    const reorder = (wanted) => { order = wanted; page = 0; open = -1; render(); };
    const reveal = (index) => {
      if (index < 0 || index >= options.items.length) return;
      if (!order.includes(index)) order = options.items.map((_, place) => place);
      page = Math.floor(order.indexOf(index) / PAGE);
      open = -1;
      render();
      const button = document.getElementById(name + "-" + (index + 1));
      button.click();
      button.scrollIntoView({ block: "start" });
      button.focus({ preventScroll: true });
    };

    body.addEventListener("keydown", (event) => {
      const all = buttons();
      const at = all.indexOf(document.activeElement);
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.key === "Escape" && open >= 0) {
        const button = document.getElementById(name + "-" + (open + 1));
        button.click();
        button.focus();
        event.preventDefault();
        return;
      }
      if (at < 0) return;
      const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
      if (go !== undefined) {
        event.preventDefault();
        if (go >= 0 && go < all.length) all[go].focus();
        else if (turn(go < 0 ? -1 : 1)) buttons()[go < 0 ? buttons().length - 1 : 0].focus();
      } else if (event.key === "PageDown" || event.key === "PageUp") {
        event.preventDefault();
        if (turn(event.key === "PageUp" ? -1 : 1)) buttons()[0].focus();
      }
    });

    const bar = element("div", { class: "bar" });
    if (options.bar) bar.append(...options.bar(reorder));
    if (options.items.length > PAGE) bar.append(element("span", { class: "pages" }, previous, status, next));
    else if (options.bar) bar.append(element("span", { class: "pages" }, status));
    place.append(bar, element("div", { class: "row heads", "aria-hidden": "true" }, ...options.heads()), body);
    render();
    return reveal;
  };

  const cell = (kind, text, name) => element("span", { class: kind }, text, name ? unit(name) : null);
  const span = (row) => !row.first ? "" : row.first === row.last ? row.first : row.first + " – " + row.last;
  const reveals = {};

  const groupsPlace = document.getElementById("groups-list");
  if (groupsPlace) {
    const hasSources = rows.some((row) => row.sources !== null);
    const hasDates = rows.some((row) => row.first !== null);
    const days = (row) => row.first ? Date.parse(row.last) - Date.parse(row.first) : -1;
    const keys = {
      "largest first": (a, b) => a - b,
      "least similar first": (a, b) => rows[a].lowest - rows[b].lowest || a - b,
    };
    if (hasSources) keys["most sources first"] = (a, b) => rows[b].sources - rows[a].sources || a - b;
    if (hasDates) {
      keys["longest span first"] = (a, b) => days(rows[b]) - days(rows[a]) || a - b;
      keys["earliest first"] = (a, b) => (rows[a].first || "~").localeCompare(rows[b].first || "~") || a - b;
    }
    const folded = rows.map((row) => (row.title + " " + row.id).toLowerCase());
    reveals.cluster = list(groupsPlace, "cluster", {
      items: rows,
      page: 25,
      heads: () => [cell("num", "No."), cell("title", "Begins"), cell("right", "Documents"), cell("right", "Least"), cell("right", hasSources ? "Sources" : ""), cell("right", hasDates ? "Dates" : "")],
      cells: (index) => {
        const row = rows[index];
        return [
          cell("num", grouped(index + 1)),
          element("span", { class: "title", dir: "auto" }, row.title || "(no text)"),
          element("span", { class: "facts" },
            cell("right", grouped(row.size), "documents"),
            cell("right", decimals(row.lowest), "least " + words.measure),
            cell("right", row.sources === null ? "" : grouped(row.sources), row.sources === null ? "" : row.sources === 1 ? "source" : "sources"),
            cell("right", span(row))),
        ];
      },
      panel: (index) => clusterPanel(index + 1, rows[index]),
      bar: (reorder) => {
        const search = element("input", { type: "search", placeholder: "words or id", autocomplete: "off" });
        const sort = element("select", null, ...Object.keys(keys).map((key) => element("option", null, key)));
        const apply = () => {
          const wanted = search.value.trim().toLowerCase();
          const found = rows.map((_, index) => index).filter((index) => folded[index].includes(wanted));
          reorder(found.sort(keys[sort.value]));
        };
        search.addEventListener("input", apply);
        sort.addEventListener("change", apply);
        return [element("label", null, "Search", search), element("label", null, "Order", sort)];
      },
    });
  }

  const nearestPlace = document.getElementById("nearest-list");
  if (nearestPlace) {
    nearestPlace.className = "nearest";
    reveals.decision = list(nearestPlace, "decision", {
      items: near,
      page: 10,
      heads: () => [cell("num", "No."), cell("right", words.measure[0].toUpperCase() + words.measure.slice(1)), cell("title", "Begins"), cell("title", words.member), cell("title", words.beside)],
      cells: (index) => {
        const item = near[index];
        const text = (role, text, note) => element("span", { class: "title" }, element("span", { class: "unit" }, role + " "), element("bdi", null, text.id), about(text) ? element("small", null, element("bdi", null, about(text))) : null, note ? element("small", null, note) : null);
        const stays = item.relation === "kept";
        return [
          cell("num", grouped(index + 1)),
          cell("right", decimals(item.similarity), words.measure),
          element("span", { class: "title", dir: "auto" }, item.title || "(no text)"),
          text(stays ? words.beside : words.member, item, stays ? "kept, too" : null),
          text(words.beside, item.kept),
        ];
      },
      panel: (index) => element("div", { class: "panel" }, pair(words.beside, near[index].kept, near[index])),
    });
  }

  // report.html#cluster=3 opens the third cluster.
  const follow = () => {
    const [, name, number] = /^#(\w+)=(\d+)$/.exec(location.hash) || [];
    if (name && reveals[name]) reveals[name](Number(number) - 1);
  };
  window.addEventListener("hashchange", follow);
  follow();
})();

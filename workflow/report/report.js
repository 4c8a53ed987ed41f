// What the report does when it is looked at. Without it all pages stand below each other and nothing is lost.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };

  // Pages: the address says which page, and which fit of it, is shown.
  const pages = all(".page");
  const links = all(".pages a, .chooser a");
  const title = document.title;

  function show(moves) {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = document.getElementById(name) || pages[0];
    const page = target.closest(".page") || pages[0];
    pages.forEach((other) => other.classList.toggle("current", other === page));
    const fits = all(".fit", page);
    const fit = target.closest(".fit") || fits.find((other) => other.matches(".current")) || fits.find((other) => other.matches(".first")) || fits[0];
    if (fit) fits.forEach((other) => other.classList.toggle("current", other === fit));
    const shown = [page.id, fit ? fit.id : ""].map((id) => `#${id}`);
    links.forEach((link) => {
      const own = decodeURIComponent(link.getAttribute("href"));
      if (shown.includes(own)) link.setAttribute("aria-current", own === shown[0] ? "page" : "true");
      else link.removeAttribute("aria-current");
    });
    document.title = page === pages[0] ? title : `${page.querySelector("h2").firstChild.textContent.trim()} · ${title}`;
    if (!moves) return;
    if (target === page || target === document.getElementById("main")) scrollTo(0, 0);
    else target.scrollIntoView();
  }
  addEventListener("hashchange", () => show(true));

  // Light and dark: what was chosen is remembered.
  function addThemes() {
    const names = ["automatic", "light", "dark"];
    const button = make("button", { type: "button", className: "theme" });
    const say = () => {
      const now = root.dataset.theme || names[0];
      button.textContent = `${{ automatic: "◐", light: "○", dark: "●" }[now]} ${now[0].toUpperCase()}${now.slice(1)}`;
      button.setAttribute("aria-label", `Colours: ${now}. Change`);
    };
    button.addEventListener("click", () => {
      const next = names[(names.indexOf(root.dataset.theme || names[0]) + 1) % names.length];
      if (next === names[0]) delete root.dataset.theme;
      else root.dataset.theme = next;
      try {
        if (next === names[0]) localStorage.removeItem("stan-mixtures-theme");
        else localStorage.setItem("stan-mixtures-theme", next);
      } catch (error) { /* a browser that keeps nothing for files */ }
      say();
    });
    say();
    document.querySelector(".pages").append(button);
  }

  // Copying: tables as CSV, the methods as text.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      const area = make("textarea", { value: text, className: "unseen" });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }
  function copies(label, what, text) {
    const button = make("button", { type: "button", className: "copy", textContent: label });
    button.setAttribute("aria-label", `${label}: ${what}`);
    button.addEventListener("click", async () => {
      await copy(text());
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = label; }, 1500);
    });
    return button;
  }
  function csv(table) {
    const cell = (node) => {
      let text = node.textContent.replace(/\s+/g, " ").trim().replace(/\u2212/g, "-");
      if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) text = text.replace(/,/g, "");
      if (text === "\u2013") text = "";
      return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
    };
    return all("tr", table).map((row) => all("th, td", row).filter((node) => !node.matches(".plot")).map(cell).join(",")).join("\n") + "\n";
  }
  function addCopies() {
    for (const wrapper of all(".table")) {
      const table = wrapper.querySelector("table");
      const what = wrapper.querySelector(".scroll").getAttribute("aria-label");
      wrapper.prepend(copies("Copy CSV", what, () => csv(table)));
    }
    const methods = document.getElementById("methods-text");
    if (methods) methods.before(copies("Copy text", "methods with references", () => methods.innerText));
  }

  // Components: hide and show what has their colour.
  function addComponents() {
    for (const fit of all(".fit")) {
      const components = Number(fit.dataset.components);
      if (components < 2 || components > 7) continue; // colours repeat after the seventh
      const group = make("div", { className: "components" }, make("span", { textContent: "Show" }));
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", "Components shown in the figures and tables");
      for (let k = 1; k <= components; k += 1) {
        const mark = make("span", { className: "swatch" });
        mark.style.background = `var(--c${k})`;
        const button = make("button", { type: "button" }, mark, ` ${k}`);
        button.setAttribute("aria-pressed", "true");
        button.setAttribute("aria-label", `Component ${k}`);
        button.addEventListener("click", () => {
          const hidden = fit.classList.toggle(`hide-${k}`);
          button.setAttribute("aria-pressed", String(!hidden));
        });
        group.append(button);
      }
      fit.querySelector("nav").before(group);
    }
  }

  // Class probabilities: a slider over the observations, by pointer and by keys.
  function explore(figure) {
    const strip = figure.querySelector(".strip");
    const cursor = strip.querySelector(".cursor");
    const readout = figure.querySelector(".readout");
    const data = JSON.parse(figure.querySelector("script").textContent);
    const n = data.row.length;
    let now = 0;
    const percent = (p) => `${(100 * p).toFixed(p > 0.0995 && p < 0.9995 ? 0 : 1)}%`;
    strip.tabIndex = 0;
    strip.setAttribute("role", "slider");
    strip.setAttribute("aria-valuemin", "1");
    strip.setAttribute("aria-valuemax", String(n));
    strip.setAttribute("aria-valuenow", "1");
    strip.setAttribute("aria-valuetext", "no observation chosen");
    function read(i) {
      now = Math.max(0, Math.min(n - 1, i));
      cursor.setAttribute("x", String((1000 * now) / n));
      figure.classList.add("reading");
      const name = `Row ${data.row[now]}` + (data.value ? `, ${data.name} = ${data.value[now]}` : "");
      readout.replaceChildren(make("strong", { textContent: name }));
      const words = [];
      data.probability.forEach((p, k) => {
        const mark = make("span", { className: "swatch" });
        mark.style.background = `var(--c${(k % 7) + 1})`;
        readout.append(make("span", { className: "share" }, mark, ` ${k + 1}: ${percent(p[now])}`));
        words.push(`component ${k + 1} ${percent(p[now])}`);
      });
      strip.setAttribute("aria-valuenow", String(now + 1));
      strip.setAttribute("aria-valuetext", `${name}: ${words.join(", ")}`);
    }
    const at = (event) => {
      const box = strip.getBoundingClientRect();
      return Math.floor(((event.clientX - box.left) / box.width) * n);
    };
    strip.addEventListener("pointermove", (event) => read(at(event)));
    strip.addEventListener("pointerdown", (event) => read(at(event)));
    strip.addEventListener("focus", () => read(now));
    strip.addEventListener("keydown", (event) => {
      const far = Math.max(1, Math.round(n / 10));
      const steps = { ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1, PageUp: now + far, PageDown: now - far, Home: 0, End: n - 1 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      read(steps[event.key]);
    });
  }

  addThemes();
  addCopies();
  addComponents();
  all(".explorer").forEach(explore);
  show(location.hash !== "");
})();

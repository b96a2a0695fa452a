// The page on which an API is tried: Swagger UI for OpenAPI, and a console for GraphQL. What is called goes through the
// dashboard, which says what may be.
"use strict";
(() => {
  const root = document.getElementById("explorer");
  if (!root) return;
  const status = document.getElementById("explorer-status");
  const authorization = document.getElementById("authorization");
  const swagger = document.getElementById("swagger");
  const address = (swagger || root).dataset.try;

  // base64 of bytes, in parts that a call of a function can take.
  function base64(bytes) {
    let text = "";
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
  }

  // send has a call sent by the dashboard, and makes what the API answered look as if it had been asked itself.
  async function send(call, signal) {
    const headers = [];
    let typed = authorization ? authorization.value.trim() : "";
    for (const [name, value] of Object.entries(call.headers || {})) {
      if (name.toLowerCase() === "authorization") typed = String(value);
      else headers.push({ name, value: String(value) });
    }
    let body = "";
    if (call.body !== undefined && call.body !== null && call.body !== "") {
      const packed = new Response(call.body);
      if (call.body instanceof FormData || call.body instanceof URLSearchParams) {
        const at = headers.findIndex((h) => h.name.toLowerCase() === "content-type");
        if (at >= 0) headers.splice(at, 1);
        headers.push({ name: "Content-Type", value: packed.headers.get("Content-Type") });
      }
      body = base64(new Uint8Array(await packed.arrayBuffer()));
    }
    const answer = await fetch(address, {
      method: "POST", signal, credentials: "same-origin", redirect: "error", cache: "no-store",
      headers: { "Content-Type": "application/json", "X-Callboard-Try": "1", Accept: "application/json" },
      body: JSON.stringify({ method: call.method, url: new URL(call.url, location.href).href, headers, authorization: typed, body }),
    });
    const { view } = await answer.json();
    if (!answer.ok) throw new Error(view.title + ": " + view.message);
    return view;
  }

  // bytes are the body of an answer.
  function bytes(view) {
    if (view.base64) return Uint8Array.from(atob(view.base64), (c) => c.charCodeAt(0));
    return new TextEncoder().encode(view.text || "");
  }

  function summary(view) {
    return "Status " + view.status + " in " + view.millis + " ms" + (view.cut ? ". The answer is longer than what is shown." : ".");
  }

  if (swagger) openapi(); else graphql();

  // Swagger UI shows the definition. It loads nothing but that, and calls nothing but through send.
  function openapi() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const theme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
    theme();
    dark.addEventListener("change", theme);

    const definition = new URL(swagger.dataset.definition, location.href).href;

    // What Swagger UI would show as a picture or play, it would load as a blob, which the policy does not allow: it is
    // offered as a file.
    async function call(url, request) {
      status.textContent = "Waiting for the answer …";
      try {
        const view = await send({ ...request, url });
        status.textContent = summary(view);
        const headers = new Headers();
        for (const { name, value } of view.headers) {
          try { headers.append(name, /^content-type$/i.test(name) && /^(image|audio|video|font)\//i.test(value) ? "application/octet-stream" : value); } catch { /* not one that a browser can hold */ }
        }
        const empty = [204, 205, 304].includes(view.status) || (request.method || "").toUpperCase() === "HEAD";
        return new Response(empty ? null : bytes(view), { status: view.status, headers });
      } catch (e) {
        status.textContent = e.message;
        throw e;
      }
    }

    // Swagger UI would also load what a definition refers to elsewhere, and the configuration of providers of OpenID.
    function intercept(request) {
      if (request.loadSpec) {
        if (new URL(request.url, location.href).href === definition) return request;
        throw new Error("Only this definition is loaded, and nothing that it refers to elsewhere");
      }
      request.userFetch = address && request.method ? call : async () => new Response("{}", { headers: { "Content-Type": "application/json" } });
      return request;
    }

    // What assistive technology is not told, or told wrong: attributes, by what they belong to. One that is null is taken away.
    const first = (e, scope, within) => (e.closest(scope)?.querySelector(within)?.firstChild?.textContent || "").trim();
    const field = (e) => (e.closest(".examples-select") && "Examples") || e.closest("[data-param-name]")?.dataset.paramName || first(e, "tr", ".parameter__name") || "Body";
    const names = {
      "select#servers": { "aria-label": "Server" },
      ".info :is(h1, h2).title": { "aria-level": "2" },
      ".schemes select": { "aria-label": "Scheme or server" },
      ":is(.parameters-col_description, .opblock-section-request-body, .examples-select) :is(select, input, textarea):not([aria-label], [type=checkbox])": { "aria-label": field },
      ".model-box-control": { "aria-label": (e) => e.textContent.trim() ? null : "Fields of " + (first(e, "tr", "td") || "this") },
      ".close-modal": { "aria-label": "Close" },
      ".auth-btn-wrapper [aria-label=\"Apply credentials\"], .auth-btn-wrapper [aria-label=\"Remove authorization\"]": { "aria-label": null },
      ".microlight, table.headers": { tabindex: "0" }, // they scroll
    };
    function name() {
      for (const [selector, attributes] of Object.entries(names)) for (const e of swagger.querySelectorAll(selector)) {
        for (const [key, value] of Object.entries(attributes)) {
          const want = typeof value === "function" ? value(e) : value;
          if (want === e.getAttribute(key)) continue;
          if (want === null) e.removeAttribute(key); else e.setAttribute(key, want);
        }
      }
    }
    new MutationObserver(name).observe(swagger, { childList: true, subtree: true });

    // Descriptions are Markdown, and may hold HTML, which only the reference shows. Here they are texts with the little that
    // helps, made of elements: nothing that stands in them is ever parsed as HTML.
    const pieces = /`([^`\n]{1,300})`|\*\*([^*\n]{1,300})\*\*|\*([^*\s][^*\n]{0,298})\*|\[([^\]\n]{1,300})\]\((https?:\/\/[^\s)]{1,500})\)/g;
    function inline(React, text) {
      const out = [];
      let last = 0;
      for (const m of text.matchAll(pieces)) {
        out.push(text.slice(last, m.index));
        if (m[1]) out.push(React.createElement("code", { key: m.index }, m[1]));
        else if (m[2]) out.push(React.createElement("strong", { key: m.index }, m[2]));
        else if (m[3]) out.push(React.createElement("em", { key: m.index }, m[3]));
        else out.push(React.createElement("a", { key: m.index, href: m[5], rel: "noopener noreferrer nofollow" }, m[4]));
        last = m.index + m[0].length;
      }
      out.push(text.slice(last));
      return out;
    }
    // The usual layout has a main of its own, within that of the page. This one has all the same parts.
    const layout = (React) => class extends React.Component {
      render() {
        const { specSelectors: spec, getComponent } = this.props, h = React.createElement;
        const part = (name) => h(getComponent(name, true));
        if (spec.loadingStatus() === "loading") return h("p", null, "Reading the definition …");
        if (spec.loadingStatus() === "failed") return h("div", { className: "swagger-ui" }, h("p", null, "The definition could not be read."), part("errors"));
        const some = (list) => list && list.size > 0;
        return h("div", { className: "swagger-ui" },
          h(getComponent("SvgAssets")),
          h(getComponent("VersionPragmaFilter"),
            { isSwagger2: spec.isSwagger2(), isOAS3: spec.isOAS3(), isOAS31: spec.isOAS31(), isOAS32: spec.isOAS32(), alsoShow: part("errors") },
            part("errors"), part("InfoContainer"),
            h("div", { className: "scheme-container" }, h("div", { className: "schemes wrapper" },
              h("div", { className: "schemes-server-container" }, some(spec.servers()) && part("ServersContainer"), some(spec.schemes()) && part("SchemesContainer")),
              spec.securityDefinitions() && part("AuthorizeBtnContainer"))),
            part("FilterContainer"),
            h("section", { id: "operations", tabIndex: -1, "aria-label": "Operations" }, part("operations"), (spec.isOAS31() || spec.isOAS32()) && part("Webhooks")),
            part("Models")));
      }
    };
    // The path of an operation stands in the button that opens it, where a link would be a control within a control. Its
    // address is that of the page once it is open.
    const plain = (React) => {
      const text = (props) => React.createElement("span", null, props.text);
      return (Path) => (props) => React.createElement(Path, { ...props, getComponent: (name, ...more) => name === "DeepLink" ? text : props.getComponent(name, ...more) });
    };
    const safe = ({ React }) => ({
      components: { PageLayout: layout(React) },
      wrapComponents: {
        OperationSummaryPath: plain(React),
        Markdown: () => ({ source }) => {
          const text = (typeof source === "string" ? source : "").slice(0, 20000).replace(/<(br|p)\s*\/?>/gi, "\n\n").replace(/<\/?(i|b|em|strong|p|code)>/gi, "").trim();
          if (!text) return null;
          return React.createElement("div", { className: "markdown described" },
            text.split(/\n\s*\n/).map((part, i) => React.createElement("p", { key: i }, inline(React, part))));
        },
        ...(address ? {} : { authorizeBtn: () => () => null, authorizeOperationBtn: () => () => null }),
        // OAuth would open a window elsewhere, and come back to a page that there is not.
        oauth2: () => () => React.createElement("p", null, "OAuth 2: write the token into the field “Authorization for this API” above."),
        openIDConnect: () => () => React.createElement("p", null, "OpenID Connect: write the token into the field “Authorization for this API” above."),
      },
    });

    window.callboardExplorer = SwaggerUIBundle({
      domNode: swagger, url: definition, layout: "PageLayout", presets: [SwaggerUIBundle.presets.apis], plugins: [safe],
      validatorUrl: null, queryConfigEnabled: false, persistAuthorization: false, withCredentials: false, deepLinking: true,
      docExpansion: swagger.dataset.fold, defaultModelsExpandDepth: swagger.dataset.fold === "none" ? -1 : 0, filter: true,
      supportedSubmitMethods: address ? ["get", "put", "post", "delete", "options", "head", "patch"] : [],
      requestInterceptor: intercept, onComplete: () => { root.dataset.ready = ""; },
    });
  }

  // The console: a query, its variables, and the answer.
  function graphql() {
    const query = document.getElementById("query"), variables = document.getElementById("variables");
    const operation = document.getElementById("operation"), endpoint = document.getElementById("endpoint");
    const run = document.getElementById("run"), stop = document.getElementById("stop");
    const answer = document.getElementById("answer"), code = answer.querySelector("code");
    let running;

    if (operation) operation.addEventListener("change", () => {
      const chosen = operation.selectedOptions[0];
      if (!chosen.dataset.text) return;
      query.value = chosen.dataset.text;
      variables.value = chosen.dataset.variables;
      status.textContent = chosen.textContent + " is inserted.";
    });

    for (const field of [query, variables]) field.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
        e.preventDefault();
        if (run) root.requestSubmit(run);
      }
    });

    if (stop) stop.addEventListener("click", () => { if (running) running.abort(); });
    root.addEventListener("submit", async (e) => {
      e.preventDefault();
      if (!run || !endpoint || running) return;
      let given;
      try {
        given = variables.value.trim() ? JSON.parse(variables.value) : undefined;
      } catch (wrong) {
        status.textContent = "The variables are no JSON: " + wrong.message;
        variables.focus();
        return;
      }
      running = new AbortController();
      stop.disabled = false;
      status.textContent = "Waiting for the answer …";
      try {
        const view = await send({
          method: "POST", url: endpoint.value, headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" },
          body: JSON.stringify({ query: query.value, variables: given }),
        }, running.signal);
        status.textContent = summary(view);
        code.textContent = pretty(view);
        answer.hidden = false;
      } catch (wrong) {
        status.textContent = wrong.name === "AbortError" ? "Stopped." : wrong.message;
      }
      running = undefined;
      stop.disabled = true;
    });

    function pretty(view) {
      if (view.base64) return "(" + bytes(view).length + " bytes that are no text)";
      try { return JSON.stringify(JSON.parse(view.text), null, 2); } catch { return view.text || "(empty)"; }
    }
    root.dataset.ready = "";
  }
})();

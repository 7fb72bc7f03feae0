// Sends marked forms without leaving the page, and calls actions from scripts. Without this file all forms still work.
//
//   import { actions } from "/_actions/client.js";
//   const likes = await actions.like({ post_id: "p1" });                    // rejects with an ActionError
//   const { data, error } = await actions.blog.comment.safe(new FormData(form));
//
// It is served without its comments.

// ---- Calls: the outcomes are those of the Python client -----------------------------------------------------------

const BASE = new URL(".", import.meta.url).href;

// The codes of the statuses (IANA), in runs of consecutive ones.
const CODES = {};
for (const [first, names] of Object.entries({
  400: "BAD_REQUEST UNAUTHORIZED PAYMENT_REQUIRED FORBIDDEN NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE PROXY_AUTHENTICATION_REQUIRED REQUEST_TIMEOUT CONFLICT GONE LENGTH_REQUIRED PRECONDITION_FAILED CONTENT_TOO_LARGE URI_TOO_LONG UNSUPPORTED_MEDIA_TYPE RANGE_NOT_SATISFIABLE EXPECTATION_FAILED",
  421: "MISDIRECTED_REQUEST UNPROCESSABLE_CONTENT LOCKED FAILED_DEPENDENCY TOO_EARLY UPGRADE_REQUIRED",
  428: "PRECONDITION_REQUIRED TOO_MANY_REQUESTS",
  431: "REQUEST_HEADER_FIELDS_TOO_LARGE",
  451: "UNAVAILABLE_FOR_LEGAL_REASONS",
  500: "INTERNAL_SERVER_ERROR NOT_IMPLEMENTED BAD_GATEWAY SERVICE_UNAVAILABLE GATEWAY_TIMEOUT HTTP_VERSION_NOT_SUPPORTED VARIANT_ALSO_NEGOTIATES INSUFFICIENT_STORAGE LOOP_DETECTED",
  511: "NETWORK_AUTHENTICATION_REQUIRED",
}))
  names.split(" ").forEach((name, index) => (CODES[+first + index] = name));

// name: the class of a declared error, "InputError", or "CallError" for all else.
// cause: "server" if an action said so, "protocol" if something else answered, "connect" or "timeout" if nothing did.
export class ActionError extends Error {
  constructor(code, message, facts) {
    super(message);
    const none = { status: null, issues: [], fields: {}, formErrors: [], data: {}, id: null };
    Object.assign(this, none, { code, name: "CallError", cause: "server", ...facts });
  }
}

async function call(name, input, options) {
  const headers = new Headers(options?.headers);
  let body = input;
  if (input !== undefined && !(input instanceof FormData)) {
    headers.set("content-type", "application/json");
    body = JSON.stringify(input);
  }
  let response, text;
  try {
    // Redirects are not followed: at their end may be a login page that says 200.
    response = await fetch(BASE + name, { ...options, method: "POST", headers, body, redirect: "manual" });
    text = await response.text();
  } catch (reason) {
    if (reason.name === "TimeoutError") throw new ActionError("GATEWAY_TIMEOUT", "No answer in time.", { cause: "timeout" });
    // An abort is the caller's own doing.
    if (options?.signal?.aborted) throw reason;
    throw new ActionError("SERVICE_UNAVAILABLE", `No answer: ${reason.message}`, { cause: "connect" });
  }
  return read(response, text);
}

function read(response, text) {
  if (response.status === 204) return null;
  // Browsers hide the status of a redirect.
  const status = response.status || null;
  const type = response.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  const value = parsed(text);
  if (status === 200 && type === "application/json" && value !== undefined) return value;
  if (type === "application/problem+json" && Object.values(CODES).includes(value?.code)) {
    const { code, detail, issues, fields, form_errors: formErrors, error, data, id } = value;
    const known = issues ? { name: "InputError", issues, fields, formErrors } : error ? { name: error, data } : { id };
    throw new ActionError(code, detail, { status, ...known });
  }
  const message = `What answered is no action: ${status ? `${status} ${type}` : "a redirect"}.`;
  throw new ActionError(CODES[status] ?? "BAD_GATEWAY", message, { status, cause: "protocol" });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {}
}

async function safe(...args) {
  try {
    return { data: await call(...args), error: null };
  } catch (error) {
    if (error instanceof ActionError) return { data: null, error };
    throw error;
  }
}

// Every property is one more step of a name, except `then`, which would make `await` take a name for a promise.
const named = (name, act) =>
  new Proxy(call, {
    get(_, key) {
      if (key === "then" || typeof key === "symbol") return;
      return key === "safe" ? named(name, safe) : named(name ? `${name}.${key}` : key, call);
    },
    apply: (_, self, [input, options]) => act(name, input, options),
  });

export const actions = named("", call);

// ---- Forms --------------------------------------------------------------------------------------------------------
//
// <form method="post" action="?_action=blog.comment" data-sanic-action="blog.comment">
//
// What changes on the page is what is marked data-sanic-swap, else <main>, else <body>; always the form itself, and live
// regions that have an id. What is marked data-sanic-keep stays as it is.
// <progress data-sanic-progress hidden> in a form shows how far an upload is.
//
// Events, from the form up: sanic-action:start, progress, success, error, end. Prevented, start leaves the form to the
// browser; success and error leave the page to whoever listens.

const FORM = "form[data-sanic-action]";

// A control called "action" or "id" hides what its form has under that name, so forms are asked past their controls.
const of = (node, name) => {
  const found = Reflect.get(node instanceof HTMLFormElement ? HTMLFormElement.prototype : node, name, node);
  return found?.call ? found.bind(node) : found;
};

const page = ({ origin, pathname }) => origin + pathname;

const placed = (form) => (form.isConnected ? form : document);

const emit = (form, name, detail) =>
  placed(form).dispatchEvent(new CustomEvent(`sanic-action:${name}`, { bubbles: true, cancelable: true, detail }));

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || !of(form, "matches")(FORM)) return;
  const said = (name) => (submitter?.hasAttribute("form" + name) ? submitter["form" + name] : of(form, name.toLowerCase()));
  const url = said("Action");
  // To another page the browser goes itself: it is what is seen next.
  if (said("Method") !== "post" || said("Target") || page(new URL(url)) !== page(location)) return;
  if (form.ariaBusy === "true") return event.preventDefault();
  let release;
  try {
    const data = new FormData(form, submitter);
    if (!emit(form, "start", { url, data })) return;
    release = occupy(form, submitter);
    const answer = send("POST", url, /^multi/.test(said("Enctype")) ? data : encoded(data), form);
    event.preventDefault();
    // Should it fail after that, a visit shows how things are.
    settle(form, url, answer, release).catch(() => location.reload());
  } catch (reason) {
    // Nothing was sent, so the browser does it.
    release?.();
    console.error(reason);
  }
});

// As browsers encode it: a file is its name, and line ends are CR LF.
const encoded = (data) =>
  new URLSearchParams([...data].map((pair) => pair.map((text) => (text.name ?? text).replace(/\r?\n|\r/g, "\r\n"))));

function occupy(form, submitter) {
  const focused = document.activeElement;
  const buttons = [...of(form, "elements"), submitter].filter((each) => /submit|image/.test(each?.type) && !each.disabled);
  const turn = (busy) => {
    form.ariaBusy = busy;
    for (const button of buttons) button.disabled = busy;
  };
  turn(true);
  return () => {
    turn(null);
    measure(form, { hidden: true });
    if (document.activeElement === document.body) focused.focus({ preventScroll: true });
  };
}

const measure = (form, facts) => Object.assign(form.querySelector("progress[data-sanic-progress]") ?? {}, facts);

// Not with fetch, which does not tell how far an upload is. Resolves in any case; without an answer, status is 0.
function send(method, url, body, form) {
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve) => (request.onloadend = () => resolve(request)));
  request.open(method, url);
  request.setRequestHeader("accept", "text/html");
  request.setRequestHeader("sanic-action", "script");
  request.onreadystatechange = () => {
    const isPage = /^text\/html/i.test(request.getResponseHeader("content-type"));
    if (request.readyState === 2 && isPage) request.responseType = "document";
  };
  if (form) {
    request.upload.onprogress = ({ loaded, total }) => {
      measure(form, { hidden: false, max: total, value: loaded });
      emit(form, "progress", { loaded, total });
    };
  }
  request.send(body);
  return answer;
}

// A server that knows this script answers success with Sanic-Action-Location in place of a redirect. Of a redirect that
// was followed, a script cannot see the fragment, nor anything of another site, and the result was shown to nobody.
async function settle(form, url, sent, release) {
  const isHere = (other) => [url, location.href].some((each) => each.split("#")[0] === other.split("#")[0]);
  let answer = await sent;
  const ok = answer.status > 0 && answer.status < 400;
  const next = answer.getResponseHeader("sanic-action-location");
  const to = new URL(next ?? answer.responseURL, url);
  if (ok && next && isHere(to.href)) answer = await send("GET", to);
  release();
  const { status, response, responseURL } = answer;
  const fresh = response instanceof Document && response;
  if (emit(form, ok ? "success" : "error", { status, url: to.href, page: fresh })) {
    if (!ok) fail(form, fresh, response);
    else if (fresh && status < 400 && isHere(responseURL)) succeed(form, fresh, to);
    // Another page has scripts and styles of its own, so it gets a visit.
    else if (/^http/.test(to.protocol)) location.assign(to);
  }
  emit(form, "end");
}

function succeed(form, fresh, to) {
  swap(form, fresh, true);
  of(form, "reset")();
  if (to.hash) location.assign(to);
}

const note = document.createElement("p");
note.setAttribute("role", "alert");

function fail(form, fresh, response) {
  if (fresh && swap(form, fresh)) {
    const find = (sign) => placed(form).querySelector(sign);
    return (find("[aria-invalid=true]") ?? find("[autofocus]") ?? find("[role=alert]"))?.focus();
  }
  note.textContent = parsed(response)?.detail ?? "No answer came. What you entered is still here: please try again.";
  of(form, "prepend")(note);
}

// Tells whether the answer has any part of this page; the error page of a proxy has none.
function swap(form, fresh, any) {
  for (const each of fresh.querySelectorAll("noscript")) each.remove();
  const twins = (selector) =>
    [...document.querySelectorAll(selector)]
      .map((old, index) => [old, fresh.getElementById(old.getAttribute("id")) ?? fresh.querySelectorAll(selector)[index]])
      .filter(([, twin]) => twin);
  const own = twins(FORM).filter(([old]) => old === form);
  let parts = twins("[data-sanic-swap]");
  if (!parts[0]) parts = twins("main");
  if (!parts[0] && (any || own[0])) parts = twins("body");
  if (!parts.some(([old]) => old.contains(form))) parts.push(...own);
  if (!parts[0]) return false;
  document.title = fresh.title;
  for (const part of [...twins("[id]:is([aria-live],[role=status])"), ...parts]) morph(...part);
  return true;
}

// Makes a node equal to a fresh one; what stays the same keeps what was typed, chosen, focused and listened to.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!old.tagName) return (old.data = fresh.data);
  // A busy form still waits for its own answer.
  if (of(old, "matches")("[data-sanic-keep],form[aria-busy=true]")) return;
  const given = of(fresh, "attributes");
  // An open dialog stays open.
  for (const { name } of [...of(old, "attributes")]) if (!given[name] && name !== "open") old.removeAttribute(name);
  // As a node, since setAttribute refuses names such as "@click" in many browsers.
  for (const each of given) if (old.getAttribute(each.name) !== each.value) old.setAttributeNode(each.cloneNode());
  const left = [...old.childNodes].map((node) => [key(node), node]);
  const pairs = [...fresh.childNodes].map((want) => {
    const [found] = left.splice(left.findIndex(([name]) => name === key(want)) >>> 0, 1);
    return [want, found?.[1]];
  });
  for (const [, node] of left) of(node, "remove")();
  let next = old.firstChild;
  for (const [want, have] of pairs) {
    if (have === next) next = next.nextSibling;
    else old.insertBefore(have ?? document.importNode(want, true), next);
    if (have) morph(have, want);
  }
}

// What tells an element from its siblings: its id, or else its first form or control; a hidden one by its value too.
function key(node) {
  if (!node.tagName) return node.nodeName;
  const sign = "form,[name]:not([name^=_action])";
  const find = (each) => node.querySelector(each);
  const at = of(node, "matches")(`${sign},[id]`) ? node : (find(sign) ?? find("[id]"));
  const name = at && ["id", "action", "name"].map((each) => at.getAttribute(each));
  return [node.nodeName, name, at?.type === "hidden" && at.value].join();
}

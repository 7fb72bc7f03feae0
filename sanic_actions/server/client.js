// Sends marked forms without leaving the page, and calls actions from scripts. Without this file all forms still work.
//
//   import { actions } from "/_actions/client.js";
//   const likes = await actions.like({ post_id: "p1" });                    // rejects with an ActionError
//   const { data, error } = await actions.blog.comment.safe(new FormData(form));
//   for await (const token of actions.answer({ question: "why" })) …        // a stream; see client.streams.js
//
// It is served without its comments.

// ---- Calls: the outcomes are those of the Python client -----------------------------------------------------------

const BASE = new URL(".", import.meta.url).href;

// The codes of the statuses from 400 on (IANA); each further blank stands for a status that has none.
const CODES = (
  "BAD_REQUEST UNAUTHORIZED PAYMENT_REQUIRED FORBIDDEN NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE PROXY_AUTHENTICATION_REQUIRED REQUEST_TIMEOUT CONFLICT GONE LENGTH_REQUIRED PRECONDITION_FAILED CONTENT_TOO_LARGE URI_TOO_LONG UNSUPPORTED_MEDIA_TYPE RANGE_NOT_SATISFIABLE EXPECTATION_FAILED" +
  "    MISDIRECTED_REQUEST UNPROCESSABLE_CONTENT LOCKED FAILED_DEPENDENCY TOO_EARLY UPGRADE_REQUIRED" +
  "  PRECONDITION_REQUIRED TOO_MANY_REQUESTS" +
  "  REQUEST_HEADER_FIELDS_TOO_LARGE" +
  `${" ".repeat(20)}UNAVAILABLE_FOR_LEGAL_REASONS` +
  `${" ".repeat(49)}INTERNAL_SERVER_ERROR NOT_IMPLEMENTED BAD_GATEWAY SERVICE_UNAVAILABLE GATEWAY_TIMEOUT HTTP_VERSION_NOT_SUPPORTED VARIANT_ALSO_NEGOTIATES INSUFFICIENT_STORAGE LOOP_DETECTED` +
  "   NETWORK_AUTHENTICATION_REQUIRED"
).split(" ");

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
  // Redirects are not followed: at their end may be a login page that says 200.
  const open = () => fetch(BASE + name, { ...options, method: "POST", headers, body, redirect: "manual" });
  let response, text;
  try {
    response = await open();
    if (/^text\/event-stream/.test(response.headers.get("content-type")))
      return (await load("streams")).items(response, open, headers, options, read, ActionError);
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
  if (type === "application/problem+json" && CODES.includes(value?.code)) {
    const { code, detail, issues, fields, form_errors: formErrors, error, data, id } = value;
    const known = issues ? { name: "InputError", issues, fields, formErrors } : error ? { name: error, data } : { id };
    throw new ActionError(code, detail, { status, ...known });
  }
  const message = `Not an answer of a call: ${status ? `${status} ${type}` : "a redirect"}.`;
  throw new ActionError(CODES[status - 400] || "BAD_GATEWAY", message, { status, cause: "protocol" });
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

// Every property is one more step of a name, except `then`, which would make `await` take a name for a promise, and what
// turns any object into text, such as a template.
const named = (name, act) =>
  new Proxy(call, {
    get(_, key) {
      if (typeof key === "symbol" || key === "then") return;
      if (/^to(String|JSON)$/.test(key)) return () => name;
      return key === "safe" ? named(name, safe) : named(name ? `${name}.${key}` : key, call);
    },
    apply(_, self, [input, options]) {
      const outcome = act(name, input, options);
      outcome[Symbol.asyncIterator] = async function* () {
        yield* await outcome;
      };
      return outcome;
    },
  });

export const actions = named("", call);

// ---- Forms --------------------------------------------------------------------------------------------------------
//
// <form method="post" action="?_action=blog.comment" data-sanic-action="blog.comment">
//
// What changes on the page is what is marked data-sanic-swap, else <main>, else <body>; always the form itself, and live
// regions that have an id. What is marked data-sanic-keep stays as it is, and so does all that a visitor has typed,
// chosen or opened. Scripts in what is swapped do not run.
//
// Success is an answer that leads on, by Sanic-Action-Location or by a redirect. Any other answer is a failure: its page
// is shown if it holds the form; if not, the form stays, and what the answer says is shown in it.
//
// <progress data-sanic-progress hidden> in a form shows how far an upload is. A file larger than its control's
// data-max-bytes is not sent. The sentences of this script can be given as data-sanic-unanswered, data-sanic-kept and
// data-sanic-too-large ("%s" is the size in MB) of a form. Of a page that does not hold the form, what is marked data-sanic-message is
// shown, else its title.
//
// Events, from the form up: sanic-action:start, progress, success, error, end. Prevented, start leaves the form to the
// browser; success and error leave the page to whoever listens. A button that only changes the form (rows, a union) is
// told as edit, in place of success and error: nothing has run.

// What only some pages need is a module of its own beside this one, "client.<name>.js". It is handed what it needs of
// this one, since an import of its own would make a second instance where a page imports this one with a query.
const load = (name) => import(`${BASE}client.${name}.js`);

const FORM = "form[data-sanic-action]";
const TOKEN = "_action.token";

// A control called "action" or "id" hides what its form has under that name, so forms are asked past their controls.
const of = (node, name) => {
  const found = Reflect.get(node instanceof HTMLFormElement ? HTMLFormElement.prototype : node, name, node);
  return found?.call ? found.bind(node) : found;
};

const get = (node, name) => of(node, "getAttribute")(name);

const page = ({ origin, pathname }) => origin + pathname;

// Without the fragment; "/a?" and "/a" are one place.
const place = (url) => page((url = new URL(url, location))) + url.search;

const placed = (form) => (of(form, "isConnected") ? form : document.body);

const isBusy = (form) => get(form, "aria-busy");

const emit = (form, name, detail) =>
  of(placed(form), "dispatchEvent")(new CustomEvent(`sanic-action:${name}`, { bubbles: true, cancelable: true, detail }));

// Controls that were changed since their form was sent, what was opened or closed, and forms that were sent and not taken.
const touched = new WeakSet();
for (const type of ["input", "change"]) document.addEventListener(type, ({ target }) => touched.add(target), true);

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || !of(form, "matches")(FORM)) return;
  const said = (name) => (submitter?.hasAttribute("form" + name) ? submitter["form" + name] : of(form, name.toLowerCase()));
  const url = said("Action");
  if (isBusy(form) || refuses?.(form, submitter)) return event.preventDefault();
  // To another page the browser goes itself: it is what is seen next.
  if (said("Method") !== "post" || said("Target") || page(new URL(url)) !== page(location)) return;
  let release;
  try {
    const data = new FormData(form, submitter);
    if (!emit(form, "start", { url, data })) return;
    release = occupy(form, submitter);
    const answer = send("POST", url, /^multi/.test(said("Enctype")) ? data : encoded(data), form);
    event.preventDefault();
    settle(form, url, answer, data.get(TOKEN), release, /^_action/.test(submitter?.name));
  } catch (reason) {
    // Nothing was sent, so the browser does it.
    release?.();
    console.error(reason);
  }
});

// As browsers encode it: a file is its name, and line ends are CR LF.
const encoded = (data) =>
  new URLSearchParams([...data].map((pair) => pair.map((text) => (text.name ?? text).replace(/\r?\n|\r/g, "\r\n"))));

// What ends it tells whether the visitor has gone on meanwhile.
function occupy(form, submitter) {
  const { activeElement: focused, body } = document;
  const elements = [form, ...of(form, "elements")];
  const buttons = [...elements, submitter].filter((each) => /submit|image/.test(each?.type) && !each.disabled);
  const turn = (busy) => {
    of(form, busy ? "setAttribute" : "removeAttribute")("aria-busy", "true");
    for (const button of buttons) button.disabled = busy;
  };
  turn(1);
  for (const each of elements) touched.delete(each);
  return () => {
    turn(0);
    measure(form, { hidden: true });
    const active = document.activeElement;
    if (active === body) focused.focus({ preventScroll: true });
    return (active !== body && active !== focused) || touched.has(active);
  };
}

const measure = (form, facts) => Object.assign(of(form, "querySelector")("progress[data-sanic-progress]") ?? {}, facts);

// Not with fetch, which does not tell how far an upload is. Resolves in any case; without an answer, status is 0.
// The law of this file: nothing that another origin answers is read, nor shown.
function send(method, url, body, form) {
  const request = new XMLHttpRequest();
  const header = (name) => (new URL(request.responseURL || url).origin === location.origin ? request.getResponseHeader(name) : null);
  const answer = new Promise((resolve) => {
    request.onloadend = () => {
      const { status, responseURL, response } = request;
      const type = header("content-type");
      resolve({ status, at: responseURL || url, type, next: header("sanic-action-location"), content: type && response });
    };
  });
  request.open(method, url);
  request.setRequestHeader("accept", "text/html");
  request.setRequestHeader("sanic-action", "script");
  request.onreadystatechange = () => {
    // A page that is to be saved is not to be shown.
    const isPage = /^text\/html\s*(;|$)/i.test(header("content-type")) && !/^\s*attach/i.test(header("content-disposition"));
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
// A button of the library's own only changes the form: rows are numbered anew, so what the answer holds counts.
async function settle(form, url, sent, token, release, isEdit, from = place(location)) {
  const isHere = (other) => [url, location].some((each) => place(each) === place(other));
  let answer = await sent;
  const { status: first, at, next } = answer;
  const ok = first < 400 && (next !== null || place(at) !== place(url));
  const to = new URL(next ?? at, url);
  // Where the page of the form has given way to another one, the visitor has gone on.
  const stays = of(form, "isConnected") || place(location) === from;
  if (ok && stays && next !== null && isHere(to)) answer = await send("GET", to);
  const isElsewhere = release();
  const { status, content } = answer;
  const fresh = content instanceof Document && content;
  if (emit(form, isEdit ? "edit" : ok ? "success" : "error", { status, url: to.href, page: fresh }) && stays) {
    if (!ok) fail(form, fresh, answer, isElsewhere, isEdit);
    else if (fresh && status < 400 && isHere(answer.at) && swap(form, fresh, true)) {
      if (to.hash) location.assign(document.URL.split("#")[0] + to.hash);
    }
    // Another page has scripts and styles of its own, so it gets a visit.
    else if (/^http/.test(to.protocol)) location.assign(to);
  }
  // Where no answer came, or that of a gateway, the form may have arrived: sent again, it is still the same one.
  if (first && first < 502) renew(form, token);
  ok || touched.add(form);
  emit(form, "end");
}

function fail(form, fresh, { content, type }, isElsewhere, isEdit) {
  if (fresh && swap(form, fresh, false, isEdit)) {
    const find = (sign) => of(placed(form), "querySelector")(sign);
    const wrong = [...of(form, "elements")].find((each) => each.matches("[aria-invalid=true],fieldset[autofocus]"));
    const target = wrong ?? find("[autofocus]") ?? find("[role=alert]");
    return target && !isElsewhere && show(target);
  }
  const problem = parsed(content);
  const text = fresh
    ? (fresh.querySelector("[data-sanic-message]")?.textContent ?? fresh.title)
    : (problem?.detail ?? problem?.title ?? (/^text\/plain/.test(type) && content.slice(0, 300)));
  const note = alertIn(form);
  const rest = words(form, "kept", "What you entered is still here: please try again.");
  note.innerText = `${text || words(form, "unanswered", "No answer came.")}\n${rest}`;
  of(placed(form), "prepend")(note);
  note.scrollIntoView({ block: "nearest" });
}

const words = (node, name, usual) => get(node, `data-sanic-${name}`) ?? usual;

// An alert that takes the place of others.
function alertIn(form) {
  for (const each of of(form, "querySelectorAll")("[role=alert]")) each.remove();
  return Object.assign(document.createElement("p"), { role: "alert" });
}

// Focuses a control, of a group the first, in whatever is folded up, with its label or legend in view.
function show(target) {
  target = target.querySelector("input:not([type=hidden]),select,textarea") ?? target;
  for (let inner = target; (inner = inner.parentNode?.closest?.("details")); ) inner.open = true;
  target.focus({ preventScroll: true });
  const legend = isChoice(target) && target.closest("fieldset")?.querySelector("legend");
  for (const each of [target, legend || target.labels?.[0]]) each?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const near = (sign) => event.target.closest?.(sign);
  touched.add(near("summary")?.parentNode ?? event);
  const link = near("[role=alert] a[href]");
  const target = link && place(link) === place(location) && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return;
  event.preventDefault();
  show(target);
});

// A new token for another intention.
function renew(form, old) {
  for (const each of of(form, "elements")) {
    if (each.name === TOKEN && each.value === (old ?? each.value)) each.value = crypto.getRandomValues(new Uint32Array(4)).join("");
  }
}

// A page that is gone back to is one to send from again.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted && performance.getEntriesByType("navigation")[0].type !== "back_forward") return;
  for (const form of document.forms) if (!isBusy(form)) renew(form);
});

// ---- What a visitor has changed

const isChoice = ({ type }) => /^(radio|checkbox)$/.test(type);

function state(control) {
  if (isChoice(control)) return control.checked;
  if (control.files) return [...control.files];
  return control.options ? [...control.selectedOptions].map(({ value }) => value) : control.value;
}

// What a control holds before anybody changes it.
function pristine(control) {
  const form = document.createElement("form");
  const copy = control.cloneNode(true);
  form.append(copy);
  of(form, "reset")();
  return state(copy);
}

function restore(control, value) {
  const now = state(control);
  if (`${now}` === `${value}` || typeof now !== typeof value) return;
  if (isChoice(control)) control.checked = value;
  else if (control.files) {
    const box = new DataTransfer();
    for (const file of value) box.items.add(file);
    control.files = box.files;
  } else if (control.options) {
    const options = [...control.options];
    // What is no longer offered gives way.
    const chosen = options.some((each) => value.includes(each.value)) ? value : pristine(control);
    for (const each of options) each.selected = chosen.includes(each.value);
  } else control.value = value;
}

const partSign = (node) => node.nodeName + get(node, "id");

const formSign = (form) => get(form, "id") + get(form, "data-sanic-action") + of(form, "elements")["_action.key"]?.value;

const controlSign = (control) =>
  [control.form && formSign(control.form), control.name || control.id, isChoice(control) && control.value].join();

// Nodes by what tells them from others; several of one sign by their order.
function sorted(root, selector, sign) {
  const nodes = new Map();
  for (const node of root.querySelectorAll(selector)) {
    let name = sign(node);
    while (nodes.has(name)) name += "+";
    nodes.set(name, node);
  }
  return nodes;
}

// Buttons hold nothing that a visitor changes, so they may be among them.
const controlsOf = (root) => sorted(root, "input:not([type=hidden]),select,textarea", controlSign);

// Tells whether the answer has the form, or after success, any part of this page.
function swap(form, fresh, ok, isEdit = ok) {
  // Scripts do not run, since some would not on a visit; data blocks stay.
  for (const each of fresh.querySelectorAll("noscript,script:not([type$=json],[type$=html],[type*=template])")) each.remove();
  const twins = (selector, sign) => {
    const others = sorted(fresh, selector, sign);
    return [...sorted(document, selector, sign)].map(([name, old]) => [old, others.get(name)]);
  };
  const pairs = (selector) => twins(selector, partSign).filter(([, twin]) => twin);
  const forms = new Map(twins(FORM, formSign));
  const own = forms.get(form);
  if (!ok && !own) return;
  // A failure that lacks another form of this page is the page of somebody else.
  const isWhole = ok || [...forms.values()].every((twin) => twin);
  const usual = ["[data-sanic-swap]", "main", "body"].find((each) => document.querySelector(each));
  const parts = pairs(usual).filter(([old, twin]) => isWhole && (!own || old.contains(form) === twin.contains(own)));
  if (own && !parts.some(([old]) => old.contains(form))) parts.push([form, own]);
  if (!parts[0]) return;
  const offered = controlsOf(fresh);
  const before = [...controlsOf(document)].map(([name, control]) => {
    const value = state(control);
    const twin = offered.get(name);
    // A browser that goes back to a page brings back only what was not in it.
    if (!isEdit && twin?.value === value) twin.defaultValue = control.defaultValue;
    // What no page hands back stays through an edit.
    const isOld = isEdit && control.form === form && (ok || !/^(file|password)$/.test(control.type));
    const isChanged = touched.has(control) || (!isOld && `${value}` !== `${pristine(control)}`);
    if (isChanged && !isChoice(control) && !twin && forms.get(control.form)) kept.add(control);
    return [name, value, isChanged];
  });
  const active = document.activeElement;
  document.title = fresh.title;
  for (const part of [...pairs("[id]:is([aria-live],[role=status])"), ...parts]) morph(...part);
  kept.clear();
  if (ok) of(form, "reset")();
  const after = controlsOf(document);
  for (const turn of [false, true]) {
    for (const [name, value, isChanged] of before) {
      const control = after.get(name);
      if (control && isChanged === turn) restore(control, isChanged ? value : pristine(control));
    }
  }
  active.focus({ preventScroll: true });
  equip();
  return true;
}

// Changed controls that the fresh form lacks.
const kept = new Set();

// Makes a node equal to a fresh one; what stays the same keeps what was typed, chosen, focused and listened to.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!of(old, "tagName")) return (old.data = fresh.data);
  // A busy form still waits for its own answer, one that was not taken is shown as that left it, and what was written into
  // the page itself is nobody else's.
  if (of(old, "matches")("[data-sanic-keep],form[aria-busy=true]") || (touched.has(old) && (old.method || old.isContentEditable))) return;
  // As a node, since setAttribute refuses names such as "@click" in many browsers. An open dialog stays open.
  for (const each of of(fresh, "attributes")) {
    const isSame = get(old, each.name) === each.value || (each.name === "open" && touched.has(old));
    if (!isSame) of(old, "setAttributeNode")(each.cloneNode());
  }
  // A custom element that the page has nothing in holds what it has drawn itself.
  if (isCustom(old) && !fresh.firstChild) return;
  for (const { name } of [...of(old, "attributes")]) {
    if (name !== "open" && !of(fresh, "hasAttribute")(name)) of(old, "removeAttribute")(name);
  }
  const left = [...of(old, "childNodes")].map((node) => [key(node), node]);
  const pairs = [...of(fresh, "childNodes")].map((want) => {
    const [found] = left.splice(left.findIndex(([name]) => name === key(want)) >>> 0, 1);
    return [want, found?.[1]];
  });
  const stay = new Set();
  for (const [, node] of left) {
    if (node !== fresh && [...kept].some((each) => node.contains(each) && of(each.form, "contains")(node))) stay.add(node);
    else of(node, "remove")();
  }
  let next = of(old, "firstChild");
  for (const [want, have] of pairs) {
    while (stay.has(next)) next = next.nextSibling;
    if (have === next) next = have && of(have, "nextSibling");
    else of(old, "insertBefore")(have ?? document.importNode(want, true), next);
    if (have) morph(have, want);
  }
}

const isCustom = ({ nodeName }) => /-/.test(nodeName);

// What tells an element from its siblings: its id, or else its first form or control; hidden ones and choices by their
// values too.
function key(node) {
  if (!of(node, "tagName")) return node.nodeName;
  const sign = "form,[name]:not([name^=_action])";
  const find = (each) => of(node, "querySelector")(each);
  const isSign = of(node, "matches")(`${sign},[id],option`) || isCustom(node);
  const at = isSign ? node : (find(sign) ?? find("[id]"));
  const name = at && ["id", "action", "name"].map((each) => get(at, each));
  return [of(node, "nodeName"), name, /^(hidden|radio|checkbox|OPTION)$/.test(at?.type ?? at?.tagName) && at.value].join();
}

// Rows that are added, kinds that are chosen, controls that are checked at once, and files are another module's.
let refuses;

// A page that is left while the module is on its way, or is offline, works as it does without a script.
function equip() {
  const signs = "[data-sanic-row],[name='_action.switch'],[data-sanic-validate],[type=file],[novalidate]";
  if (refuses || !document.querySelector(signs)) return;
  load("forms").then((forms) => (refuses ??= forms.start({ of, emit, words, alertIn, touched, show })), console.error);
}

equip();

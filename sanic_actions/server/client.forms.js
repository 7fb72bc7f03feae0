// What forms with rows, with kinds to choose from, with files, or with controls that are checked at once have besides
// client.js, which asks for this module. Without it rows are added and kinds are chosen by a button that sends the form,
// and everything is checked when the form is sent.
//
// <template data-sanic-row> holds a row of the list around it (data-sanic-list) with __row__ for its number. The button
// that adds a row copies it, and nothing is sent.
//
// The button of a union, _action.switch in its fieldset, is pressed when another kind is chosen: the server shows the
// fields of that one, and keeps what was typed into those of others, but for secrets, which no page holds.
//
// data-sanic-validate on a control, or on a form for all of its controls: what a visitor has entered is checked when the
// control is left. Nothing runs; files are not sent for it. Choices are checked when the form is sent.

let of, words, alertIn, touched, show;

export function start(tools) {
  ({ of, words, alertIn, touched, show } = tools);
  document.addEventListener("click", addRow);
  document.addEventListener("change", ({ target }) => switchKind(target));
  document.addEventListener("sanic-action:end", ({ target }) => settle(target));
  document.addEventListener("sanic-action:success", ({ target }) => typed.delete(target));
  settle(document);
  document.addEventListener("focusout", ({ target }) => check(target));
  document.addEventListener("sanic-action:start", ({ target }) => checks.get(target)?.abort(), true);
  return refuses;
}

// A form that client.js sends and that is not on its way.
const isReady = (form) => form && of(form, "matches")("form[data-sanic-action]:not([aria-busy=true])");

// ---- Rows

const ROW = "__row__";

// What holds a label says the place of the row; names, ids and marks have its number. They differ where a row between
// others was removed.
const SPOKEN = /^(aria-label|title|placeholder)$/;

const MAX_NUMBER = 999;

function addRow(event) {
  const button = event.target.closest("[name='_action.add']");
  const form = button?.form;
  const list = button?.closest("[data-sanic-list]");
  const template = list?.querySelector("template[data-sanic-row]");
  if (!template || list.dataset.sanicList !== button.value || !isReady(form) || event.defaultPrevented) return;
  const numbers = rowNumbers(form, button.value);
  const number = Math.max(-1, ...numbers) + 1;
  if (number > MAX_NUMBER) return;
  event.preventDefault();
  const row = template.content.cloneNode(true);
  fill(row, number, numbers.size + 1);
  const [first] = row.querySelectorAll("input:not([type=hidden]),select,textarea");
  template.before(row);
  if (first) show(first);
  const detail = { status: null, url: null, page: null };
  of(form, "dispatchEvent")(new CustomEvent("sanic-action:edit", { bubbles: true, detail }));
}

// Rows are at most MAX_NUMBER, and a row has a button or a mark besides its controls.
function rowNumbers(form, list) {
  const numbers = new Set();
  for (const { name, value } of of(form, "elements")) {
    const path = name.startsWith("_action.") ? value : name;
    const number = path.startsWith(`${list}.`) && /^\d+/.exec(path.slice(list.length + 1));
    if (number) numbers.add(+number[0]);
  }
  return numbers;
}

function fill(row, number, place) {
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    if (node.data) node.data = node.data.replaceAll(ROW, place);
    for (const each of node.attributes ?? []) {
      each.value = each.value.replaceAll(ROW, SPOKEN.test(each.name) ? place : number);
    }
  }
}

// ---- Kinds

const SWITCH = ":scope > [name='_action.switch']";

// The secrets that were typed, by form and name, while another kind was shown.
const typed = new WeakMap();

// The form that is on its way for another kind.
let switching;

// A choice that was made while the form was on its way.
let waiting;

// The first control of a union is the choice of its kind.
function switchKind(choice) {
  const { form } = choice;
  const group = choice.closest(`fieldset:has(${SWITCH.slice(7)})`);
  const first = group?.querySelector("select,[type=radio]");
  if (!form || first?.name !== choice.name) return;
  if (!isReady(form)) return (waiting = choice);
  switching = form;
  const values = typed.get(form) ?? new Map();
  typed.set(form, values);
  for (const { name, value } of group.querySelectorAll(SECRETS)) values.set(name, value);
  group.querySelector(SWITCH).click();
}

const SECRETS = "[type=password]";

// After an answer; also of a whole document, when it is there.
function settle(root) {
  if (root === switching) {
    const values = typed.get(root);
    for (const each of of(root, "querySelectorAll")(SECRETS)) {
      if (values.has(each.name) && !touched.has(each)) each.value = values.get(each.name);
    }
  }
  switching = null;
  // What the server keeps is not sent again, unless it was chosen since.
  for (const each of of(root, "querySelectorAll")("[data-sanic-upload]")) if (!touched.has(each)) each.value = "";
  const choice = waiting;
  waiting = null;
  if (choice?.isConnected) switchKind(choice);
}

// ---- Checks

// The latest question of each form; a new one takes the place of one that waits.
const checks = new WeakMap();

// Controls that were checked once, and are each time.
const checked = new WeakSet();

const asks = (form, control) =>
  [control, form].some((each) => of(each, "hasAttribute")("data-sanic-validate")) &&
  control.name &&
  !/^(radio|checkbox|file)$/.test(control.type) &&
  (touched.has(control) || checked.has(control) || control.ariaInvalid === "true");

async function check(control) {
  const { form } = control;
  if (!isReady(form) || !asks(form, control)) return;
  checked.add(control);
  const controls = [...of(form, "elements")].filter((each) => asks(form, each));
  const data = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const names = controls.map(({ name }) => ["_action.touched", name]);
  checks.get(form)?.abort();
  const asking = new AbortController();
  checks.set(form, asking);
  const headers = { accept: "application/problem+json", "sanic-action": "validate" };
  const body = new URLSearchParams([...data, ...names]);
  const options = { method: "POST", mode: "same-origin", redirect: "error", signal: asking.signal, headers, body };
  const fields = await issues(of(form, "action"), options);
  if (!fields || asking.signal.aborted) return;
  for (const each of controls) {
    const note = document.createElement("p");
    note.ariaLive = "polite";
    complain(each, fields[each.name] ?? "", note);
  }
}

// The first sentence by field; nothing where the form could not be checked, which is then done when it is sent.
async function issues(url, options) {
  try {
    const answer = await fetch(url, options);
    if (answer.status === 204) return {};
    const { issues } = await answer.json();
    return issues && Object.fromEntries(issues.toReversed().map(({ path, message }) => [path, message]));
  } catch {}
}

// ---- Files

// Tells whether a control must not be sent as it is, and says so: a file that is larger than it allows, where the form is
// checked at all; and what is not a number or a date, for which browsers send nothing, in their own words.
function refuses(form, submitter) {
  if (submitter?.hasAttribute("formnovalidate") || submitter?.formMethod === "dialog") return;
  const isChecked = !of(form, "hasAttribute")("novalidate");
  const isOver = ({ files, dataset }) => isChecked && [...(files ?? [])].some(({ size }) => size > dataset.maxBytes);
  const control = [...of(form, "elements")].find((each) => each.validity?.badInput || isOver(each));
  if (!control) return;
  const sentence = words(control, "too-large", words(form, "too-large", "Must be at most %s"));
  const text = isOver(control) ? sentence.replace(/%s( MB)?/, inWords(control.dataset.maxBytes)) : control.validationMessage;
  complain(control, text, alertIn(form));
  show(control);
  return true;
}

// A number of bytes as the server says it, too: 1.5 MB.
function inWords(bytes) {
  const step = ~~((bytes.length - 1) / 3);
  return step ? `${+(bytes / 1e3 ** step).toFixed(1)} ${" KMG"[step]}B` : `${bytes} bytes`;
}

// Says at a control what is wrong with it; nothing where the sentence is empty.
function complain(control, sentence, note) {
  const id = `${control.id || control.name}-errors`;
  const others = control.getAttribute("aria-describedby")?.split(" ").filter((each) => each !== id) ?? [];
  document.getElementById(id)?.remove();
  if (sentence) {
    Object.assign(note, { id, className: "errors", textContent: sentence });
    (document.getElementById(`${control.id}-help`) ?? control).after(note);
    others.push(id);
  }
  control.ariaInvalid = sentence ? "true" : null;
  control.setAttribute("aria-describedby", others.join(" "));
}

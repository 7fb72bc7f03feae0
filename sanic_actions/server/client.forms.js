// Forms with rows, with kinds to choose from, with files, or with controls that are checked when they are left. client.js
// imports this module where a page has such a form. Without it a button that sends the form adds a row or shows another
// kind, and everything is checked when the form is sent.
//
// <template data-sanic-row> holds a row of the list around it (data-sanic-list) with __row__ for its number. The button
// that adds a row copies it, and nothing is sent.
//
// When another kind of a union is chosen, the button _action.switch in its fieldset is pressed: the server answers with
// the fields of that kind, and keeps what was typed into those of others. It keeps no secrets, so this module does.
//
// data-sanic-validate stands on a control, or on a form for all of its controls: the server checks a control when it is
// left. No action runs for that, and no file is sent. Choices are checked when the form is sent.

let of, emit, words, alertIn, touched, show;

export function start(tools) {
  ({ of, emit, words, alertIn, touched, show } = tools);
  const on = (type, act, early) => document.addEventListener(type, (event) => act(event.target, event), early);
  on("click", addRow);
  on("change", switchKind);
  on("focusout", check);
  on("sanic-action:start", (form) => checks.get(form)?.abort(), true);
  on("sanic-action:success", (form) => typed.delete(form));
  on("sanic-action:end", settle);
  settle(document);
  return refuses;
}

// Whether client.js sends a form, and is not sending it at the moment.
const isReady = (form) => form && of(form, "matches")("form[data-sanic-action]:not([aria-busy=true])");

// ---- Rows

const ROW = "__row__";

// Attributes that people read say the place of a row, all others its number. The two differ after a row between others
// was removed.
const SPOKEN = /^(aria-label|title|placeholder)$/;

// Servers take no higher number in a name.
const MAX_NUMBER = 999;

function addRow(target, event) {
  const button = target.closest?.("[name='_action.add']");
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
  const first = row.querySelector("input:not([type=hidden]),select,textarea");
  template.before(row);
  if (first) show(first);
  emit(form, "edit", { status: null, url: null, page: null });
}

// The numbers of the rows of a list. A row without controls of its own still has a button or a mark, whose value is its
// path.
function rowNumbers(form, list) {
  const numbers = new Set();
  for (const { name, value } of of(form, "elements")) {
    const path = name.startsWith("_action.") ? value : name;
    const [before, after] = path.split(`${list}.`);
    const number = parseInt(after);
    if (!before && number >= 0) numbers.add(number);
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

// By form the secrets of kinds that are not shown, by name.
const typed = new WeakMap();

// The form that is being sent for another kind.
let switching;

// A choice that was made while its form was being sent, and takes effect after the answer.
let waiting;

// Shows another kind, if the control is the choice of one: the first control of a union's fieldset.
function switchKind(choice) {
  const { form } = choice;
  const group = form && choice.closest(`fieldset:has(${SWITCH.slice(7)})`);
  const first = group?.querySelector("select,[type=radio]");
  if (!first || first.name !== choice.name) return;
  if (!isReady(form)) return (waiting = choice);
  switching = form;
  const values = typed.get(form) ?? new Map();
  typed.set(form, values);
  for (const { name, value } of group.querySelectorAll(SECRETS)) values.set(name, value);
  group.querySelector(SWITCH).click();
}

const SECRETS = "[type=password]";

// Runs after each answer, for its form, and once for the whole document.
function settle(root) {
  if (root === switching) {
    const values = typed.get(root);
    for (const each of of(root, "querySelectorAll")(SECRETS)) {
      if (values.has(each.name) && !touched.has(each)) each.value = values.get(each.name);
    }
  }
  // A file that the server keeps is not sent again, unless it was chosen since.
  for (const each of of(root, "querySelectorAll")("[data-sanic-upload]")) if (!touched.has(each)) each.value = "";
  const choice = waiting;
  switching = waiting = null;
  if (choice?.isConnected) switchKind(choice);
}

// ---- Checks

// The latest check of each form, to be aborted by a later one and when the form is sent.
const checks = new WeakMap();

// Controls that were checked before: they are checked again with each check of their form.
const checked = new WeakSet();

// Whether a control is to be checked now: it asks for that, it is of a kind that can be, and the visitor was there.
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
  const data = [...new FormData(form)].filter(([, value]) => value.trim); // which texts have, and files have not
  const names = controls.map(({ name }) => ["_action.touched", name]);
  checks.get(form)?.abort();
  const asking = new AbortController();
  checks.set(form, asking);
  const headers = { "sanic-action": "validate" };
  const body = new URLSearchParams([...data, ...names]);
  const options = { method: "POST", mode: "same-origin", redirect: "error", signal: asking.signal, headers, body };
  const fields = await issues(of(form, "action"), options);
  // The control may have been left by a press, and a message would move the button from under it.
  while (document.querySelector(":active")) await new Promise(setTimeout);
  if (!fields || asking.signal.aborted) return;
  for (const each of controls) {
    const note = document.createElement("ul");
    note.ariaLive = "polite";
    note.append(document.createElement("li"));
    complain(each, fields[each.name] ?? "", note);
  }
}

// The first message by field. Nothing if the form could not be checked: it is checked anyway when it is sent.
async function issues(url, options) {
  try {
    const answer = await fetch(url, options);
    if (answer.status === 204) return {};
    const { issues } = await answer.json();
    return issues && Object.fromEntries(issues.toReversed().map(({ path, message }) => [path, message]));
  } catch {}
}

// ---- Files

// Whether a form must not be sent as it is; then the visitor is told why. A file may be larger than its control allows,
// unless the form has novalidate. And a control may hold what is not a number or a date: browsers would send nothing for
// it, so their own message is shown.
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

// A number of bytes in the words of the server: 1.5 MB.
function inWords(bytes) {
  const step = ~~((bytes.length - 1) / 3);
  return step ? `${+(bytes / 1e3 ** step).toFixed(1)} ${" KMG"[step]}B` : `${bytes} bytes`;
}

// Shows a message at a control, or removes the one that is there, if the sentence is empty.
function complain(control, sentence, note) {
  const id = `${control.id || control.name}-errors`;
  const texts = new Set(control.getAttribute("aria-describedby")?.split(" "));
  texts.delete(id);
  document.getElementById(id)?.remove();
  if (sentence) {
    Object.assign(note, { id, className: "errors" });
    (note.firstChild ?? note).textContent = sentence;
    (document.getElementById(`${control.id}-help`) ?? control).after(note);
    texts.add(id);
  }
  control.ariaInvalid = sentence ? "true" : null;
  control[texts.size ? "setAttribute" : "removeAttribute"]("aria-describedby", [...texts].join(" "));
}

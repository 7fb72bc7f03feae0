// Reads the answer of an action that is a stream: server-sent events of the HTML standard (section 9.2), one item each.
//
//   for await (const token of actions.answer({ question: "why" })) show(token);
//   for await (const line of actions.log({}, { retries: 3 })) show(line);       // goes on after the last item that has an id
//
// Leaving the loop, and aborting options.signal, hang up, and the server closes its generator. An error before the first
// item and one in the middle reject in the same way. client.js loads this with the first answer that is a stream.

// An item is bounded, as the Python client bounds it: what comes from a network must not fill the memory.
const MAX_ITEM = 2 ** 26;

// Pauses before a stream is taken up again, in milliseconds: half of it on average, so that callers do not come together.
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

// open: sends the request once more; headers: those of the request, to which an id is added.
// read, ActionError: those of the client.js that has called.
export async function* items(response, open, headers, options, read, ActionError) {
  let left = options?.retries ?? 0;
  let lastId = null;
  let hasItems = false;
  for (let attempt = 0; ; attempt++) {
    try {
      // A second answer may be anything: an error says so, and whatever else it is, it is no stream.
      if (!isStream(response)) read(response, await response.text());
      for await (const { name, data, id } of events(response.body)) {
        if (name === "end") return;
        if (name === "error") fail(data, read);
        if (name !== "message") continue;
        hasItems = true;
        lastId = id;
        yield value(data, ActionError);
      }
      throw new ActionError("BAD_GATEWAY", "The stream stops before its end.", { status: 200, cause: "protocol" });
    } catch (reason) {
      // An abort is the caller's own doing. What an action says is not asked for again.
      if (options?.signal?.aborted || reason.cause === "server") throw reason;
      const isLost = !(reason instanceof ActionError) || reason.cause === "protocol";
      // Without the id of its last item nobody could tell the server what has come already.
      if (!isLost || !left || (hasItems && !lastId)) throw lost(reason, ActionError);
    }
    left--;
    await new Promise((done) => setTimeout(done, Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt)));
    if (lastId) headers.set("last-event-id", lastId);
    response = await reopened(open, left, options);
  }
}

const isStream = (response) => /^text\/event-stream\s*(;|$)/i.test(response.headers.get("content-type"));

// Sends the request again, as often as is left to it.
async function reopened(open, left, options) {
  try {
    return await open();
  } catch (reason) {
    if (!left || options?.signal?.aborted) throw reason;
    // Read as a stream that has stopped at once, which uses up one more attempt.
    return new Response("", { headers: { "content-type": "text/event-stream" } });
  }
}

// Throws the error that an event holds, in the way of any answer.
function fail(data, read) {
  let status = 500;
  try {
    status = JSON.parse(data).status;
  } catch {}
  read({ status, headers: new Headers({ "content-type": "application/problem+json" }) }, data);
}

function value(data, ActionError) {
  try {
    return JSON.parse(data);
  } catch {
    throw new ActionError("BAD_GATEWAY", "An item of the stream is not JSON.", { status: 200, cause: "protocol" });
  }
}

function lost(reason, ActionError) {
  if (reason instanceof ActionError) return reason;
  return new ActionError("SERVICE_UNAVAILABLE", `The stream was lost: ${reason.message}`, { cause: "connect" });
}

// Yields the events of a body; leaving it gives up the rest.
async function* events(body) {
  let name = "";
  let data = [];
  let size = 0;
  let id = null;
  for await (const line of lines(body)) {
    size += line.length + 1;
    if (size > MAX_ITEM) throw new RangeError("An item of the stream is too large.");
    if (line === "") {
      // The standard drops an event without data.
      if (data.length) yield { name: name || "message", data: data.join("\n"), id };
      [name, data, size, id] = ["", [], 0, null];
      continue;
    }
    const [, field, content] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === "data") data.push(content);
    else if (field === "event") name = content;
    // What a header cannot carry cannot be sent back.
    else if (field === "id" && /^[!-~]([ -~]*[!-~])?$/.test(content)) id = content;
    else if (field === "") size = 0;
  }
}

// Yields the whole lines of a body, which end with CR LF, LF or CR.
async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let parts = [];
  let length = 0;
  let endedWithCr = false;
  try {
    for (;;) {
      let { value: text, done } = await reader.read();
      if (done) return;
      if (endedWithCr && text.startsWith("\n")) text = text.slice(1);
      endedWithCr = text.endsWith("\r");
      const ends = text.split(/\r\n|\n|\r/);
      // Joined only where a line ends, so that a long one is not copied for each of its chunks.
      parts.push(ends[0]);
      length += ends[0].length;
      if (length > MAX_ITEM) throw new RangeError("An item of the stream is too large.");
      if (ends.length === 1) continue;
      ends[0] = parts.join("");
      const rest = ends.pop();
      parts = [rest];
      length = rest.length;
      yield* ends;
    }
  } finally {
    // Not awaited: who leaves does not wait for the network.
    reader.cancel().catch(() => {});
  }
}

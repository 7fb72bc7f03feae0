// Runs the import and shows how far it is. A second click stops it: leaving the loop ends the import on the server.
import { actions } from "/_actions/client.js";

const [start, bar, state] = ["start", "bar", "state"].map((id) => document.getElementById(id));
let running = null;

start.addEventListener("click", async () => {
  if (running) return running.abort();
  running = new AbortController();
  start.textContent = "Stop";
  try {
    for await (const { done, total } of actions.load({ total: 2000 }, { signal: running.signal })) {
      [bar.value, bar.max] = [done, total];
      state.value = `${done} of ${total}`;
    }
    state.value = "Done";
  } catch (error) {
    state.value = running.signal.aborted ? "Stopped" : error.message;
  }
  running = null;
  start.textContent = "Import again";
});

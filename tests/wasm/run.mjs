// Runs pytest in the CPython that pyodide carries: node run.mjs SITE STAND_INS PROJECT ARGUMENTS...
import { loadPyodide } from "pyodide";

const [site, standIns, project, ...args] = process.argv.slice(2);
const python = await loadPyodide({ env: { HOME: "/tmp", PYTHONDONTWRITEBYTECODE: "1", HYPOTHESIS_PROFILE: "quick" } });
for (const [at, root] of [["/site", site], ["/stand_ins", standIns], ["/project", project]]) {
  python.FS.mkdirTree(at);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, at);
}
python.globals.set("arguments", python.toPy(args));
let code = 1;
try {
  code = await python.runPythonAsync(`
import os, sys
sys.path[:0] = ["/stand_ins", "/site", "/project"]
os.chdir("/project")
import pytest
pytest.main(list(arguments))
`);
} finally {
  process.exit(Number(code)); // pyodide would keep the process alive
}

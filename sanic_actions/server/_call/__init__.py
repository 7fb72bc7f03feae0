"""One call, whoever brings it: the checks in their order, the handler, and the outcome."""

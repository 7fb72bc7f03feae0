"""The controls of a form, derived from an action's input, and their markup."""

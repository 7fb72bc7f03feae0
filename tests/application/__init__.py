"""A shop as people write one: four modules of models and actions, served and called in the tests beside it."""

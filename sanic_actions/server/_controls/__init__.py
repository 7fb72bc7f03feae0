"""The controls of a form, derived from an action's input, and their markup.

The words of this room, each made of those before it:

    field type    a declared type as a form sees it: the kind of control, its label, its limits
    place         a field type where it stands: path, name, default; rows have placeholders
    node          a place that is compiled: all of its control that no request changes
    template      the markup of that part
    filling       one request: values and messages put into the nodes, which gives controls
    spot          a place while it is filled in, with its value
    mark          a hidden control that says what a blank place means (see ``_forms/markers``)

Writing text is faster than making controls, and is enough for most forms:

    piece         the markup of one field, ready but for its text
    sheet         a whole form of pieces; a failed sheet has what was sent, and the messages
"""

"""The organiser's files: people, history, blocks, knows; read line by line, each wrong line with a verdict.

`table` turns CSV or .xlsx into rows under the names of their header (`headers`), `people` and `pairs` turn rows into
values. `verdicts` holds what is wrong and what to do, `hints` what was probably not meant. `addresses` and `names` hold
the rules for an address and a name that forms, API and files share; `cells` makes what we write safe for a spreadsheet.
Nothing here knows a database.
"""

"""A prover for rooms of the core: it runs a room's WebAssembly for all inputs at once.

What it reads is a module that was built from the crate `pen-proof`. A room is an exported function without
arguments; it speaks to the prover by four imports: `any_word` gives an unknown, `assume` narrows what is looked
at, `check` states a rule, `cover` a case that must be possible.

    terms, bitvec   formulas, simplified as they are made
    meaning         what each operator means, on numbers: the reference of the tests
    wasm, decode    the binary format
    memory, state   what a path holds; how two paths become one
    narrow          at which places a memory access can be
    machine, plain  execution
    solve           from formulas to Bitwuzla
    room            a room's verdict

How it stays small: where control flow parts, both ways are taken; where it meets, the two states become one, with
if-then-else. So the work grows with the code and not with its paths. Memory is kept at known addresses, so no theory
of arrays is needed.

How it stays sound: a loop is run until no path comes back, and it is an error when that does not happen; whatever is
not understood is an error; whatever is replaced by an unknown is counted and printed.
"""

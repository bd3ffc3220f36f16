"""`bytewright bench compress`: Bytewright beside other compressors, on your machine and on your files.

Every program, ours too, is a process that goes from one file to another; what it wrote is decompressed and held
against the original before anything is timed. `docs/benchmarks.md` describes the method.

- `programs` is the table of what is compared; `reference` runs the plain Python of BPEZ like a program.
- `selection` says which of it; `trial` is one program with one setting, checks it and takes its times.
- `launcher` is the small process that starts a program, waits for it and tells what it used.
- `slowness` holds the time on texts that make compressors slow against that on prose.
- `front` finds what nothing else beats; `report` and `plot` show what came out; `command` does it all in order.
"""

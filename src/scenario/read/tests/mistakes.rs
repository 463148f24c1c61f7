//! What single mistakes and contradictions are answered with.

use insta::assert_snapshot;

use super::{outline, outline_on};

#[test]
fn unknown_keys_and_sections() {
    assert_snapshot!(outline_on("[readers]\ncuont = 5"), @r#"
    unknown key `cuont` in `[readers]`
      3:1 `cuont`: did you mean `count`?
      help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
    assert_snapshot!(outline_on("[readers]\nwrite_size = 5"), @r#"
    unknown key `write_size` in `[readers]`
      3:1 `write_size`: did you mean `file.write-size`?
      help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
    assert_snapshot!(outline_on("[reader]\ncount = 5"), @r#"
    unknown section `reader`
      2:2 `reader`: did you mean `readers`?
      help: sections are `file`, `instances`, `readers`, `writer`, `run`, `slo`, `sweep`; above them stand `name`, `description`
    "#);
    assert_snapshot!(outline_on("duration = '5s'"), @r#"
    unknown key `duration`
      2:1 `duration`: did you mean `run.duration`?
      help: sections are `file`, `instances`, `readers`, `writer`, `run`, `slo`, `sweep`; above them stand `name`, `description`
    "#);
    assert_snapshot!(outline_on("[readers.ramp]\nform = 5"), @r#"
    `readers.ramp` needs `from`
      2:1 `[readers.ramp]`: `from` is missing
      help: `from`: Mappers at the beginning; at most `count`.
    `readers.ramp` needs `over`
      2:1 `[readers.ramp]`: `over` is missing
      help: `over`: Time to grow; at most the run's duration.
    unknown key `form` in `readers.ramp`
      3:1 `form`: did you mean `from`?
      help: keys of `readers.ramp` are `from`, `over`
    "#);
    assert_snapshot!(outline_on("readers = 5"), @r#"
    `readers` must be a section
      2:11 `5`: this is a whole number
      help: write `[readers]`; its keys are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
}

#[test]
fn unknown_choices_and_operations() {
    assert_snapshot!(outline_on("[readers]\nopen = 'read_only'"), @r#"
    `readers.open` cannot be `read_only`
      3:8 `'read_only'`: did you mean `read-only`?
      help: allowed: `read-write`, `read-only`
    "#);
    assert_snapshot!(outline_on("[readers]\nlock = 'mutex'"), @r#"
    `readers.lock` cannot be `mutex`
      3:8 `'mutex'`: there is no such choice
      help: allowed: `fcntl`, `flock`, `none`
    "#);
    assert_snapshot!(outline_on("[readers]\noperations = { lookups = 1, store = 2, list = -3 }"), @r#"
    unknown operation `lookups` in `readers.operations`
      3:16 `lookups`: did you mean `lookup`?
      help: operations are `lookup`, `list`, `noop`
    unknown operation `store` in `readers.operations`
      3:29 `store`: there is no such operation
      help: operations are `lookup`, `list`, `noop`
    the weight of `list` must be a number from 0 to 1000000000000
      3:47 `-3`: this is a negative or very large number
      help: only the ratio of the weights counts
    "#);
    assert_snapshot!(outline_on("[writer]\noperations = { store = 0 }"), @r#"
    `writer.operations` leaves nothing to do
      3:14 `{ store = 0 }`: every weight is 0
      help: allowed: table of weights, 0 or more and not all 0, of `store`, `replace`, `delete`
    "#);
}

#[test]
fn wrong_types_units_and_ranges() {
    assert_snapshot!(outline_on("[readers]\ncount = 'many'\nrate = 10\nthink = true"), @r#"
    `readers.count` must be a whole number
      3:9 `'many'`: this is a string
      help: allowed: whole number from 0 to 1000000
    `readers.rate` must be a rate
      4:8 `10`: a rate needs a unit
      help: allowed: 0.1/h to 1000000/s; units are /s, /min and /h, as in `10/s`, `600/min` or `0.2/s`
    `readers.think` must be a duration
      5:9 `true`: this is a boolean
      help: allowed: 0 ns to 1 h; units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`
    `readers.think` does not go with `poisson` arrivals
      5:9 `true`: an open loop has no pauses: operations are due at their rate
      help: arrivals are `poisson` unless said otherwise
      help: give `rate` instead of `think`, or choose `arrivals = "closed"`
    "#);
    assert_snapshot!(outline_on("[run]\nwarm-up = '5 sec'\nduration = '25h'\nstall = 1.5"), @r#"
    `run.warm-up` must be a duration
      3:11 `'5 sec'`: unknown unit `sec`
      help: allowed: 0 ns to 24 h; units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`
    `run.duration` is out of range
      4:12 `'25h'`: this is too large
      help: allowed: 1 ms to 24 h
    `run.stall` must be a duration
      5:9 `1.5`: a duration needs a unit
      help: allowed: 1 µs to 10 min; units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`
    "#);
    assert_snapshot!(outline("[file]\nsize = '24Mib'\nwrite-size = '1000'", &[]), @r#"
    `file.size` must be a size
      2:8 `'24Mib'`: unknown unit `Mib`; did you mean `MiB`?
      help: allowed: 4 KiB to 16 TiB; units are B, KiB, MiB, GiB, TiB (1024) and kB, MB, GB, TB (1000), as in `150MiB` or `4096`
    `file.write-size` is out of range
      3:14 `'1000'`: 1000 bytes are no multiple of 512
      help: allowed: 512 B to 64 MiB, a multiple of 512
    "#);
    assert_snapshot!(outline_on("name = 'Quick Start'\n[instances]\ncount = 0\n[readers]\ncount = -1"), @r#"
    `name` cannot be `Quick Start`
      2:8 `'Quick Start'`: a name is small letters, digits, `-` and `.`
      help: allowed: `a` to `z`, `0` to `9`, and after the first also `-` and `.`
    `instances.count` is out of range
      4:9 `0`: this is too small
      help: allowed: whole number from 1 to 1000
    `readers.count` must be a whole number
      6:9 `-1`: this is a negative or very large number
      help: allowed: whole number from 0 to 1000000
    "#);
    assert_snapshot!(outline_on("[writer]\nrate = '0/s'\nsync = 'yes'"), @r#"
    `writer.rate` is out of range
      3:8 `'0/s'`: this is too small
      help: allowed: 0.1/h to 1000000/s
    `writer.sync` must be `true` or `false`
      4:8 `'yes'`: this is a string
      help: allowed: `true` or `false`
    "#);
}

#[test]
fn contents_of_the_file() {
    assert_snapshot!(outline("[readers]\ncount = 5", &[]), @r#"
    nothing says what the file holds
      1:1 ``: `size`, `mailboxes` or `source` is missing
      help: in `[file]`, give `size = "150MiB"`, `mailboxes = 100000`, or `source = "/path/mailboxes.db"`
    "#);
    assert_snapshot!(outline("[file]\nformat = 'flat'", &[]), @r#"
    nothing says what the file holds
      1:2 `file`: `size`, `mailboxes` or `source` is missing
      help: in `[file]`, give `size = "150MiB"`, `mailboxes = 100000`, or `source = "/path/mailboxes.db"`
    "#);
    assert_snapshot!(outline("[file]\nsize = '1MiB'\nmailboxes = 7", &[]), @r#"
    `size`, `mailboxes` and `source` exclude each other
      2:8 `'1MiB'`: `size` is given here
      3:13 `7`: `mailboxes` is given here
      help: keep one of them
    "#);
    assert_snapshot!(outline("[file]\nsource = '/a'\nformat = 'flat'", &[]), @r#"
    `file.format` and `file.source` exclude each other
      3:10 `'flat'`: `format` is for generated files
      2:10 `'/a'`: this file says itself what it is
      help: leave out `format`
    "#);
    assert_snapshot!(outline("[file]\nsize = '1MiB'\nformat = 'flat'\nrecords = 'cyrus-2.3'", &[]), @r#"
    a `flat` file has no records
      4:11 `'cyrus-2.3'`: `records` means nothing here
      3:10 `'flat'`: the file is flat
      help: leave out `records`, or choose `format = "skiplist"` or `"twoskip"`
    "#);
    assert_snapshot!(outline("[file]\nsize = '4GiB'\nformat = 'skiplist'", &[]), @r#"
    a skiplist holds less than 4 GiB, as its offsets have 32 bits
      2:8 `'4GiB'`: at least 4 GiB in each instance
      3:10 `'skiplist'`: the format is chosen here
      help: take less, more instances, or `format = "twoskip"`
    "#);
    assert_snapshot!(outline("[file]\nmailboxes = 60_000_000\nformat = 'skiplist'", &[]), @r#"
    a skiplist holds less than 4 GiB, as its offsets have 32 bits
      2:13 `60_000_000`: at least 4.69 GiB in each instance
      3:10 `'skiplist'`: the format is chosen here
      help: take less, more instances, or `format = "twoskip"`
    "#);
}

#[test]
fn arrivals() {
    assert_snapshot!(outline_on("[readers]\narrivals = 'closed'\nrate = '1/s'"), @r#"
    `readers.rate` does not go with `closed` arrivals
      4:8 `'1/s'`: a closed loop has no rate: the system's own speed decides
      3:12 `'closed'`: arrivals are chosen here
      help: give `think` instead of `rate`, or choose `arrivals = "poisson"` or `"even"`
    "#);
    assert_snapshot!(outline_on("[writer]\nthink = '1s'"), @r#"
    `writer.think` does not go with `poisson` arrivals
      3:9 `'1s'`: an open loop has no pauses: operations are due at their rate
      help: arrivals are `poisson` unless said otherwise
      help: give `rate` instead of `think`, or choose `arrivals = "closed"`
    "#);
}

#[test]
fn crowds_and_times() {
    assert_snapshot!(outline_on("[readers]\nramp = { from = 500, over = '20s' }"), @r#"
    the ramp begins above the number of readers
      3:17 `500`: 500 mappers at the beginning
      help: allowed: `from` up to 200
    the ramp is longer than the run
      3:29 `'20s'`: it would end after 20 s
      help: allowed: `over` up to `run.duration`, 10 s
    "#);
    assert_snapshot!(outline_on("[readers]\nramp = { from = 100 }"), @r#"
    `readers.ramp` needs `over`
      3:8 `{ from = 100 }`: `over` is missing
      help: `over`: Time to grow; at most the run's duration.
    "#);
    assert_snapshot!(outline_on("[instances]\ncount = 12\n[readers]\ncount = 5"), @r#"
    there are more instances than readers
      3:9 `12`: 12 instances share 5 readers
      help: allowed here: `instances.count` up to 5
    "#);
    assert_snapshot!(outline_on("[instances]\ncount = 2\n[readers]\ncount = 0"), @r#"
    there are more instances than readers
      3:9 `2`: 2 instances share 0 readers
      help: allowed here: `instances.count` up to 1
    "#);
    assert_snapshot!(outline_on("[instances]\ncount = 1000\n[readers]\ncount = 1000"), @r#"
    there are more instances than 4 KiB pages in the file
      3:9 `1000`: 1000 instances share 1 MiB
      help: allowed here: `instances.count` up to 256
    "#);
    assert_snapshot!(outline_on("[writer]\ncount = 0\nrate = '5/s'"), @r#"
    a rate is given, but there is no writer
      4:8 `'5/s'`: nobody commits at this rate
      3:9 `0`: there are 0 writers
      help: leave out `writer.rate`, or give `writer.count = 1`
    "#);
    assert_snapshot!(outline_on("[writer]\ncount = 0\n[readers]\ncount = 0"), @r#"
    there are neither readers nor writers
      5:9 `0`: no readers
      3:9 `0`: no writers
      help: give `readers.count` or `writer.count`
    "#);
    assert_snapshot!(outline_on("[run]\ninterval = '300ms'"), @r#"
    `run.interval` must divide one second, or be whole seconds
      3:12 `'300ms'`: the timeline would not meet the full seconds
      help: take 10ms, 20ms, 50ms, 100ms, 200ms, 250ms, 500ms, 1s, 2s, …
    "#);
    assert_snapshot!(outline_on("[run]\nduration = '50ms'"), @r#"
    the timeline's interval is longer than the run
      3:12 `'50ms'`: the interval is 100 ms
      help: allowed: `run.interval` up to `run.duration`, and 10 ms to 60 s
    "#);
}

#[test]
fn objectives() {
    assert_snapshot!(outline_on("[slo]\nclauses = ['lokup.p99<=50ms', 'rate<=1', 'commit.max<=5', 7]"), @r#"
    `lokup.p99<=50ms` is not an objective
      3:12 `'lokup.p99<=50ms'`: did you mean `lookup.p99`?
      help: metrics are `<lookup|list|noop|reader|store|replace|delete|commit>.<p50|p90|p99|p99.9|max>`, `freeze.longest` and `rate`
    `rate<=1` is not an objective
      3:31 `'rate<=1'`: `rate` is bounded from below: write `>=` or `>`
      help: write, for example, `lookup.p99<=50ms` or `rate>=0.99`
    `commit.max<=5` is not an objective
      3:42 `'commit.max<=5'`: a duration needs a unit
      help: units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`
    `slo.clauses` must be an array of strings
      3:59 `7`: this is a whole number
    "#);
}

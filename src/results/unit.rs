//! The unit of a counter, which its name ends with: `_ns`, `_us`, `_bytes` … Whoever exports or draws counters asks here.

/// Endings of names, the base unit of each, and what a value is divided by to be in it.
const ENDINGS: [(&str, &str, f64); 7] = [
    ("_ns", "seconds", 1e9),
    ("_us", "seconds", 1e6),
    ("_ms", "seconds", 1e3),
    ("_s", "seconds", 1.0),
    ("_bytes", "bytes", 1.0),
    ("_pages", "pages", 1.0),
    ("_sectors", "sectors", 1.0),
];

/// What a counter is told in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaseUnit<'a> {
    /// Its name, without an ending that would be wrong in the base unit.
    pub name: &'a str,
    /// The base unit; `1`: it counts.
    pub unit: &'static str,
    /// What its values are divided by.
    pub divisor: f64,
}

/// The base unit of a counter, or of one CPU's (`name.cpu0`).
pub fn base_unit(counter: &str) -> BaseUnit<'_> {
    let of_name = |(ending, unit, divisor): &(&str, &'static str, f64)| {
        let name = counter.strip_suffix(ending)?;
        // Bytes and the like are their own base unit, and stay in the name.
        let name = if *unit == "seconds" { name } else { counter };
        Some(BaseUnit { name, unit, divisor: *divisor })
    };
    let of_each = |(ending, unit, divisor): &(&str, &'static str, f64)| {
        let (whole, _) = counter.rsplit_once('.')?;
        whole.ends_with(ending).then_some(BaseUnit { name: counter, unit, divisor: *divisor })
    };
    let found = ENDINGS.iter().find_map(of_name).or_else(|| ENDINGS.iter().find_map(of_each));
    found.unwrap_or(BaseUnit { name: counter, unit: "1", divisor: 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_name_is_its_unit() {
        let of = |name| {
            let BaseUnit { name, unit, divisor } = base_unit(name);
            (name, unit, divisor)
        };
        assert_eq!(of("cpu_user_us"), ("cpu_user", "seconds", 1e6));
        assert_eq!(of("mkclean_ns"), ("mkclean", "seconds", 1e9));
        assert_eq!(of("mkclean_longest_ns"), ("mkclean_longest", "seconds", 1e9));
        assert_eq!(of("dirty_bytes"), ("dirty_bytes", "bytes", 1.0));
        assert_eq!(of("direct_reclaim_pages"), ("direct_reclaim_pages", "pages", 1.0));
        assert_eq!(of("device_read_sectors"), ("device_read_sectors", "sectors", 1.0));
        assert_eq!(of("stolen_us.cpu7"), ("stolen_us.cpu7", "seconds", 1e6));
        assert_eq!(of("tlb_interrupts.cpu0"), ("tlb_interrupts.cpu0", "1", 1.0));
        assert_eq!(of("context_switches"), ("context_switches", "1", 1.0));
    }
}

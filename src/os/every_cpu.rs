//! Visiting one CPU after the other, whichever call of the system binds a thread to one.

/// Runs `visit` once on each of `cpus` that the calling thread can be bound to, then restores its binding, also if `visit` panics; on how many.
pub(super) fn visit_each(
    cpus: impl Iterator<Item = usize>,
    bind: impl Fn(usize) -> nix::Result<()>,
    restore: impl Fn() -> nix::Result<()>,
    mut visit: impl FnMut(),
) -> nix::Result<usize> {
    /// Restores the binding, however the function is left.
    struct Bound<R: Fn() -> nix::Result<()>>(R);
    impl<R: Fn() -> nix::Result<()>> Drop for Bound<R> {
        fn drop(&mut self) {
            // On the way that returns, it is done once more with its error returned.
            let _ = (self.0)();
        }
    }
    let bound = Bound(&restore);
    let mut visited = 0;
    // One that was switched off meanwhile, or that belongs to other processes now, refuses.
    for _ in cpus.filter(|&cpu| bind(cpu).is_ok()) {
        visit();
        visited += 1;
    }
    std::mem::forget(bound);
    restore()?;
    if visited == 0 { Err(nix::Error::ENODEV) } else { Ok(visited) }
}

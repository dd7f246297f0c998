//! A stack that holds the deepest tree that the parser allows, whatever the stack of the caller.

/// Room for the deepest tree many times over; only what is used is ever taken.
const STACK_BYTES: usize = 64 << 20;

/// A stack with so much left is large.
const LARGE_BYTES: usize = STACK_BYTES / 2;

/// Runs `work` on a large stack: on this one if it is. The thread stays the same, and with it the memory that it has to give
/// away: what one thread has freed is of little use to another.
pub fn on_large_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LARGE_BYTES, STACK_BYTES, work)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many KiB of stack and gives a number that needs all of them.
    fn deep(kib: usize) -> usize {
        let room = std::hint::black_box([kib; 128]);
        if kib == 0 { room[0] } else { deep(kib - 1) + usize::from(room[127] == kib) }
    }

    #[test]
    fn a_small_stack_is_not_the_end() {
        let small = std::thread::Builder::new().stack_size(128 << 10);
        let deepest = small.spawn(|| on_large_stack(|| deep(8 << 10))).unwrap().join().unwrap();
        assert_eq!(deepest, 8 << 10);
    }

    #[test]
    fn a_large_stack_is_used_as_it_is() {
        let place = || stacker::remaining_stack().unwrap_or_default();
        let (outer, inner) = on_large_stack(|| (place(), on_large_stack(place)));
        assert!(inner <= outer && outer - inner < 64 << 10, "{outer} {inner}");
    }
}

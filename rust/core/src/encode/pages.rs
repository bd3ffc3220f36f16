//! Large tables on large pages.
//!
//! A look-up at random in a table of some megabytes misses the processor's table of pages, and under a hypervisor the walk to find a page costs more than the cache line
//! itself: half the time of a warm run over English was spent waiting there.

/// Smaller tables have few pages.
const LARGE: usize = 1 << 20;

/// An empty list with room for `count` items, on large pages where the system has them to give. Ask before the memory is touched: pages are chosen then.
pub(crate) fn with_capacity<T>(count: usize) -> Vec<T> {
    let list: Vec<T> = Vec::with_capacity(count);
    if count * size_of::<T>() >= LARGE {
        advise(list.as_ptr().cast(), count * size_of::<T>());
    }
    list
}

/// `count` copies of an item.
pub(crate) fn filled<T: Copy>(item: T, count: usize) -> Vec<T> {
    let mut list = with_capacity(count);
    list.resize(count, item);
    list
}

#[cfg(target_os = "linux")]
fn advise(start: *const u8, bytes: usize) {
    const PAGE: usize = 1 << 12;
    let skipped = start.align_offset(PAGE);
    if skipped < bytes {
        // SAFETY: the range lies in one allocation that is ours, and the advice changes how it is backed, not what it holds. That it is refused does no harm.
        unsafe {
            libc::madvise(
                start.add(skipped).cast_mut().cast(),
                (bytes - skipped) & !(PAGE - 1),
                libc::MADV_HUGEPAGE,
            );
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn advise(_: *const u8, _: usize) {}

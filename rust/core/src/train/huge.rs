//! Large arrays that are read at random: asked for in huge pages, which took 10 to 15 % off counting and merging.

/// Smaller arrays are not worth the call.
#[cfg(target_os = "linux")]
const WORTH: usize = 4 << 20;

/// Asks for huge pages for the memory of an array, best before it is touched for the first time.
pub(super) fn advise<T>(array: &mut Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let bytes = array.capacity() * size_of::<T>();
        let begin = array.as_mut_ptr().cast::<u8>();
        let skipped = begin.align_offset(PAGE);
        if bytes >= WORTH && skipped < bytes {
            let length = (bytes - skipped) / PAGE * PAGE;
            // SAFETY: whole pages within an allocation that is borrowed mutably; the advice changes nothing that can be read from them.
            // That the system may not know it is no failure.
            let _ = unsafe { libc::madvise(begin.add(skipped).cast(), length, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = array;
}

/// An empty array with room for `capacity` items.
pub(super) fn with_capacity<T>(capacity: usize) -> Vec<T> {
    let mut array = Vec::with_capacity(capacity);
    advise(&mut array);
    array
}

/// Makes room for `more` items, twice what there was where it has to grow.
#[inline]
pub(super) fn reserve<T>(array: &mut Vec<T>, more: usize) {
    if array.capacity() - array.len() < more {
        array.reserve(more);
        advise(array);
    }
}

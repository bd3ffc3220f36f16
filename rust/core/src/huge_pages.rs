//! Large arrays that are read at random, on large pages where the system has them to give.
//!
//! A look-up at random in some megabytes misses the processor's table of pages, and under a hypervisor the walk to find a page costs more
//! than the cache line itself: large pages took 10 to 15 % off counting and merging, and 15 to 25 % off warm encoding of English.

use std::alloc::Layout;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// Smaller arrays have few pages.
const WORTH: usize = 1 << 20;

/// Asks for large pages for the memory of an array, best before it is touched for the first time: pages are chosen then.
pub(crate) fn advise<T>(array: &mut Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 1 << 12;
        let bytes = array.capacity() * size_of::<T>();
        let begin = array.as_mut_ptr().cast::<u8>();
        let skipped = begin.align_offset(PAGE);
        if bytes >= WORTH && skipped < bytes {
            let length = (bytes - skipped) & !(PAGE - 1);
            // SAFETY: whole pages within an allocation that is borrowed mutably; the advice changes how they are backed, not what they
            // hold. That the system may not know it is no failure.
            let _ = unsafe { libc::madvise(begin.add(skipped).cast(), length, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = array;
}

/// An empty array with room for `capacity` items.
pub(crate) fn with_capacity<T>(capacity: usize) -> Vec<T> {
    let mut array = Vec::with_capacity(capacity);
    advise(&mut array);
    array
}

/// `count` copies of an item.
pub(crate) fn filled<T: Copy>(item: T, count: usize) -> Vec<T> {
    let mut array = with_capacity(count);
    array.resize(count, item);
    array
}

/// Makes room for `more` items, twice what there was where it has to grow.
#[inline]
pub(crate) fn reserve<T>(array: &mut Vec<T>, more: usize) {
    if array.capacity() - array.len() < more {
        array.reserve(more);
        advise(array);
    }
}

/// Asks for the cache line of an item.
#[inline(always)]
pub(crate) fn prefetch<T>(item: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: prefetching reads nothing that a program could see, and SSE is part of x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(item.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = item;
}

/// Bytes of a large page.
const LARGE: usize = 2 << 20;

/// An array of a fixed size. One of a megabyte and more begins where a large page does, so that all of it can lie on such ones: what the allocator gives begins
/// anywhere, and of an array of 4 MB only half did.
pub(crate) struct Array<T: Copy> {
    start: NonNull<T>,
    length: usize,
}

// SAFETY: it owns its items.
unsafe impl<T: Copy + Send> Send for Array<T> {}
// SAFETY: as above.
unsafe impl<T: Copy + Sync> Sync for Array<T> {}

impl<T: Copy> Array<T> {
    /// `None`: nothing has to be allocated.
    fn layout(length: usize) -> Option<Layout> {
        let bytes = length.checked_mul(size_of::<T>()).filter(|&bytes| bytes > 0)?;
        let aligned = if bytes >= WORTH { LARGE } else { align_of::<T>() };
        Layout::from_size_align(bytes, aligned.max(align_of::<T>())).ok()
    }

    /// `length` items, which `fill` has to write.
    fn made(length: usize, fill: impl FnOnce(*mut T)) -> Self {
        let Some(layout) = Self::layout(length) else {
            assert!(
                length == 0 || size_of::<T>() == 0,
                "an array that no memory holds"
            );
            return Self {
                start: NonNull::dangling(),
                length,
            };
        };
        // SAFETY: the layout is not empty.
        let Some(start) = NonNull::new(unsafe { std::alloc::alloc(layout) }.cast::<T>()) else {
            std::alloc::handle_alloc_error(layout)
        };
        #[cfg(target_os = "linux")]
        if layout.align() == LARGE {
            // Up to the end of its last page; as in `advise`.
            const PAGE: usize = 1 << 12;
            let bytes = layout.size() & !(PAGE - 1);
            // SAFETY: whole pages of this allocation.
            let _ = unsafe { libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_HUGEPAGE) };
        }
        fill(start.as_ptr());
        Self { start, length }
    }

    /// Its first item.
    #[inline(always)]
    pub(crate) fn start(&self) -> *mut T {
        self.start.as_ptr()
    }

    /// `length` copies of an item.
    pub(crate) fn filled(item: T, length: usize) -> Self {
        Self::made(length, |start| {
            for index in 0..length {
                // SAFETY: there is room for so many.
                unsafe { start.add(index).write(item) };
            }
        })
    }
}

impl<T: Copy> From<&[T]> for Array<T> {
    fn from(items: &[T]) -> Self {
        Self::made(items.len(), |start| {
            // SAFETY: there is room for so many, of which nobody else knows.
            unsafe { start.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
        })
    }
}

#[cfg(test)]
impl<T: Copy + std::fmt::Debug> std::fmt::Debug for Array<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(formatter)
    }
}

impl<T: Copy> Drop for Array<T> {
    fn drop(&mut self) {
        if let Some(layout) = Self::layout(self.length) {
            // SAFETY: it was allocated so.
            unsafe { std::alloc::dealloc(self.start.as_ptr().cast(), layout) };
        }
    }
}

impl<T: Copy> Deref for Array<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: so many were written.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T: Copy> DerefMut for Array<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_hold_what_they_were_given() {
        for length in [0, 1, 5, 1 << 17, (1 << 18) + 3] {
            let mut array = Array::filled(7u64, length);
            assert!(array.len() == length && array.iter().all(|&item| item == 7));
            if let Some(last) = array.last_mut() {
                *last = 8;
            }
            let copy = Array::from(&*array);
            assert_eq!(*copy, *array);
            assert!(length * 8 < WORTH || (array.as_ptr() as usize).is_multiple_of(LARGE));
        }
        assert_eq!(Array::filled((), 3).len(), 3);
    }
}

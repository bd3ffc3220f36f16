//! Lists of ids that are used again.
//!
//! A fresh page costs more than encoding the text whose ids it takes: under a hypervisor some 0.8 GB/s, a quarter to a half of a warm run. So the lists that a caller gives
//! back wait here for the next call, a bounded number of bytes of them.

use crate::huge_pages;
use crate::vocabulary::TokenId;
use std::sync::Mutex;

/// Bytes that wait at most, in all.
const KEPT_BYTES: usize = 256 << 20;

/// Lists that wait at most.
const KEPT: usize = 8;

/// Smaller lists come from the allocator without fresh pages.
const SMALLEST_BYTES: usize = 1 << 20;

fn bytes(list: &Vec<TokenId>) -> usize {
    list.capacity() * size_of::<TokenId>()
}

/// The lists that wait, the latest last. Nobody waits for the lock: after a fork it may be held by a thread that is no more.
static LISTS: Mutex<Vec<Vec<TokenId>>> = Mutex::new(Vec::new());

/// An empty list for the ids of so many bytes: one that waits if it may do, else a new one, for three ids in four bytes: few texts have more, and what is not touched costs
/// nothing.
pub(super) fn take(bytes_of_text: usize) -> Vec<TokenId> {
    let ids = bytes_of_text / 4 * 3 + 4;
    if ids * size_of::<TokenId>() >= SMALLEST_BYTES
        && let Ok(mut lists) = LISTS.try_lock()
    {
        // The smallest that is large enough, else the largest.
        let enough = |list: &Vec<TokenId>| list.capacity() >= ids;
        let best = (0..lists.len()).min_by_key(|&index| {
            let list = &lists[index];
            (
                !enough(list),
                if enough(list) {
                    list.capacity()
                } else {
                    usize::MAX - list.capacity()
                },
            )
        });
        if let Some(best) = best.filter(|&best| may_do(&lists[best], bytes_of_text)) {
            return lists.swap_remove(best);
        }
    }
    let mut list = Vec::new();
    // A guess must not fail where the ids that there will be would not.
    if list.try_reserve_exact(ids).is_ok() {
        huge_pages::advise(&mut list);
    }
    list
}

/// Whether a list is to be tried for the ids of so many bytes more: it often has room for all of them, and to make it larger is to copy it to fresh pages.
pub(super) fn may_do(list: &Vec<TokenId>, bytes_of_text: usize) -> bool {
    list.capacity() - list.len() >= bytes_of_text / 6
}

/// Gives the system what room a list has behind its ids, where that is much of it.
pub(super) fn trim(ids: &mut Vec<TokenId>) {
    let room = ids.len() + ids.len() / 8;
    if bytes(ids) >= SMALLEST_BYTES && ids.capacity() > room {
        ids.shrink_to(room);
    }
}

/// Takes back a list of ids that is no longer needed, as [`Encoded::ids`](super::Encoded::ids) was: the next batch is written where it was.
/// At most 256 MB wait, in at most 8 lists; what is beyond that is freed.
pub fn recycle(mut ids: Vec<TokenId>) {
    ids.clear();
    if bytes(&ids) < SMALLEST_BYTES {
        return;
    }
    if let Ok(mut lists) = LISTS.try_lock() {
        lists.push(ids);
        while lists.len() > KEPT || lists.iter().map(bytes).sum::<usize>() > KEPT_BYTES {
            // The oldest goes.
            lists.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_bounded_and_empty() {
        for size in [1usize << 10, 1 << 19, 1 << 20, 1 << 22, 1 << 26] {
            for _ in 0..2 * KEPT {
                recycle(vec![7; size]);
                let lists = LISTS.lock().expect("no test panics with it");
                assert!(lists.len() <= KEPT && lists.iter().map(bytes).sum::<usize>() <= KEPT_BYTES);
                assert!(
                    lists
                        .iter()
                        .all(|list| list.is_empty() && bytes(list) >= SMALLEST_BYTES)
                );
            }
        }
        assert!(take(1 << 19).is_empty());
    }
}

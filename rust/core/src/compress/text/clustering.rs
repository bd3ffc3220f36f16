//! Sums of costs that clusterings compare, and the clustering of leads by their second bytes.

use super::codes::{Assignment, Codes, LEADS};
use super::logarithm::log2;

/// The cost of each lead in each context.
pub fn costs(table: &[[u32; LEADS]]) -> Vec<[u32; LEADS]> {
    table
        .iter()
        .map(|row| {
            let total: u64 = row.iter().map(|&count| u64::from(count)).sum();
            let mut costs = [0; LEADS];
            for (cost, &count) in costs.iter_mut().zip(row) {
                *cost = log2(total * 16 + 256) - log2(u64::from(count) * 16 + 1);
            }
            costs
        })
        .collect()
}

/// By how much counts with this sum are shifted so that sums of costs, which are below 2^13, fit into 32 bits.
pub fn shift(sum: u32) -> u32 {
    (32 - sum.leading_zeros()).saturating_sub(18)
}

/// Adds `count` times the costs to the totals.
#[inline]
pub fn add(totals: &mut [u32], count: u32, costs: &[u32]) {
    // Most counts are 1, and SSE2 has no instruction that multiplies 32-bit numbers.
    if count == 1 {
        totals
            .iter_mut()
            .zip(costs)
            .for_each(|(total, &cost)| *total += cost);
    } else {
        totals
            .iter_mut()
            .zip(costs)
            .for_each(|(total, &cost)| *total += count * cost);
    }
}

/// The first of the least.
pub fn least(totals: &[u32]) -> usize {
    (0..totals.len()).min_by_key(|&index| totals[index]).unwrap_or(0)
}

/// Groups the leads by how the second bytes of each are distributed.
pub fn choose_rests(assignment: &mut Assignment, counts: &[u32], groups: usize) {
    let codes = Codes::new(assignment);
    let mut rows = vec![[0u32; 256]; LEADS];
    let mut used = Vec::new();
    for (number, lead) in codes.leads.iter().enumerate() {
        if lead.count < 2 || lead.count > 256 {
            continue;
        }
        for index in 0..lead.count {
            rows[number][index as usize] = counts[codes.order[(lead.start + index) as usize] as usize];
        }
        used.push(number);
    }
    // Start: by the share of the first tokens.
    let sharpness = |row: &[u32; 256]| {
        let total: u64 = row.iter().map(|&n| u64::from(n)).sum();
        let head: u64 = row[..8].iter().map(|&n| u64::from(n)).sum();
        head * 65_536 / total.max(1)
    };
    used.sort_by_key(|&lead| (sharpness(&rows[lead]), lead));
    let groups = groups.max(1);
    for (place, &lead) in used.iter().enumerate() {
        assignment.rest_streams[lead] = (place * groups / used.len()) as u8;
    }
    for _ in 0..8 {
        let mut sums = vec![[0u32; 256]; groups];
        for &lead in &used {
            let sum = &mut sums[usize::from(assignment.rest_streams[lead])];
            sum.iter_mut()
                .zip(&rows[lead])
                .for_each(|(sum, &count)| *sum += count);
        }
        let costs = costs(&sums);
        for &lead in &used {
            let best = (0..groups).min_by_key(|&group| {
                rows[lead]
                    .iter()
                    .zip(&costs[group])
                    .map(|(&n, &c)| u64::from(n) * u64::from(c))
                    .sum::<u64>()
            });
            assignment.rest_streams[lead] = best.unwrap_or(0) as u8;
        }
    }
    assignment.rest_count = groups;
}

/// One step's entry of the ring of followed weights.
///
/// ```text
/// entry[p][0] = w[indices[p]]      entry[p][k] = v_k[indices[p]]
/// ```
///
/// - `w`: the arena, `[L]`
/// - `bank`: `[K][L]`
/// - returns `[P][1 + K]`
pub fn probe(w: &[f64], bank: &[f64], indices: &[usize]) -> Vec<f64> {
    let arenas = || w.chunks_exact(w.len()).chain(bank.chunks_exact(w.len()));
    indices.iter().flat_map(|&index| arenas().map(move |arena| arena[index])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_followed_weight_is_told_raw_and_in_each_average() {
        let (w, bank) = ([1.0, 2.0, 3.0], [10.0, 20.0, 30.0, 100.0, 200.0, 300.0]);
        assert_eq!(probe(&w, &bank, &[2, 0]), [3.0, 30.0, 300.0, 1.0, 10.0, 100.0]);
        assert_eq!(probe(&w, &[], &[1]), [2.0]);
    }
}

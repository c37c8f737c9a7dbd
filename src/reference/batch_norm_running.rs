use crate::layout::pad4;

use super::pair_index;

/// Statistics for evaluation, from the running buffers.
///
/// ```text
/// stats[0][c] = running_mean[c],    stats[1][c] = 1 / √(running_var[c] + eps)
/// ```
///
/// The running buffers: `[C]`; returns stats `[2][C]`.
///
/// Ioffe & Szegedy 2015, "Batch normalization", algorithm 2.
pub fn batch_norm_running(channels: usize, running_mean: &[f64], running_var: &[f64], eps: f64) -> Vec<f64> {
    let mut stats = vec![0.0; 2 * pad4(channels)];
    for c in 0..channels {
        stats[pair_index(channels, 0, 0, c)] = running_mean[c];
        stats[pair_index(channels, 0, 1, c)] = 1.0 / (running_var[c] + eps).sqrt();
    }
    stats
}

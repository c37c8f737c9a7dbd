/// The chains of `shaders/roofline_fma.wgsl`.
///
/// - returns out `[quads × 4]`; the four values of a quad are equal
pub fn roofline_fma(quads: usize, rounds: usize, factor: f64, term: f64) -> Vec<f64> {
    let chain = |start: f64| (0..16 * rounds).fold(start, |a, _| a * factor + term);
    let quad = |i: usize| [(0..3).map(|k| chain((i + k) as f64)).sum(); 4];
    (0..quads).flat_map(quad).collect()
}

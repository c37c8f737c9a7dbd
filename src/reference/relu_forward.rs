/// Rectified linear unit.
///
/// ```text
/// y = max(x, 0)
/// ```
///
/// `x`: any shape; returns y of the same.
///
/// Nair & Hinton 2010, "Rectified linear units improve restricted Boltzmann machines".
pub fn relu_forward(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| x.max(0.0)).collect()
}

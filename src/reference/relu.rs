//! The rectified linear unit.

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

/// Gradient of the rectified linear unit, from its output; 0 at the kink, as in PyTorch.
///
/// ```text
/// dx = dy where y > 0, else 0
/// ```
///
/// `y`, `dy`: the same shape; returns dx of the same.
///
/// The chain rule on [`super::relu_forward()`].
pub fn relu_grad_input(y: &[f64], dy: &[f64]) -> Vec<f64> {
    y.iter().zip(dy).map(|(&y, &dy)| if y > 0.0 { dy } else { 0.0 }).collect()
}

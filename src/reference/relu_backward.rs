/// Gradient of the rectified linear unit, from its output; 0 at the kink, as in PyTorch.
///
/// ```text
/// dx = dy where y > 0, else 0
/// ```
///
/// `y`, `dy`: the same shape; returns dx of the same.
///
/// The chain rule on [`super::relu_forward()`].
pub fn relu_backward(y: &[f64], dy: &[f64]) -> Vec<f64> {
    y.iter().zip(dy).map(|(&y, &dy)| if y > 0.0 { dy } else { 0.0 }).collect()
}

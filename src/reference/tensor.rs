//! Sums and multiples of tensors.

/// Sum of the two branches of a residual block; also of their gradients where the branches part.
///
/// ```text
/// y = a + b
/// ```
///
/// `a`, `b`: the same shape; returns y of the same.
///
/// He et al. 2016, "Deep residual learning for image recognition", eq. 1.
pub fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// A multiple of a tensor; also of the gradient that comes back.
///
/// ```text
/// y = by · x
/// ```
///
/// `x`: any shape; returns y of the same.
pub fn scale(by: f64, x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| by * x).collect()
}

//! The shape of a sample, and the error of a layer that cannot take it.

use crate::layout::Image;

/// Shape of the input images.
pub const INPUT: Shape = Shape { height: 32, width: 32, channels: 3 };

/// Most floats in a network, or in one of its layers: 2 GiB, more than any adapter binds. Lengths and offsets up to this
/// are far from overflowing, even in 32 bits.
pub const MAX_FLOATS: u64 = 1 << 29;

/// Rows, columns and channels of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}×{}", self.height, self.width, self.channels)
    }
}

impl Shape {
    /// A batch of `n` samples.
    pub fn batch(self, n: usize) -> Image {
        Image { n, h: self.height, w: self.width, c: self.channels }
    }

    /// The shape after 2×2 max pooling: an odd last row or column is dropped.
    pub fn max_pooled(self) -> Self {
        Self { height: self.height / 2, width: self.width / 2, ..self }
    }

    /// The shape after a convolution with this kernel side and number of outputs.
    pub fn convolved(self, kernel: usize, outputs: usize) -> Self {
        // Only the 2×2 kernel goes without padding.
        let lost = usize::from(kernel == 2);
        Self { height: self.height - lost, width: self.width - lost, channels: outputs }
    }

    /// Whether it is a single pixel.
    pub fn is_pixel(self) -> bool {
        (self.height, self.width) == (1, 1)
    }
}

/// A layer that cannot take its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("layer {layer} ({kind}) cannot take an input of {input} (height × width × channels): {reason}")]
pub struct ShapeError {
    /// Index of the layer in the model, such as `7` or `7.0` within a residual block.
    pub layer: String,
    /// Kind of the layer.
    pub kind: &'static str,
    /// Shape of the input.
    pub input: Shape,
    /// The requirement that is not met.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_drops_an_odd_last_row_and_column() {
        let shape = Shape { height: 9, width: 6, channels: 5 };
        assert_eq!(shape.max_pooled(), Shape { height: 4, width: 3, channels: 5 });
        assert_eq!(shape.to_string(), "9×6×5");
        assert!(!shape.is_pixel() && Shape { height: 1, width: 1, ..shape }.is_pixel());
        assert!(!Shape { height: 1, ..shape }.is_pixel() && !Shape { width: 1, ..shape }.is_pixel());
    }
}

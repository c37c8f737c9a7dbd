//! One tensor of the arena, and its conversion to PyTorch's layout and back.

use crate::layout::{conv_weight_index, conv_weight_len, pad4};

/// Layout of a tensor in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Weights of a convolution: blocks in the arena, `[out, in, height, width]` in PyTorch.
    Conv,
    /// Weights of a 2×2 convolution: blocks of a 1×1 convolution of the patches in the arena, `[out, in, 2, 2]` in PyTorch.
    Patches,
    /// Weights of a dense layer: blocks of a 1×1 convolution in the arena, `[out, in]` in PyTorch.
    Dense,
    /// One value per channel: padded in the arena, `[channels]` in PyTorch.
    Vector,
}

/// First value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// Uniform in (−bound, bound), like PyTorch's convolution and linear layers (He et al. 2015 with a = √5).
    Uniform(f64),
    /// Of a convolution, the first filters the identity of a channel each, as many as there are channels (Zagoruyko and Komodakis
    /// 2017; PyTorch's `dirac_` of these filters); the others uniform in (−bound, bound).
    Dirac(f64),
    /// Filters that whiten the patches of the training images, which [`Model::whiten`](crate::model::Model::whiten) writes; 0 before.
    Whitening,
    /// Every element the same.
    Constant(f32),
}

/// Parameters that may have a learning rate of their own; those of a group are next to each other in the arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Parameters of no other group.
    #[default]
    Others,
    /// The biases (β) of the norms.
    NormBiases,
    /// Parameters that keep their first values.
    Frozen,
}

impl Group {
    /// The groups that are trained, in the order of the arena.
    pub const TRAINED: [Self; 2] = [Self::Others, Self::NormBiases];
}

/// A named tensor of the arena: a parameter, or a buffer that is not trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// PyTorch's name: `0.weight`, `1.running_mean`.
    pub name: String,
    /// PyTorch's shape.
    pub shape: Vec<usize>,
    /// Layout in the arena.
    pub kind: ParameterKind,
    /// First float in the arena.
    pub offset: usize,
    /// Floats in the arena, padding of channels included.
    pub len: usize,
    /// Whether it is a buffer (batch norm's running statistics), which the optimizer leaves alone.
    pub buffer: bool,
    /// Its learning rate.
    pub group: Group,
}

impl Parameter {
    /// A tensor with PyTorch's `shape` that begins at `offset`.
    ///
    /// # Panics
    /// If the rank of `shape` is not that of `kind`, or a convolution's kernel is not square.
    #[track_caller]
    pub fn new(name: String, shape: &[usize], kind: ParameterKind, offset: usize, buffer: bool) -> Self {
        let len = match (kind, shape) {
            (ParameterKind::Conv, &[outputs, inputs, height, width]) if height == width => {
                conv_weight_len(height, inputs, outputs)
            }
            (ParameterKind::Patches, &[outputs, inputs, 2, 2]) => conv_weight_len(1, 4 * inputs, outputs),
            (ParameterKind::Dense, &[outputs, inputs]) => conv_weight_len(1, inputs, outputs),
            (ParameterKind::Vector, &[channels]) => pad4(channels),
            _ => panic!("{name}: {kind:?} cannot have the shape {shape:?}"),
        };
        Self { name, shape: shape.to_vec(), kind, offset, len, buffer, group: Group::default() }
    }

    /// Whether training changes it.
    pub fn is_trained(&self) -> bool {
        !self.buffer && self.group != Group::Frozen
    }

    /// Number of values without padding.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The values in PyTorch's order.
    ///
    /// # Panics
    /// If `arena` ends before the tensor does.
    pub fn to_pytorch(&self, arena: &[f32]) -> Vec<f32> {
        self.arena_indices().map(|index| arena[index]).collect()
    }

    /// Writes values in PyTorch's order into the arena; the padding becomes zero.
    ///
    /// # Panics
    /// If the number of `values` is not [`Parameter::count`], or `arena` ends before the tensor does.
    #[track_caller]
    pub fn from_pytorch(&self, values: &[f32], arena: &mut [f32]) {
        assert_eq!(values.len(), self.count(), "{}: number of values", self.name);
        arena[self.offset..self.offset + self.len].fill(0.0);
        for (index, &value) in self.arena_indices().zip(values) {
            arena[index] = value;
        }
    }

    /// Index in the arena of the value at `flat` in PyTorch's order.
    pub fn arena_index(&self, flat: usize) -> usize {
        let (outputs, inputs, kernel) = match (self.kind, &self.shape[..]) {
            (ParameterKind::Conv, &[outputs, inputs, kernel, _]) => (outputs, inputs, kernel),
            (ParameterKind::Patches, &[outputs, inputs, _, _]) => (outputs, 4 * inputs, 1),
            (ParameterKind::Dense, &[outputs, inputs]) => (outputs, inputs, 1),
            _ => return self.offset + flat,
        };
        let (kw, rest) = (flat % kernel, flat / kernel);
        let (kh, rest) = (rest % kernel, rest / kernel);
        let (ci, co) = (rest % inputs, rest / inputs);
        self.offset + conv_weight_index((kernel, inputs, outputs), kh, kw, ci, co)
    }

    fn arena_indices(&self) -> impl Iterator<Item = usize> {
        (0..self.count()).map(|flat| self.arena_index(flat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(shape: &[usize], kind: ParameterKind) {
        let parameter = Parameter::new("0.weight".to_owned(), shape, kind, 64, false);
        let values: Vec<f32> = (1..=parameter.count()).map(|value| value as f32).collect();
        let mut arena = vec![f32::NAN; 64 + parameter.len + 64];
        parameter.from_pytorch(&values, &mut arena);
        assert_eq!(parameter.to_pytorch(&arena), values);
        assert!(arena[..64].iter().chain(&arena[64 + parameter.len..]).all(|value| value.is_nan()));
        let sum: f32 = arena[64..64 + parameter.len].iter().sum();
        assert_eq!(sum, values.iter().sum::<f32>(), "padding is zero");
    }

    #[test]
    fn odd_shapes_come_back_and_their_padding_is_zero() {
        round_trip(&[5, 3, 3, 3], ParameterKind::Conv);
        round_trip(&[6, 7, 1, 1], ParameterKind::Conv);
        round_trip(&[6, 7, 2, 2], ParameterKind::Patches);
        round_trip(&[10, 6], ParameterKind::Dense);
        round_trip(&[10], ParameterKind::Vector);
    }

    #[test]
    fn a_convolution_lies_in_blocks() {
        let parameter = Parameter::new("0.weight".to_owned(), &[5, 3, 3, 3], ParameterKind::Conv, 0, false);
        let mut arena = vec![0.0; parameter.len];
        let values: Vec<f32> = (0..parameter.count()).map(|value| value as f32).collect();
        parameter.from_pytorch(&values, &mut arena);
        // [co 4, ci 2, kh 1, kw 2] is the second block of outputs of tap 5, third column, first row.
        let flat = ((4 * 3 + 2) * 3 + 1) * 3 + 2;
        assert_eq!(arena[(5 * 2 + 1) * 16 + 2 * 4], flat as f32);
    }

    #[test]
    fn a_dense_layer_lies_in_blocks() {
        let parameter = Parameter::new("7.weight".to_owned(), &[10, 6], ParameterKind::Dense, 64, false);
        // [co 9, ci 5] is in the second row of blocks and its third column, second column and second row of the block.
        assert_eq!(parameter.arena_index(9 * 6 + 5), 64 + (3 + 2) * 16 + 4 + 1);
    }
}

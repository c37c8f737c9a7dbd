//! The place in a network where a layer is built.

use super::Sequence;
use crate::{
    layout::pad4,
    network::{Group, Initial, LayerSpec, MAX_FLOATS, Parameter, ParameterKind, Shape, ShapeError},
};

/// A parameter and its first value, before its place in the arena is known.
pub(crate) struct Declared {
    pub parameter: Parameter,
    pub initial: Initial,
}

/// The declarations of a network's layers so far. An index into `tensors` stands for a parameter until offsets are known.
#[derive(Default)]
pub(crate) struct Declarations {
    pub tensors: Vec<Declared>,
    /// The first batch norm over one pixel per image, which has no variance in a batch of one.
    pub batch_norm_of_a_pixel: Option<String>,
}

impl Declarations {
    /// Number of trained values.
    pub fn parameters(&self) -> usize {
        self.trained().map(Parameter::count).sum()
    }

    /// Number of trained values that are factors of a convolution or a product.
    pub fn weights(&self) -> u64 {
        let weights = self.trained().filter(|parameter| parameter.kind != ParameterKind::Vector);
        weights.map(|parameter| parameter.count() as u64).sum()
    }

    fn trained(&self) -> impl Iterator<Item = &Parameter> {
        self.tensors.iter().map(|one| &one.parameter).filter(|parameter| !parameter.buffer)
    }
}

/// The place where a layer is built.
pub(super) struct Site<'a> {
    name: String,
    /// Shape of a sample of the input.
    pub input: Shape,
    /// The layers after it.
    pub next: &'a [LayerSpec],
    declarations: &'a mut Declarations,
}

impl<'a> Site<'a> {
    pub fn new(
        name: String,
        input: Shape,
        next: &'a [LayerSpec],
        declarations: &'a mut Declarations,
    ) -> Self {
        Self { name, input, next, declarations }
    }

    /// Whether this is the first layer of the network.
    pub fn is_first(&self) -> bool {
        self.name == "0"
    }

    /// Declares a trained tensor.
    pub fn parameter(&mut self, name: &str, shape: &[usize], kind: ParameterKind, initial: Initial) -> usize {
        self.declare(name, shape, kind, initial, false)
    }

    /// Puts a parameter that was just declared into a group with a learning rate of its own.
    pub fn group(&mut self, parameter: usize, group: Group) {
        self.declarations.tensors[parameter].parameter.group = group;
    }

    /// Declares a tensor of one value per channel that is not trained.
    pub fn buffer(&mut self, name: &str, channels: usize, value: f32) -> usize {
        self.declare(name, &[channels], ParameterKind::Vector, Initial::Constant(value), true)
    }

    fn declare(
        &mut self,
        name: &str,
        shape: &[usize],
        kind: ParameterKind,
        initial: Initial,
        buffer: bool,
    ) -> usize {
        let parameter = Parameter::new(format!("{}.{name}", self.name), shape, kind, 0, buffer);
        self.declarations.tensors.push(Declared { parameter, initial });
        self.declarations.tensors.len() - 1
    }

    /// Records that this is a batch norm over one pixel per image.
    pub fn note_batch_norm_of_a_pixel(&mut self) {
        self.declarations.batch_norm_of_a_pixel.get_or_insert_with(|| self.name.clone());
    }

    /// Builds the layers of a branch that begins here.
    pub fn branch(&mut self, specs: &[LayerSpec]) -> Result<Sequence, ShapeError> {
        Sequence::build(specs, &format!("{}.", self.name), self.input, self.declarations)
    }

    /// The error that this layer cannot take its input.
    pub fn refuse(&self, kind: &'static str, reason: impl Into<String>) -> ShapeError {
        ShapeError { layer: self.name.clone(), kind, input: self.input, reason: reason.into() }
    }

    /// Checks that a layer does not have more weights than a network may have.
    pub fn check_size(&self, kind: &'static str, outputs: u32, kernel: u32) -> Result<(), ShapeError> {
        let weights = (pad4(self.input.channels) as u64)
            .checked_mul(u64::from(outputs).next_multiple_of(4))
            .and_then(|weights| weights.checked_mul(u64::from(kernel).pow(2)));
        if weights.is_none_or(|weights| weights > MAX_FLOATS) {
            return Err(
                self.refuse(kind, format!("{outputs} outputs of it have more than {MAX_FLOATS} weights"))
            );
        }
        Ok(())
    }
}

//! y = x + branch(x).

use super::{Layer, Recorder, Sequence, Tensor, add::add, site::Site};
use crate::network::{LayerSpec, Shape, ShapeError};

/// A residual block.
pub(super) struct Residual {
    branch: Sequence,
}

impl Residual {
    /// A block whose branch has the layers `specs`.
    pub fn new(specs: &[LayerSpec], site: &mut Site<'_>) -> Result<Self, ShapeError> {
        let branch = site.branch(specs)?;
        if branch.output() != site.input {
            return Err(site.refuse("residual", format!("its branch gives {}", branch.output())));
        }
        Ok(Self { branch })
    }
}

impl Layer for Residual {
    fn output(&self) -> Shape {
        self.branch.output()
    }

    fn forward(&self, recorder: &mut Recorder<'_>, x: Tensor) -> Tensor {
        let outside = std::mem::take(&mut recorder.tape);
        let branch = self.branch.forward(recorder, x.clone());
        let tape = std::mem::replace(&mut recorder.tape, outside);
        let y = recorder.tensor("residual.y", x.image, x.needs_gradient || branch.needs_gradient);
        recorder.push(add(x.view(), branch.view(), y.view()));
        let wanted = x.needs_gradient;
        recorder.on_backward(move |recorder, dy| {
            let through = recorder.unwind(tape, dy.clone());
            if !wanted {
                return None;
            }
            let Some(through) = through else { return Some(dy) };
            let dx = recorder.tensor("residual.dx", dy.image, true);
            recorder.push(add(dy.view(), through.view(), dx.view()));
            Some(dx)
        });
        y
    }
}

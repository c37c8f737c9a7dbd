use super::{Kernel, number};
use crate::plan::Dispatch;

/// Floats that a thread takes at once.
const PIECE: usize = 1 << 14;

/// y = x.
pub fn copy() -> Kernel {
    Box::new(|_, call| {
        let ([x], [y]) = call.split();
        y.copy_from_slice(x);
    })
}

/// y = a + b.
pub fn add() -> Kernel {
    Box::new(|workers, call| {
        let ([a, b], [y]) = call.split();
        workers.each_piece(y, PIECE, |piece, y| {
            let at = piece * PIECE;
            y.iter_mut().zip(a[at..].iter().zip(&b[at..])).for_each(|(y, (a, b))| *y = a + b);
        });
    })
}

/// y = factor · x.
pub fn scale(dispatch: &Dispatch) -> Kernel {
    let factor = number(dispatch, "FACTOR") as f32;
    Box::new(move |workers, call| {
        let ([x], [y]) = call.split();
        workers.each_piece(y, PIECE, |piece, y| {
            y.iter_mut().zip(&x[piece * PIECE..]).for_each(|(y, x)| *y = factor * x);
        });
    })
}

use super::Kernel;

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
        const PIECE: usize = 1 << 14;
        workers.each_piece(y, PIECE, |piece, y| {
            let at = piece * PIECE;
            y.iter_mut().zip(a[at..].iter().zip(&b[at..])).for_each(|(y, (a, b))| *y = a + b);
        });
    })
}

//! The shapes of objects and clutter, as signed distances.

pub(super) fn length([x, y]: [f32; 2]) -> f32 {
    (x * x + y * y).sqrt()
}

/// Folds the plane into the 36° between a tip of a five-fold figure (on the positive y axis) and the valley next to it.
fn fold_five([x, y]: [f32; 2]) -> [f32; 2] {
    const COS_36: f32 = 0.809_017;
    const SIN_36: f32 = 0.587_785_24;
    let [mut x, mut y] = [x.abs(), y];
    for _ in 0..3 {
        let beyond = (x * COS_36 - y * SIN_36).max(0.0);
        x = (x - 2.0 * beyond * COS_36).abs();
        y += 2.0 * beyond * SIN_36;
    }
    [x, y]
}

/// Signed distance (about) from the object of a class, which fills most of the circle of radius 1.
pub(super) fn object(label: u8, [x, y]: [f32; 2]) -> f32 {
    let radius = length([x, y]);
    match label {
        // Ball.
        0 => radius - 0.8,
        // Ring.
        1 => (radius - 0.65).abs() - 0.2,
        // Box.
        2 => x.abs().max(y.abs()) - 0.7,
        // Triangle with equal sides.
        3 => (0.866_025_4 * x.abs() + 0.5 * y).max(-y) - 0.48,
        // Star: below the line from a tip at 1 to a valley at .42.
        4 => {
            let [x, y] = fold_five([x, y]);
            let valley = [0.42 * 0.587_785_24, 0.42 * 0.809_017];
            let normal = [1.0 - valley[1], valley[0]];
            (normal[0] * x + normal[1] * (y - 1.0)) / length(normal)
        }
        // Cross.
        5 => {
            let [long, short] = [x.abs().max(y.abs()), x.abs().min(y.abs())];
            (long - 0.9).max(short - 0.27)
        }
        // Moon: a disc without another one.
        6 => (radius - 0.85).max(0.72 - length([x - 0.42, y])),
        // Heart: a square on its corner, with half discs on its upper sides.
        7 => {
            let [u, v] = [(x.abs() + y) * 0.707_106_77, (y - x.abs()) * 0.707_106_77];
            let square = u.abs().max(v.abs()) - 0.52;
            square.min(length([u - 0.52, v]) - 0.52)
        }
        // Flower: five petals and a hole for a centre.
        8 => {
            let [x, y] = fold_five([x, y]);
            (length([x, y - 0.6]) - 0.33).min(radius - 0.5).max(0.2 - radius)
        }
        // Fish: an ellipse with a tail.
        _ => {
            let body = (length([(x - 0.22) / 0.7, y / 0.42]) - 1.0) * 0.42;
            let tail = (y.abs() + 0.9 * (x + 0.25)).max(-0.95 - x);
            body.min(tail)
        }
    }
}

/// Small things around and in front of the object: a bar, a blot, a wedge.
pub(super) fn clutter(shape: u32, [x, y]: [f32; 2]) -> f32 {
    match shape {
        0 => (x.abs() - 1.0).max(y.abs() - 0.35),
        1 => length([x, y]) - 0.8,
        _ => (0.866_025_4 * x.abs() + 0.5 * y).max(-y) - 0.45,
    }
}

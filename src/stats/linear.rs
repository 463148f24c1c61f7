//! Weighted least squares with a handful of parameters, for both fits of this room.
//! By the normal equations with columns scaled alike, which is accurate enough for up to three parameters.

/// A pivot smaller than this, of 1, is a rounding error: the rows do not determine the parameters.
const LEAST_PIVOT: f64 = 1e-13;

#[derive(Clone, Copy)]
pub(crate) struct Row<const P: usize> {
    pub x: [f64; P],
    pub y: f64,
    pub weight: f64,
}

/// The parameters of the least weighted squares of `y - x·p`; those not `active` are 0. `None`: the rows do not determine them.
pub(crate) fn least_squares<const P: usize>(
    rows: impl IntoIterator<Item = Row<P>>,
    active: [bool; P],
) -> Option<[f64; P]> {
    let mut matrix = [[0.0; P]; P];
    let mut right = [0.0; P];
    for row in rows {
        for i in (0..P).filter(|i| active[*i]) {
            right[i] += row.weight * row.x[i] * row.y;
            for j in (0..=i).filter(|j| active[*j]) {
                matrix[i][j] += row.weight * row.x[i] * row.x[j];
            }
        }
    }
    let mut scale = [1.0; P];
    for i in 0..P {
        if !active[i] {
            matrix[i][i] = 1.0;
        }
        scale[i] = matrix[i][i].sqrt();
        if !(scale[i] > 0.0 && scale[i].is_finite()) {
            return None;
        }
    }
    // Cholesky's decomposition of the scaled matrix, in place, and the solution of its two triangles.
    let mut solution = [0.0; P];
    for i in 0..P {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] / (scale[i] * scale[j]) - inner;
            matrix[i][j] = if i > j {
                rest / matrix[j][j]
            } else if rest > LEAST_PIVOT {
                rest.sqrt()
            } else {
                return None;
            };
        }
        let inner: f64 = (0..i).map(|k| matrix[i][k] * solution[k]).sum();
        solution[i] = (right[i] / scale[i] - inner) / matrix[i][i];
    }
    for i in (0..P).rev() {
        let inner: f64 = (i + 1..P).map(|k| matrix[k][i] * solution[k]).sum();
        solution[i] = (solution[i] - inner) / matrix[i][i];
    }
    Some(std::array::from_fn(|i| solution[i] / scale[i]))
}

/// The value of the model with these parameters at a row's factors.
pub(crate) fn at<const P: usize>(parameters: &[f64; P], x: &[f64; P]) -> f64 {
    parameters.iter().zip(x).map(|(parameter, factor)| parameter * factor).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cost_model: fn(f64) -> f64, at: &[f64]) -> Vec<Row<3>> {
        at.iter().map(|x| Row { x: [1.0, *x, x * x], y: cost_model(*x), weight: 1.0 / (1.0 + x) }).collect()
    }

    #[test]
    fn a_parabola_is_found_exactly_and_without_its_square_a_line() {
        let rows = rows(|x| 3.0 - 2.0 * x + 0.5 * x * x, &[0.0, 1.0, 10.0, 100.0]);
        let found = least_squares(rows.clone(), [true; 3]).unwrap();
        for (found, known) in found.iter().zip([3.0, -2.0, 0.5]) {
            assert!((found - known).abs() < 1e-8, "{found} {known}");
        }
        let line = least_squares(rows, [true, true, false]).unwrap();
        assert_eq!(line[2], 0.0);
        assert!(line[1] > 0.0, "the best line through a parabola that rises");
    }

    #[test]
    fn two_points_do_not_determine_a_parabola() {
        assert_eq!(least_squares(rows(|x| x, &[1.0, 2.0, 2.0, 1.0]), [true; 3]), None);
        assert_eq!(least_squares(Vec::<Row<2>>::new(), [true; 2]), None);
    }

    #[test]
    fn weights_decide_between_contradictions() {
        let rows = [(1.0, 3.0), (5.0, 1.0)].map(|(y, weight)| Row { x: [1.0], y, weight });
        let mean = least_squares(rows, [true]).unwrap();
        assert!((mean[0] - 2.0).abs() < 1e-12);
        assert_eq!(at(&[2.0, 3.0], &[1.0, 4.0]), 14.0);
    }
}

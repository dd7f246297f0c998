//! Tables for people: columns as wide as what stands in them, nothing cut.

use crate::cli::render::row::width;

/// The rows, each a line, with two spaces between columns.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, wide) in row.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(wide - width(cell) + 2));
    }
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let rows = [vec!["RUN".into(), "日本".into(), "X".into()], vec!["m4xk7".into(), "a".into(), String::new()]];
        assert_eq!(table(&rows), "RUN    日本  X\nm4xk7  a\n");
    }
}

//! The account of the operating system that this process runs under: on one machine it stands for a person (rulings 19).

/// Its name; where the system's table has none, its number. The environment is not asked: anyone can set it.
pub fn name() -> String {
    let uid = rustix::process::getuid().as_raw();
    let table = std::fs::read("/etc/passwd").unwrap_or_default();
    of(uid, &String::from_utf8_lossy(&table)).unwrap_or_else(|| format!("uid-{uid}"))
}

/// The first account of this number in a table of the form `name:password:number:…`.
fn of(uid: u32, table: &str) -> Option<String> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_number() {
        let table = "root:x:0:0:root:/root:/bin/sh\n# a comment\nbob:x:1001:1001::/home/bob:/bin/sh\n";
        assert_eq!(of(1001, table).as_deref(), Some("bob"));
        assert_eq!(of(7, table), None);
    }
}

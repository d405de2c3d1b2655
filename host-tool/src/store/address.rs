//! The address of a server: what of it may be shown, and what of it tells who and where.

/// The address as it may be shown: without its password and without the parameters, any of which may
/// be one. One that can be read in two ways is shown as its scheme and `...`.
#[must_use]
pub(crate) fn shown(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return "...".to_owned();
    };
    let whole = || {
        // The last one: a password may have others in it.
        let (person, rest) = match rest.rsplit_once('@') {
            Some((person, rest)) => (Some(person), rest),
            None => (None, rest),
        };
        // With one of these before it, it may stand in a password or in a parameter.
        if person.is_some_and(|it| it.contains(['/', '?', '#', '@'])) {
            return None;
        }
        let (place, query) = match rest.split_once('?') {
            Some((place, _)) => (place, "?..."),
            None => (rest, ""),
        };
        let (hosts, database) = match place.split_once('/') {
            Some((hosts, database)) => (hosts, Some(database)),
            None => (place, None),
        };
        let is_plain = |text: &str| {
            text.chars()
                .all(|it| it.is_alphanumeric() || "-_.".contains(it))
        };
        if !hosts.split(',').all(is_host) || !database.is_none_or(is_plain) {
            return None;
        }
        let user = person.map(|it| format!("{}@", it.split(':').next().unwrap_or_default()));
        Some(format!(
            "{scheme}://{}{place}{query}",
            user.unwrap_or_default()
        ))
    };
    whole().unwrap_or_else(|| format!("{scheme}://..."))
}

/// Whether it is a host by name or number, with a port or without one.
fn is_host(text: &str) -> bool {
    let is_of = |text: &str, more: &str| {
        text.chars()
            .all(|it| it.is_alphanumeric() || more.contains(it))
    };
    let (host, port) = match (text.strip_prefix('['), text.split_once(':')) {
        (Some(text), _) => match text.split_once(']') {
            Some((host, port)) if is_of(host, ":.") => ("", port.strip_prefix(':').unwrap_or(port)),
            _ => return false,
        },
        (None, Some((host, port))) => (host, port),
        (None, None) => (text, ""),
    };
    is_of(host, "-_.") && port.bytes().all(|it| it.is_ascii_digit())
}

/// What of an address tells who and where: users, passwords, hosts, databases and values of parameters,
/// as they are written and as they are read, in every way in which the address may be taken apart.
#[must_use]
pub(crate) fn parts(address: &str) -> Vec<String> {
    let rest = address.split_once("://").map_or(address, |it| it.1);
    let mut parts = Vec::new();
    let mut add = |text: &str| {
        let decoded = decoded(text);
        if decoded != text {
            parts.push(decoded);
        }
        parts.push(text.to_owned());
    };
    // The last @ may end the person or stand in a parameter: both are taken.
    let before_query = rest.split_once('?').map_or(rest, |it| it.0);
    for whole in [rest, before_query] {
        let (person, place) = whole.rsplit_once('@').unwrap_or(("", whole));
        let (user, password) = person.split_once(':').unwrap_or((person, ""));
        add(user);
        add(password);
        let place = place.split_once('?').map_or(place, |it| it.0);
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        add(database);
        for host in hosts.split(',') {
            add(host);
            let name = match host.strip_prefix('[') {
                Some(name) => name.split(']').next().unwrap_or_default(),
                None => host.split(':').next().unwrap_or_default(),
            };
            add(name);
        }
    }
    let query = rest.split_once('?').map_or("", |it| it.1);
    for parameter in query.split('&') {
        match parameter.split_once('=') {
            // These are words of the program and numbers.
            Some(("sslmode" | "connect_timeout" | "port" | "channel_binding", _)) => {}
            Some((_, value)) => add(value),
            None => add(parameter),
        }
    }
    parts.retain(|it| !it.is_empty());
    parts.sort();
    parts.dedup();
    parts
}

/// A text without its `%40` and the like; what is none stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = (*first == b'%').then(|| behind.get(..2)).flatten();
        let number = hex
            .and_then(|it| std::str::from_utf8(it).ok())
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        match number {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{parts, shown};

    #[test]
    fn no_part_of_a_password_is_shown() {
        for (address, told) in [
            ("postgres://anna@host/db", "postgres://anna@host/db"),
            ("postgres://host/db", "postgres://host/db"),
            ("postgresql://h:5433/d", "postgresql://h:5433/d"),
            ("postgres://a@[::1]:5433/d", "postgres://a@[::1]:5433/d"),
            ("postgres://a@h1:1,h2:2/d", "postgres://a@h1:1,h2:2/d"),
            (
                "postgres://anna:secret@host/db?password=secret",
                "postgres://anna@host/db?...",
            ),
            ("postgres://anna:se%40cret@db.x/r", "postgres://anna@db.x/r"),
            ("postgres://anna:se:cret@db.x/r", "postgres://anna@db.x/r"),
            // What may be read in two ways.
            ("postgres://anna:se?cret@db.x/r", "postgres://..."),
            ("postgres://anna:se/cret@db.x/r", "postgres://..."),
            ("postgres://anna:se#cret@db.x/r", "postgres://..."),
            ("postgres://anna:se@cret@db.x/r", "postgres://..."),
            (
                "postgresql://anna:secret@db.x/r?password=se@cret",
                "postgresql://...",
            ),
            ("postgres://db.x/r?password=se@cret", "postgres://..."),
            // No @ at all, or one that was written as %40.
            ("postgres://anna:secret", "postgres://..."),
            ("postgres://anna:se?cret", "postgres://..."),
            ("postgres://anna:se/cret", "postgres://..."),
            ("postgres://anna:secret%40db.x/r", "postgres://..."),
            ("postgres://anna@db.x/r#secret", "postgres://..."),
            ("anna:secret", "..."),
        ] {
            assert_eq!(shown(address), told, "{address}");
            assert!(!told.contains("cret"));
        }
    }

    #[test]
    fn who_and_where_are_told_as_written_and_as_read() {
        let of = |address| parts(address);
        assert_eq!(
            of("postgres://an%40na:se%2Fcret@db.x:5433,[::1]:5434/r?user=bert&sslmode=require"),
            [
                "::1",
                "[::1]:5434",
                "an%40na",
                "an@na",
                "bert",
                "db.x",
                "db.x:5433",
                "r",
                "se%2Fcret",
                "se/cret",
            ]
        );
        for (address, said) in [
            ("postgres://anna:se?cret@db.x/r", ["anna", "db.x"]),
            ("postgres://anna:s@db.x/r?password=a@b", ["anna", "db.x"]),
            ("postgres://anna:s@db.x/r?password=a@b", ["a@b", "s"]),
            ("postgresql:///r?host=db.x&user=anna", ["anna", "db.x"]),
        ] {
            for said in said {
                assert!(of(address).iter().any(|it| it == said), "{said}: {address}");
            }
        }
    }
}

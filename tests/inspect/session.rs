//! An IMAP session that is held open, and the process of the server that serves it.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

/// Long enough for an answer of a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A logged-in session.
pub struct Session {
    stream: BufReader<TcpStream>,
    /// The process that serves it.
    pub pid: u32,
}

impl Session {
    /// Logs in; the server's own greeting names the process.
    pub fn login(port: u16, user: &str) -> Session {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut session = Session { stream: BufReader::new(stream), pid: 0 };
        let mut greeting = String::new();
        session.stream.read_line(&mut greeting).unwrap();
        let answer = session.ask(&format!("LOGIN {user} {}", super::server::PASSWORD));
        // `SESSIONID=<name-time-PID-count-random>`.
        let id = answer.split_once("SESSIONID=<").and_then(|(_, rest)| rest.split_once('>'));
        let pid = id.and_then(|(id, _)| id.rsplit('-').nth(2)).and_then(|pid| pid.parse().ok());
        session.pid = pid.unwrap_or_else(|| panic!("no session id in {answer}"));
        session
    }

    /// Sends a command, and reads its answer: its last line, which must say OK.
    pub fn ask(&mut self, command: &str) -> String {
        self.send(command);
        self.answer()
    }

    /// Sends a command whose answer may come later.
    pub fn send(&mut self, command: &str) {
        self.stream.get_mut().write_all(format!("a {command}\r\n").as_bytes()).unwrap();
    }

    pub fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).unwrap() > 0, "the server closed the session of {}", self.pid);
            if let Some(answer) = line.strip_prefix("a ") {
                assert!(answer.starts_with("OK"), "{answer}");
                return answer.to_owned();
            }
        }
    }
}

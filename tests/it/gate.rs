//! A gate before moto, for a real process on a real line: it lets requests through to one account, and holds one of them
//! back so that the process can be stopped at that very moment.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::moto::Moto;

/// Which request is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// None.
    Nothing,
    /// The one with this number, counted from 1: the server never hears of it.
    Before(usize),
    /// The one with this number: the server does what it was asked, and the answer is held back.
    After(usize),
    /// Every one of this action.
    Action(&'static str),
}

/// The gate.
#[derive(Debug, Clone)]
pub struct Gate {
    port: u16,
    shared: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug)]
struct State {
    hold: Hold,
    requests: usize,
    holding: bool,
}

impl Gate {
    /// Opens one before an account.
    pub fn new(moto: &Moto) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = State { hold: Hold::Nothing, requests: 0, holding: false };
        let gate = Self { port, shared: Arc::new((Mutex::new(state), Condvar::new())) };
        let (moto, keeper) = (moto.clone(), gate.clone());
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let (moto, keeper) = (moto.clone(), keeper.clone());
                std::thread::spawn(move || keeper.serve(line, &moto));
            }
        });
        gate
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Holds back from now on, and counts anew.
    pub fn hold(&self, hold: Hold) {
        let mut state = self.shared.0.lock().expect("the gate");
        *state = State { hold, requests: 0, holding: false };
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        self.shared.0.lock().expect("the gate").requests
    }

    /// Waits until a request is held back; false where none is within a minute.
    pub fn await_holding(&self) -> bool {
        let (state, bell) = &*self.shared;
        let state = state.lock().expect("the gate");
        let waited = bell.wait_timeout_while(state, Duration::from_secs(60), |state| !state.holding);
        waited.expect("the gate").0.holding
    }

    fn serve(&self, mut line: TcpStream, moto: &Moto) {
        let Some((head, body)) = read_request(&mut line) else { return };
        let action = action(&head, &body);
        let (number, hold) = {
            let mut state = self.shared.0.lock().expect("the gate");
            state.requests += 1;
            (state.requests, state.hold.clone())
        };
        if hold == Hold::Before(number) || matches!(hold, Hold::Action(held) if held == action) {
            return self.keep(line);
        }
        let answer = forward(&head, &body, moto);
        if hold == Hold::After(number) {
            return self.keep(line);
        }
        // Whoever asked may be gone by now.
        let _ = line.write_all(&answer);
    }

    /// Rings, and holds the line open until the other side hangs up.
    fn keep(&self, mut line: TcpStream) {
        let (state, bell) = &*self.shared;
        state.lock().expect("the gate").holding = true;
        bell.notify_all();
        let _ = line.read(&mut [0; 1]);
    }
}

/// Head and body of a request; none where the line was closed instead.
fn read_request(line: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut part = [0; 16_384];
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes[end + 4..end + 4 + length].to_vec()));
            }
        }
        match line.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(length) => bytes.extend_from_slice(&part[..length]),
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let pairs = head.lines().filter_map(|line| line.split_once(':'));
    pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn action(head: &str, body: &[u8]) -> String {
    if let Some(target) = header(head, "x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let body = String::from_utf8_lossy(body);
    body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned()
}

/// Asks moto, in the account's name, and returns its answer whole.
fn forward(head: &str, body: &[u8], moto: &Moto) -> Vec<u8> {
    let mut answer = Vec::new();
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", moto.port())) else { return answer };
    let kept = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let head: Vec<&str> = kept.collect();
    let sent =
        write!(server, "{}\r\nConnection: close\r\nx-moto-account-id: {}\r\n\r\n", head.join("\r\n"), moto.account())
            .and_then(|()| server.write_all(body));
    if sent.is_ok() {
        let _ = server.read_to_end(&mut answer);
    }
    answer
}

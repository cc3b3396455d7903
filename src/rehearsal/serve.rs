//! The rehearsal cloud on loopback, so that the AWS CLI and boto3 can look into it: HTTP/1.1, in real time.
//!
//! It listens on 127.0.0.1 only, checks no signatures, and speaks just enough HTTP for AWS clients: bodies with a
//! `Content-Length`, connections that stay open, and `Expect: 100-continue`. hyper would need its server feature,
//! which nothing else in the program has.

use super::cloud::RehearsalCloud;
use super::wire::{Request, Response};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// No request of the services that a rehearsal has is larger.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// The longest line of a head, and the most lines.
const LONGEST_LINE: u64 = 64 * 1024;
const MOST_LINES: usize = 200;

/// A listener on loopback that is ready to take connections.
pub struct Server {
    listener: TcpListener,
    cloud: Arc<RehearsalCloud>,
}

impl Server {
    /// Listens on 127.0.0.1; port 0 takes any that is free.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn bind(cloud: Arc<RehearsalCloud>, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(Self { listener, cloud })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the system can't tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers requests until the future is dropped.
    ///
    /// # Errors
    /// If no more connections can be taken.
    pub async fn run(self) -> io::Result<()> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let cloud = Arc::clone(&self.cloud);
            // A connection that breaks concerns only its client.
            tokio::spawn(async move { converse(stream, &cloud).await.ok() });
        }
    }
}

/// Answers one connection's requests, one after the other.
async fn converse(stream: TcpStream, cloud: &RehearsalCloud) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some((request, stays)) = read_request(&mut stream).await? {
        let bodiless = request.method == "HEAD";
        // What the transport would report as broken is a connection that closes without an answer.
        let Ok(response) = cloud.answer(request).await else { return Ok(()) };
        write_response(&mut stream, &response, stays, bodiless).await?;
        if !stays {
            break;
        }
    }
    Ok(())
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A line without its end; none at the end of the stream.
async fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.take(LONGEST_LINE).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(malformed("a line is too long"));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map(Some).map_err(|_| malformed("a line is not UTF-8"))
}

/// The next request, and whether the connection stays open after it; none at the end of the stream.
async fn read_request(stream: &mut BufReader<TcpStream>) -> io::Result<Option<(Request, bool)>> {
    let Some(line) = read_line(stream).await? else { return Ok(None) };
    let mut words = line.split(' ');
    let (Some(method), Some(path), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Err(malformed("the request line is malformed"));
    };
    let mut request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
    let mut stays = version == "HTTP/1.1";
    loop {
        let line = read_line(stream).await?.ok_or_else(|| malformed("the head breaks off"))?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header is malformed"))?;
        request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        if request.headers.len() > MOST_LINES {
            return Err(malformed("the head is too long"));
        }
    }
    request.host = request.header("host").unwrap_or_default().to_owned();
    if request.header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close")) {
        stays = false;
    }
    if request.header("transfer-encoding").is_some() {
        return Err(malformed("bodies in chunks are not understood"));
    }
    let length = match request.header("content-length") {
        Some(length) => length.parse::<usize>().map_err(|_| malformed("the length is malformed"))?,
        None => 0,
    };
    if length > LARGEST_BODY {
        return Err(malformed("the body is too large"));
    }
    if request.header("expect").is_some() {
        stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).await?;
    Ok(Some((request, stays)))
}

async fn write_response(
    stream: &mut BufReader<TcpStream>,
    response: &Response,
    stays: bool,
    bodiless: bool,
) -> io::Result<()> {
    let mut bytes = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status)).into_bytes();
    for (name, value) in &response.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    let connection = if stays { "keep-alive" } else { "close" };
    bytes.extend_from_slice(format!("Connection: {connection}\r\n\r\n").as_bytes());
    if !bodiless {
        bytes.extend_from_slice(&response.body);
    }
    stream.get_mut().write_all(&bytes).await?;
    stream.get_mut().flush().await
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        409 => "Conflict",
        412 => "Precondition Failed",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}

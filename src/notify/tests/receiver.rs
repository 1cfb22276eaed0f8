//! An HTTP server that does as it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub enum Behaviour {
    Answer(u16, &'static str),
    /// Reads the request and says nothing.
    Hang,
    /// Takes the request and closes.
    Close,
    /// Closes in the middle of the answer's first line.
    CloseInTheAnswer,
    /// Closes before the request is read.
    CloseAtOnce,
}

pub const TAKES: Behaviour = Behaviour::Answer(202, "");

#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// As the server answered it.
    pub behaviour: Behaviour,
}

impl Request {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn was_taken(&self) -> bool {
        matches!(self.behaviour, Behaviour::Answer(200..=299, _))
    }
}

#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    pub fn start(behaviour: Behaviour) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").unwrap(), behaviour, None)
    }

    pub fn start_tls(config: rustls::ServerConfig) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").unwrap(), TAKES, Some(Arc::new(config)))
    }

    pub fn listen(listener: TcpListener, behaviour: Behaviour, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let address = listener.local_addr().unwrap();
        let receiver = Self { address, behaviour: Arc::new(Mutex::new(behaviour)), requests: Arc::default() };
        let server = receiver.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (server, tls) = (server.clone(), tls.clone());
                thread::spawn(move || server.accept(stream, tls));
            }
        });
        receiver
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn taken(&self) -> Vec<Request> {
        self.requests().into_iter().filter(Request::was_taken).collect()
    }

    fn accept(&self, stream: TcpStream, tls: Option<Arc<rustls::ServerConfig>>) {
        // The test is over by then.
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        match tls {
            None => drop(self.serve(stream)),
            Some(config) => drop(self.serve(rustls::StreamOwned::new(rustls::ServerConnection::new(config).unwrap(), stream))),
        }
    }

    fn serve(&self, mut stream: impl Read + Write) -> std::io::Result<()> {
        if *self.behaviour.lock().unwrap() == Behaviour::CloseAtOnce {
            return Ok(());
        }
        let request = read(&mut stream)?;
        let behaviour = self.behaviour.lock().unwrap().clone();
        self.requests.lock().unwrap().push(Request { behaviour: behaviour.clone(), ..request });
        match behaviour {
            Behaviour::Answer(status, headers) => {
                let body = "said <by> the receiver";
                write!(stream, "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
            }
            Behaviour::CloseInTheAnswer => write!(stream, "HTTP/1.1 20"),
            Behaviour::Hang => stream.read(&mut [0]).map(drop),
            Behaviour::Close | Behaviour::CloseAtOnce => Ok(()),
        }
    }
}

fn read(stream: &mut impl Read) -> std::io::Result<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Request { path, headers, body: String::from_utf8(body).unwrap(), behaviour: TAKES })
}

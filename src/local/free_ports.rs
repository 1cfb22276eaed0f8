//! Ports for processes that can not be asked which one they took.

use std::net::TcpListener;

use super::error::LocalError;

/// Ports of this machine that nobody listens on, each another one. Somebody else may take one before it is used.
///
/// # Errors
/// Where there is none.
pub fn free_ports(count: usize) -> Result<Vec<u16>, LocalError> {
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>().map_err(LocalError::io("a free port"))?;
    listeners
        .iter()
        .map(|listener| listener.local_addr().map(|address| address.port()))
        .collect::<Result<_, _>>()
        .map_err(LocalError::io("a free port"))
}

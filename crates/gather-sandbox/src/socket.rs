//! A connection whose own behaviour can be spoilt: reset at its end, or bytes let out one by one.
//!
//! It lies under TLS where there is any, so there the bytes are the encrypted ones.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::Notify,
    time::{Sleep, sleep},
};

/// What the service may order of the connection it answers on.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    reset: AtomicBool,
    trickle: OnceLock<(usize, Duration)>,
    hang_up: Notify,
}

impl Switch {
    /// The connection ends with RST instead of FIN, and nothing leaves it before.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    /// From now on at most `bytes` leave at a time, `every` apart, until the connection ends.
    pub(crate) fn trickle(&self, bytes: usize, every: Duration) {
        self.trickle.get_or_init(|| (bytes.max(1), every));
    }

    /// An HTTP/2 connection ends, with all its requests.
    pub(crate) fn hang_up(&self) {
        self.hang_up.notify_one();
    }

    pub(crate) async fn hung_up(&self) {
        self.hang_up.notified().await;
    }

    fn is_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
pub(crate) struct Socket {
    io: TcpStream,
    switch: Arc<Switch>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    pub(crate) fn new(io: TcpStream, switch: Arc<Switch>) -> Self {
        Self {
            io,
            switch,
            pause: None,
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.switch.is_reset() {
            // Closing with zero linger is what makes the kernel send RST. If it cannot be set the client sees FIN.
            let _ = self.io.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.switch.is_reset() {
            // TLS would say goodbye here, and the client would see a clean end.
            return Poll::Ready(Ok(buf.len()));
        }
        let Some((bytes, every)) = self.switch.trickle.get().copied() else {
            return Pin::new(&mut self.io).poll_write(cx, buf);
        };
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, &buf[..buf.len().min(bytes)]))?;
        self.pause = Some(Box::pin(sleep(every)));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.switch.is_reset() {
            // A shutdown would send FIN first, and the client would see a clean end.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.switch.trickle.get().is_none() && !self.switch.is_reset() {
            return Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        }
        let first = bufs
            .iter()
            .find(|buf| !buf.is_empty())
            .map_or(&[][..], |buf| &**buf);
        self.poll_write(cx, first)
    }
}

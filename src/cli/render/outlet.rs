//! A stream whose reader may stand still (a full pipe, a terminal stopped by Ctrl-S): a thread of its own writes to it, so that
//! nobody else waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use crate::cli::console::Console;

/// A text, made at the moment at which it is written.
type Text = Box<dyn FnOnce() -> String + Send>;

/// A way to a stream. Whoever has much to say asks first whether it is free, and keeps to itself what is not urgent.
///
/// When it is dropped, all that it was given has been written.
pub struct Outlet {
    texts: Option<Sender<Text>>,
    /// Texts that are not written yet.
    waiting: Arc<AtomicUsize>,
    writer: Option<JoinHandle<()>>,
}

impl Outlet {
    /// To standard error.
    ///
    /// # Errors
    /// No thread can be made.
    pub fn err(console: &Console) -> std::io::Result<Self> {
        let console = console.clone();
        Self::start("stderr", move |text| console.err(text))
    }

    /// To standard output, as JSON; once nobody reads it any more, nothing is written.
    ///
    /// # Errors
    /// No thread can be made.
    pub fn out_json(console: &Console) -> std::io::Result<Self> {
        let console = console.clone();
        let mut read = true;
        Self::start("stdout", move |json| read = read && console.out_json(json))
    }

    fn start(name: &str, mut write: impl FnMut(&str) + Send + 'static) -> std::io::Result<Self> {
        let (texts, given) = channel::<Text>();
        let waiting = Arc::new(AtomicUsize::new(0));
        let left = waiting.clone();
        let writer = std::thread::Builder::new().name(name.into()).spawn(move || {
            for text in given {
                let text = text();
                if !text.is_empty() {
                    write(&text);
                }
                left.fetch_sub(1, Ordering::Release);
            }
        })?;
        Ok(Self { texts: Some(texts), waiting, writer: Some(writer) })
    }

    /// Whether all that was given is written.
    pub fn is_free(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0
    }

    /// Has a text written, after all that was given before. Never waits.
    pub fn give(&self, text: String) {
        self.give_made(move || text);
    }

    /// As [`Self::give`], of a text that depends on how the stream is when it is written.
    pub fn give_made(&self, text: impl FnOnce() -> String + Send + 'static) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if let Some(texts) = &self.texts {
            // The thread ends only after this.
            let _ = texts.send(Box::new(text));
        }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        drop(self.texts.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_free_again_when_its_reader_comes_back() {
        let (hold, held) = std::sync::mpsc::sync_channel(0);
        let (wrote, written) = channel();
        let write = move |text: &str| {
            let () = held.recv().unwrap();
            wrote.send(text.to_owned()).unwrap();
        };
        let outlet = Outlet::start("test", write).unwrap();
        assert!(outlet.is_free());
        outlet.give("a".into());
        outlet.give("b".into());
        assert!(!outlet.is_free(), "the reader stands still, and nobody waited");
        hold.send(()).unwrap();
        hold.send(()).unwrap();
        drop(outlet);
        assert_eq!(written.iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}

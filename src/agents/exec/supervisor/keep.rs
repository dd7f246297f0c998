//! The record of an end, on a disk that may be full.
//!
//! Room for a usual record was set aside before the program started. A larger one waits for room and says so. Where that is waited for
//! no longer, the record is written without what the program printed, and tells that.

use std::io;
use std::time::Duration;

use crate::agents::exec::folder::{self, Claim, Folder, RESERVED};
use crate::agents::exec::job::Tag;
use crate::agents::exec::supervisor::Ended;
use crate::agents::exec::supervisor::wire::{Word, tell_line};

/// How long a larger record waits for room: an hour in all. As long again waits one that is short.
const FULL_TRIES: u32 = 14_400;
const FULL_PAUSE: Duration = Duration::from_millis(250);

/// What of the room that is set aside the name of the attempt may take.
const NAME_MAX: u64 = 512;

/// Records how a program ended; with `durable` past power loss too, where `wfc` is gone.
///
/// # Errors
/// What the system says; a full disk only after hours.
pub(super) fn keep(folder: &Folder, claim: &Claim, ended: &mut Ended, durable: bool) -> io::Result<()> {
    for tries in 0.. {
        let error = match folder.record(claim, &ended.end, durable && ended.control.is_none()) {
            Err(error) if tries < 2 * FULL_TRIES && (folder::is_full(&error) || folder::is_scarce(&error)) => error,
            recorded => return recorded,
        };
        let is_full = folder::is_full(&error);
        if is_full && tries == 0 && !is_given_up(ended) {
            say(folder, ended);
        }
        let is_over = is_given_up(ended) || has_to_end(folder, ended) || tries >= FULL_TRIES;
        if is_full && is_over {
            let why = format!("its output found no room: {}", needs(folder, ended.end.size()));
            if ended.all_told && !is_given_up(ended) {
                tell_line(Tag::Runtime, &format!("the program has ended, {why}"));
            }
            ended.end.leave_output_out(why, RESERVED - NAME_MAX);
            // From here on it waits as any does that has a short one.
            std::thread::sleep(FULL_PAUSE.min(Duration::from_millis(u64::from(tries))));
        }
    }
    Ok(())
}

/// Whether nobody wants what it printed, or there is nothing of it.
fn is_given_up(ended: &Ended) -> bool {
    ended.end.stopped.is_some() || ended.end.stdout.is_empty()
}

/// Waits for a moment, and gives whether `wfc` has said meanwhile that the attempt is to end.
fn has_to_end(folder: &Folder, ended: &mut Ended) -> bool {
    match ended.control.as_mut().map(|control| control.word_within(FULL_PAUSE)) {
        Some(Word::Cancel) => {
            ended.is_clean = false;
            return true;
        }
        Some(Word::Gone) => ended.control = None,
        Some(Word::Nothing) => {}
        None => std::thread::sleep(FULL_PAUSE),
    }
    folder.is_asked_to_cancel()
}

/// To `wfc` where it is there, and to whoever looks into the folder.
fn say(folder: &Folder, ended: &Ended) {
    folder.want_room(ended.end.size());
    if ended.all_told {
        tell_line(Tag::Runtime, &waits(folder, ended.end.size()));
    }
}

/// That a program has ended, and what its record waits for.
pub fn waits(folder: &Folder, bytes: u64) -> String {
    format!("the program has ended, its output waits for room: {}", needs(folder, bytes))
}

fn needs(folder: &Folder, bytes: u64) -> String {
    format!("the disk of `{}` is full, {}KiB are needed", folder.parent().display(), bytes.div_ceil(1 << 10))
}

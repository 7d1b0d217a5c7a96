//! The reader process (`assured read`, hidden): requests on standard input, answers on standard output, until the end
//! of input. Limits itself before it reads. Must not touch files or the network, nor repeat what it read in an error.

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use crate::adapters::reader::confine;
use crate::adapters::reader::wire::{self, Answer, Confinement, Hello, Request, VERSION};
use crate::intake::message::Documents;
use crate::intake::{Receiver, document, message, teach};

pub fn main() -> ExitCode {
    // The message of a panic may quote what was being read; its place never does.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("panicked at {place}");
    }));
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock(), answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Greets, limits this process, then has `read` answer each request on a thread whose stack is known.
pub fn serve<R>(input: &mut impl Read, output: &mut impl Write, read: R) -> io::Result<()>
where
    R: Fn(&Request, &[u8], &Receiver) -> Option<Answer> + Send + 'static,
{
    let Some((hello, _)) = wire::read_frame::<Hello>(input)? else {
        return Ok(());
    };
    if hello.version != VERSION {
        return Err(io::Error::other(format!(
            "this reader speaks version {VERSION} of the protocol, not version {}: restart the daemon",
            hello.version
        )));
    }
    let confines = hello.confines;
    let no_files = confine::no_files();
    confine::resources(&confines)?;
    let (requests, incoming) = mpsc::sync_channel::<(Request, Vec<u8>)>(0);
    let (outgoing, answers) = mpsc::sync_channel::<Option<Answer>>(0);
    thread::Builder::new().stack_size(confines.stack_bytes).spawn(move || {
        // It stands: what starting a thread asks of the system may be forbidden from here on.
        if outgoing.send(None).is_err() {
            return;
        }
        for (request, body) in incoming {
            if outgoing.send(read(&request, &body, &hello.receiver)).is_err() {
                break;
            }
        }
    })?;
    answers.recv().map_err(|_| io::Error::other(THREAD_ENDED))?;
    confine::no_new_processes()?;
    let confinement = Confinement { no_files, few_calls: confine::few_calls() };
    wire::write_frame(output, &Answer::Ready { version: VERSION, confinement }, &[])?;
    while let Some(request) = wire::read_frame(input)? {
        confine::cpu_from_now(confines.cpu_secs)?;
        requests.send(request).map_err(|_| io::Error::other(THREAD_ENDED))?;
        let answer = answers.recv().map_err(|_| io::Error::other(THREAD_ENDED))?;
        let answer = answer.ok_or_else(|| io::Error::other("the message has no such attachment"))?;
        wire::write_frame(output, &answer, &[])?;
    }
    Ok(())
}

const THREAD_ENDED: &str = "the thread that reads has ended";

/// What intake says. `None` for an attachment that is not there.
pub fn answer(request: &Request, body: &[u8], receiver: &Receiver) -> Option<Answer> {
    Some(match request {
        Request::Message => Answer::Message { facts: Box::new(message::read(body, receiver, Documents::Read)) },
        Request::MessageWithoutDocuments => {
            Answer::Message { facts: Box::new(message::read(body, receiver, Documents::Skip)) }
        }
        Request::Envelope => Answer::Message { facts: Box::new(message::envelope_only(body, receiver)) },
        Request::Attachment { index } => {
            let attachments = message::attachments(body, receiver);
            let attachment = attachments.get(*index)?;
            Answer::Document { document: Box::new(document::read(&attachment.name, &attachment.bytes, receiver)) }
        }
        Request::Teach { name } => Answer::Taught { taught: teach::teach(name, body, &receiver.profiles) },
        Request::Document { name } => Answer::Document { document: Box::new(document::read(name, body, receiver)) },
    })
}

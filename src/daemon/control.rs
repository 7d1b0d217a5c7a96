//! Serves the command line over the control socket: looks are answered from the records, commands go to the desk.

use tokio::sync::watch as signal;

use crate::adapters::clock::Clock;
use crate::adapters::control::{Answer, Request, Server};
use crate::desk::{DeskError, DeskHandle};
use crate::domain::event::Event;

pub(super) async fn serve(
    mut server: Server,
    desk: DeskHandle,
    clock: Clock,
    mut stop: signal::Receiver<bool>,
) -> anyhow::Result<()> {
    while let Some((request, replier)) = super::or_stop(server.accept(), &mut stop).await {
        let answer = match answer(&desk, &clock, request).await {
            Err(error) if !error.is_final() => {
                Answer { done: false, rows: Vec::new(), message: Some(error.to_string()) }
            }
            answer => answer?,
        };
        replier.reply(answer);
    }
    Ok(())
}

async fn answer(desk: &DeskHandle, clock: &Clock, request: Request) -> Result<Answer, DeskError> {
    let at = clock.now();
    let event = match request {
        Request::Do { case, command, manner, by } => Event::CommandGiven { at, by, case, command, manner },
        Request::Retry { letter, by } | Request::Release { letter, by } => Event::LetterReleased { at, by, letter },
        Request::Cases | Request::Case { .. } | Request::Explain { .. } | Request::Outbox => {
            return desk.look(move |desk| desk.tell(&request, at)).await;
        }
    };
    let (done, message) = match desk.take(event, None).await? {
        Ok(handled) => (true, handled.why),
        Err(refusal) => (false, refusal.to_string()),
    };
    Ok(Answer { done, rows: Vec::new(), message: Some(message) })
}

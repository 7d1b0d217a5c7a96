//! Starts the program that tells people of trouble by another way than mail, once for a trouble: on the record before it
//! is started, so that no restart repeats it. Decides nothing.

use tracing::{error, warn};

use super::{Stop, Woken, pause, waited_out};
use crate::adapters::alarm::AlarmProgram;
use crate::adapters::clock::Clock;
use crate::desk::{DeskError, DeskHandle};
use crate::domain::event::Event;

pub(super) struct Alarm {
    pub(super) desk: DeskHandle,
    pub(super) clock: Clock,
    pub(super) program: Option<AlarmProgram>,
}

impl Alarm {
    pub(super) async fn round(&self) -> Result<(), DeskError> {
        let Some(program) = &self.program else { return Ok(()) };
        for (trouble, text) in self.desk.look(|desk| desk.store().alarms()).await? {
            let raised = Event::AlarmRaised { at: self.clock.now(), trouble: trouble.clone() };
            if self.desk.record(raised).await?.is_none_or(|handled| handled.step.is_none()) {
                // It ended meanwhile.
                continue;
            }
            warn!(?trouble, "The alarm program is started");
            let mailbox = trouble.mailbox().map_or("", |mailbox| mailbox.as_str());
            let variables = [("ASSURED_TROUBLE", trouble.name()), ("ASSURED_MAILBOX", mailbox)];
            if let Err(fault) = program.run(&text, &variables).await {
                error!(?trouble, "The alarm program failed: {fault}. `assured check` looks at it");
            }
        }
        Ok(())
    }
}

pub(super) async fn keep_raising(alarm: Alarm, mut stop: Stop) -> anyhow::Result<()> {
    let mut desk = alarm.desk.clone();
    loop {
        let next = waited_out(alarm.round().await.map(|()| None), &alarm.clock)?;
        if pause(&alarm.clock, next, desk.changed(), &mut stop).await? == Woken::Stop {
            return Ok(());
        }
    }
}

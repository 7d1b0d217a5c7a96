//! The program that tells people of trouble by another way than mail: started without a shell, with a deadline. Decides
//! nothing about what is told.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// Less than the program waits for its tasks when it is asked to stop.
const SECS_MAX: u64 = 15;
/// Of our environment only these: the rest may hold passwords.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "TZ"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmProgram {
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum AlarmError {
    #[error("{program} cannot be started: {source}", program = .program.display())]
    Start { program: PathBuf, source: io::Error },
    #[error("{program} ended with {status}", program = .program.display())]
    Failed { program: PathBuf, status: ExitStatus },
    #[error("{program} did not end within {SECS_MAX} seconds and was stopped", program = .program.display())]
    Overdue { program: PathBuf },
}

impl AlarmProgram {
    /// `text` on its standard input; the variables in its environment.
    pub async fn run(&self, text: &str, variables: &[(&str, &str)]) -> Result<(), AlarmError> {
        let program = || self.program.clone();
        let ours = PASSED_ON.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        // A bare name would be looked for in PATH.
        let spawned = Command::new(Path::new(".").join(&self.program))
            .args(&self.arguments)
            .env_clear()
            .envs(ours)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child = spawned.map_err(|source| AlarmError::Start { program: program(), source })?;
        let ended = async {
            if let Some(mut input) = child.stdin.take() {
                // It need not read it.
                input.write_all(text.as_bytes()).await.ok();
            }
            child.wait().await
        };
        match timeout(Duration::from_secs(SECS_MAX), ended).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(AlarmError::Failed { program: program(), status }),
            Ok(Err(source)) => Err(AlarmError::Start { program: program(), source }),
            Err(_) => Err(AlarmError::Overdue { program: program() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program of these lines of shell.
    fn program(folder: &Path, lines: &str) -> AlarmProgram {
        let program = folder.join("alarm");
        fs::write(&program, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        AlarmProgram { program, arguments: vec![folder.join("out").display().to_string(), "a b; $HOME".to_owned()] }
    }

    #[tokio::test]
    async fn it_gets_its_arguments_as_they_are_the_text_and_what_it_is_about() {
        let folder = tempfile::tempdir().unwrap();
        let lines = "{ echo \"$2\"; echo \"$ASSURED_TROUBLE\"; echo \"${CARGO_MANIFEST_DIR-unset}\"; cat; } > \"$1\"";
        program(folder.path(), lines).run("all is lost\n", &[("ASSURED_TROUBLE", "disk-full")]).await.unwrap();
        let out = fs::read_to_string(folder.path().join("out")).unwrap();
        assert_eq!(out, "a b; $HOME\ndisk-full\nunset\nall is lost\n");
    }

    #[tokio::test]
    async fn its_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let failed = program(folder.path(), "exit 7").run(&"x".repeat(1_000_000), &[]).await.unwrap_err();
        assert!(failed.to_string().ends_with("alarm ended with exit status: 7"), "{failed}");
        let none = AlarmProgram { program: folder.path().join("none"), arguments: Vec::new() };
        let missing = none.run("", &[]).await.unwrap_err().to_string();
        assert!(missing.contains("none cannot be started: No such file"), "{missing}");
    }
}

//! The system calls that a reader is left with, by seccomp: memory, waiting for its own threads, reading requests,
//! writing answers. Any other fails with EPERM, so that a library which tries one carries on without it.

use std::collections::BTreeMap;
use std::process;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter_all_threads,
};

/// Whatever their arguments.
const FREE: [i64; 23] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
];

/// Standard input, output and error: a descriptor that was inherited by mistake is of no use.
const INPUT: u64 = 0;
const OUTPUT: u64 = 1;
const ERROR: u64 = 2;

/// Leaves every thread of this process those calls only. `false`: the kernel, or the processor, knows no filters.
pub fn few_calls() -> bool {
    filter().is_ok_and(|filter| apply_filter_all_threads(&filter).is_ok())
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FREE.into_iter().map(|call| (call, Vec::new())).collect();
    let no_code = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
    // Of limits only that on processor time, which begins anew with each request, and only its own.
    let own_cpu = vec![is(0, 0)?, is(1, u64::from(libc::RLIMIT_CPU))?];
    // What abort does. Signals to the daemon, which is the same user, are none of its business.
    let itself = vec![is(0, u64::from(process::id()))?];
    rules.extend([
        (libc::SYS_read, vec![SeccompRule::new(vec![is(0, INPUT)?])?]),
        (libc::SYS_write, to_output()?),
        (libc::SYS_writev, to_output()?),
        (libc::SYS_mmap, vec![SeccompRule::new(vec![argument(2, no_code.clone(), 0)?])?]),
        (libc::SYS_mprotect, vec![SeccompRule::new(vec![argument(2, no_code, 0)?])?]),
        (libc::SYS_prlimit64, vec![SeccompRule::new(own_cpu)?]),
        (libc::SYS_tgkill, vec![SeccompRule::new(itself)?]),
    ]);
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, refused, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?.try_into()
}

fn to_output() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    Ok(vec![SeccompRule::new(vec![is(0, OUTPUT)?])?, SeccompRule::new(vec![is(0, ERROR)?])?])
}

fn is(index: u8, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    argument(index, SeccompCmpOp::Eq, value)
}

fn argument(index: u8, compared: SeccompCmpOp, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, compared, value)
}

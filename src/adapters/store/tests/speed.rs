use super::*;
#[test]
#[ignore = "x"]
fn speed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open_sound(dir.path());
    let t = std::time::Instant::now();
    let n = 40_000u32;
    let mut steps = 0;
    for i in 1..=n {
        let mut s = opening_step(i);
        let no = store.next_step();
        s.letters = vec![letter(no, 0, Some(case(i)), Level::Send)];
        store.stage(s).unwrap();
        let id = LetterId { step: no, index: 0 };
        store.stage(step(Event::AttemptStarted { at: moment(i64::from(i)), letter: id })).unwrap();
        store
            .stage(step(Event::AttemptEnded {
                at: moment(i64::from(i)),
                letter: id,
                outcome: crate::domain::event::Outcome::Sent { response: "250 ok".into() },
            }))
            .unwrap();
        steps += 3;
        if i % 20 == 0 {
            store.commit().unwrap();
        }
    }
    let el = t.elapsed();
    eprintln!(
        "\nstage+commit {steps} in {el:?} = {:.0}/s, journal {} MB",
        steps as f64 / el.as_secs_f64(),
        store.journal.bytes() >> 20
    );
    let t = std::time::Instant::now();
    for _ in 0..100 {
        store.traffic_all().unwrap();
        store.traffic(&address("priya@supplier.example")).unwrap();
    }
    eprintln!("traffic x100 {:?}", t.elapsed());
    drop(store);
    let t = std::time::Instant::now();
    let store = open_sound(dir.path());
    eprintln!("open {:?}", t.elapsed());
    drop(store);
    let t = std::time::Instant::now();
    verify(dir.path(), None).unwrap();
    eprintln!("verify {:?}", t.elapsed());
    std::fs::remove_dir_all(dir.path().join("store")).unwrap();
    let t = std::time::Instant::now();
    let (store, o) = open(dir.path());
    let el = t.elapsed();
    eprintln!("rebuild {} in {el:?} = {:.0}/s", o.caught_up, o.caught_up as f64 / el.as_secs_f64());
    drop(store);
    eprintln!(
        "{}",
        String::from_utf8(
            std::process::Command::new("du").arg("-sh").arg(dir.path().join("store")).output().unwrap().stdout
        )
        .unwrap()
    );
    eprintln!(
        "{}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .filter(|l| l.starts_with("VmHWM"))
            .collect::<String>()
    );
}

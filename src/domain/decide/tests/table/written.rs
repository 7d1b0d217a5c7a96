//! What `table` asserts: a row for each event, a column for each phase of a lane.

pub(super) const ASSURANCE_LANE: &str = "
                                         | Enq  ScR  ScC  PkS  PkD  PkR  PkC  Ses  Out  Rem  UpD  UpR  Tcc     RtD  RtR  Ass
SCAL, new                                | ScR  ·    ScR  ScR  ScR  ScR  ScR  ScR  ScR  ScR  UpR  ·    ScR     RtR  ·    ScR
SCAL, sent before                        | ScR  ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
SCAL with the certificate                | ScR  ·    ScR  ScR  ScR  ScR  ScR  ScR  ScR  ScR  UpR  ·    ScR     RtR  ·    ScR
SCAL for another team                    | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
SCAL and pack                            | ScR  ·    ScR  ScR  ScR  ScR  ScR  ScR  ScR  ScR  UpR  ·    ScR     RtR  ·    ScR
pack                                     | ·    ·    ·    PkR  PkR  ·    PkR  ·    ·    PkR  ·    ·    ·       ·    ·    ·
pack, a part                             | ·    ·    ·    PkR  PkR  ·    PkR  ·    ·    PkR  ·    ·    ·       ·    ·    ·
form RXQ                                 | +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR    +FoR +FoR +FoR
form RYR                                 | +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR +FoR    +FoR +FoR +FoR
form without ODS code                    | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
certificate alone                        | ·    ·    ·    ·    ·    ·    ·    ·    ·    PkR  ·    ·    ·       ·    ·    ·
another file                             | ·    ·    ·    ·    ·    ·    ·    ·    ·    PkR  ·    ·    ·       ·    ·    ·
file that cannot be read                 | ·    ·    ·    ·    ·    ·    ·    ·    ·    PkR  ·    ·    ·       ·    ·    ·
question                                 | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
message                                  | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
thank-you                                | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
out of office                            | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
bounce                                   | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
session accepted                         | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
session declined                         | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
speaks of patient harm                   | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
reply                                    | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
reply of LSOB                            | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
reply with a pack                        | ·    ·    ·    PkD  ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
reply with certificate                   | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    RtD+AgD ·    ·    ·
reply with invitation                    | ·    ·    ·    ·    ·    Ses  ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!accept                                  | no   PkS  no   no   no   no   no   no   no   no   no   Tcc  no      no   Ass  no
!changes                                 | no   ScC  no   no   no   PkC  no   no   no   no   no   UpD  no      no   RtD  no
!changes RXQ                             | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!session 30 June 2027 10am               | no   no   no   no   no   Ses  no   ·    Ses  Ses  no   no   no      no   no   no
!cancel                                  | no   no   no   no   no   no   no   PkR  PkR  no   no   no   no      no   no   no
!passed                                  | no   no   no   no   no   Tcc  no   Tcc  Tcc  Tcc  no   no   no      no   no   no
!passed A005-03                          | no   no   no   no   no   ·    no   Out  ·    ·    no   no   no      no   no   no
!remedial A009-01                        | no   no   no   no   no   Rem  no   Rem  Rem  ·    no   no   no      no   no   no
!scal-update                             | no   no   no   no   no   ·    no   ·    ·    ·    no   no   UpD     no   no   no
!tcc                                     | no   no   no   no   no   no   no   no   no   no   no   no   RtD+AgD no   no   no
!agreement                               | no   no   no   no   no   no   no   no   no   no   no   no   no      +AcD +AcD +AcD
!agreement unchanged                     | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!accepted                                | no   no   no   no   no   no   no   no   no   no   no   no   no      +Acc +Acc +Acc
!approve                                 | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!approve RXQ                             | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!mode application-restricted             | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       +FoD +FoD +FoD
!mode user-restricted                    | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!hold away                               | ·    ·    no   no   no   ·    no   no   no   no   no   ·    no      no   ·    no
!resume                                  | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!restart                                 | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!until 1 March 2027                      | no   no   ·    no   ·    no   ·    no   no   ·    ·    no   no      ·    no   no
!told by phone                           | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!note rang them                          | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!received scal on 23 November 2026       | ScR  ·    ScR  ScR  ScR  ScR  ScR  ScR  ScR  ScR  UpR  ·    ScR     RtR  ·    ScR
!withdraw                                | end  end  end  end  end  end  end  end  end  end  end  end  end     end  end  end
!close dormant                           | end  end  end  end  end  end  end  end  end  end  end  end  end     end  end  end
!reopen                                  | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!contact add o@carevista.example         | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!contact remove priya@carevista.example  | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!merge ERS-00009                         | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!split scal-1.xlsx                       | no   Enq  ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!move ERS-00009                          | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!assign asha                             | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!away 1 December 2026 to 2 December 2026 | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!back                                    | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!undo                                    | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!stop                                    | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
!start                                   | no   no   no   no   no   no   no   no   no   no   no   no   no      no   no   no
!help                                    | ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·       ·    ·    ·
notice: warning                          | ·    ·    -    -    -    ·    -    -    -    -    -    ·    -       -    ·    -
notice: breach                           | ·    ·    -    -    -    ·    -    -    -    -    -    ·    -       -    ·    -
notice: escalation                       | ·    ·    -    -    -    ·    -    -    -    -    -    ·    -       -    ·    -
notice: outcome overdue                  | -    ·    -    ·    -    ·    -    -    ·    -    -    ·    ·       -    ·    -
notice: reminder                         | -    -    ·    -    ·    -    ·    -    -    ·    ·    -    -       ·    -    -
notice: second reminder                  | -    -    ·    -    ·    -    ·    -    -    ·    ·    -    -       ·    -    -
notice: silence                          | -    -    ·    -    ·    -    ·    -    -    ·    ·    -    -       ·    -    -
notice: day before session               | -    -    -    -    -    -    -    ·    -    -    -    -    -       -    -    -
notice: session over                     | -    -    -    -    -    -    -    Out  -    -    -    -    -       -    -    -";

pub(super) const AGREEMENT_LANE: &str = "
                                         | AgD  AcD  Acc
SCAL, new                                | +ScR +ScR +ScR
SCAL, sent before                        | ·    ·    ·
SCAL with the certificate                | +ScR +ScR +ScR
SCAL for another team                    | ·    ·    ·
SCAL and pack                            | +ScR +ScR +ScR
pack                                     | ·    ·    ·
pack, a part                             | ·    ·    ·
form RXQ                                 | +FoR +FoR +FoR
form RYR                                 | +FoR +FoR +FoR
form without ODS code                    | ·    ·    ·
certificate alone                        | ·    ·    ·
another file                             | ·    ·    ·
file that cannot be read                 | ·    ·    ·
question                                 | ·    ·    ·
message                                  | ·    ·    ·
thank-you                                | ·    ·    ·
out of office                            | ·    ·    ·
bounce                                   | ·    ·    ·
session accepted                         | ·    ·    ·
session declined                         | ·    ·    ·
speaks of patient harm                   | ·    ·    ·
reply                                    | ·    ·    ·
reply of LSOB                            | ·    ·    ·
reply with a pack                        | ·    ·    ·
reply with certificate                   | ·    ·    ·
reply with invitation                    | ·    ·    ·
!accept                                  | no   no   no
!changes                                 | no   no   no
!changes RXQ                             | no   no   no
!session 30 June 2027 10am               | no   no   no
!cancel                                  | no   no   no
!passed                                  | no   no   no
!passed A005-03                          | no   no   no
!remedial A009-01                        | no   no   no
!scal-update                             | no   no   no
!tcc                                     | no   no   no
!agreement                               | AcD  no   no
!agreement unchanged                     | no   no   no
!accepted                                | Acc  Acc  no
!approve                                 | no   no   no
!approve RXQ                             | no   no   no
!mode application-restricted             | +FoD +FoD +FoD
!mode user-restricted                    | ·    ·    ·
!hold away                               | no   no   no
!resume                                  | no   no   no
!restart                                 | no   no   no
!until 1 March 2027                      | no   ·    no
!told by phone                           | ·    ·    ·
!note rang them                          | ·    ·    ·
!received scal on 23 November 2026       | +ScR +ScR +ScR
!withdraw                                | end  end  end
!close dormant                           | end  end  end
!reopen                                  | no   no   no
!contact add o@carevista.example         | ·    ·    ·
!contact remove priya@carevista.example  | no   no   no
!merge ERS-00009                         | no   no   no
!split scal-1.xlsx                       | ·    ·    ·
!move ERS-00009                          | no   no   no
!assign asha                             | ·    ·    ·
!away 1 December 2026 to 2 December 2026 | ·    ·    ·
!back                                    | no   no   no
!undo                                    | no   no   no
!stop                                    | ·    ·    ·
!start                                   | no   no   no
!help                                    | ·    ·    ·
notice: warning                          | -    -    -
notice: breach                           | -    -    -
notice: escalation                       | -    -    -
notice: outcome overdue                  | ·    -    -
notice: reminder                         | -    ·    -
notice: second reminder                  | -    ·    -
notice: silence                          | -    ·    -
notice: day before session               | -    -    -
notice: session over                     | -    -    -";

pub(super) const FORM_LANE: &str = "
                                         | FoD     FoR  FoA
SCAL, new                                | +ScR    +ScR +ScR
SCAL, sent before                        | ·       ·    ·
SCAL with the certificate                | +ScR    +ScR +ScR
SCAL for another team                    | ·       ·    ·
SCAL and pack                            | +ScR    +ScR +ScR
pack                                     | ·       ·    ·
pack, a part                             | ·       ·    ·
form RXQ                                 | end+FoR ·    FoR
form RYR                                 | end+FoR +FoR +FoR
form without ODS code                    | ·       ·    ·
certificate alone                        | ·       ·    ·
another file                             | ·       ·    ·
file that cannot be read                 | ·       ·    ·
question                                 | ·       ·    ·
message                                  | ·       ·    ·
thank-you                                | ·       ·    ·
out of office                            | ·       ·    ·
bounce                                   | ·       ·    ·
session accepted                         | ·       ·    ·
session declined                         | ·       ·    ·
speaks of patient harm                   | ·       ·    ·
reply                                    | ·       ·    ·
reply of LSOB                            | ·       ·    ·
reply with a pack                        | ·       ·    ·
reply with certificate                   | ·       ·    ·
reply with invitation                    | ·       ·    ·
!accept                                  | no      no   no
!changes                                 | no      FoD  no
!changes RXQ                             | no      FoD  no
!session 30 June 2027 10am               | no      no   no
!cancel                                  | no      no   no
!passed                                  | no      no   no
!passed A005-03                          | no      no   no
!remedial A009-01                        | no      no   no
!scal-update                             | no      no   no
!tcc                                     | no      no   no
!agreement                               | +AcD    +AcD +AcD
!agreement unchanged                     | no      no   no
!accepted                                | +Acc    +Acc +Acc
!approve                                 | no      FoA  no
!approve RXQ                             | no      FoA  no
!mode application-restricted             | no      ·    ·
!mode user-restricted                    | end     ·    ·
!hold away                               | no      ·    no
!resume                                  | no      no   no
!restart                                 | no      no   no
!until 1 March 2027                      | ·       no   no
!told by phone                           | ·       ·    ·
!note rang them                          | ·       ·    ·
!received scal on 23 November 2026       | +ScR    +ScR +ScR
!withdraw                                | end     end  end
!close dormant                           | end     end  end
!reopen                                  | no      no   no
!contact add o@carevista.example         | ·       ·    ·
!contact remove priya@carevista.example  | no      no   no
!merge ERS-00009                         | no      no   no
!split scal-1.xlsx                       | ·       ·    ·
!move ERS-00009                          | no      no   no
!assign asha                             | ·       ·    ·
!away 1 December 2026 to 2 December 2026 | ·       ·    ·
!back                                    | no      no   no
!undo                                    | no      no   no
!stop                                    | ·       ·    ·
!start                                   | no      no   no
!help                                    | ·       ·    ·
notice: warning                          | -       ·    -
notice: breach                           | -       ·    -
notice: escalation                       | -       ·    -
notice: outcome overdue                  | -       ·    -
notice: reminder                         | ·       -    -
notice: second reminder                  | ·       -    -
notice: silence                          | ·       -    -
notice: day before session               | -       -    -
notice: session over                     | -       -    -";

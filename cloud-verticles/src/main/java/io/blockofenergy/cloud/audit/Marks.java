package io.blockofenergy.cloud.audit;

import java.util.ArrayList;
import java.util.List;

/**
 * Places at which the log was found to be as the chain has it. Of many only some are kept, the more
 * the nearer to the end: to go on from an earlier one than could be costs time, nothing else.
 */
final class Marks {
  private static final int KEPT = 128;

  private final List<AuditRun.Mark> marks = new ArrayList<>();

  void passed(AuditRun.Mark mark) {
    marks.add(mark);
    if (marks.size() > KEPT) {
      List<AuditRun.Mark> thinned = new ArrayList<>();
      for (int i = 0; i < marks.size(); i++) {
        if (i % 2 == 0 || i >= KEPT / 2) {
          thinned.add(marks.get(i));
        }
      }
      marks.clear();
      marks.addAll(thinned);
    }
  }

  /** The last one at or before this size, else the given one. */
  AuditRun.Mark upTo(long size, AuditRun.Mark start) {
    AuditRun.Mark last = start;
    for (AuditRun.Mark mark : marks) {
      if (mark.size() <= size) {
        last = mark;
      }
    }
    return last;
  }
}

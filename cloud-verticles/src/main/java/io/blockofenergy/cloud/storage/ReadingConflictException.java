package io.blockofenergy.cloud.storage;

import io.blockofenergy.telemetry.MalformedReadingException;
import java.util.List;

/** The store holds something else under ids of a batch: an administrator has to look at it. */
public final class ReadingConflictException extends MalformedReadingException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 5;

  ReadingConflictException(List<String> ids) {
    super(
        "READING_CONFLICT: the store holds something else under "
            + ids.size()
            + " ids: "
            + String.join(", ", ids.subList(0, Math.min(SHOWN, ids.size())))
            + (ids.size() > SHOWN ? ", …" : ""));
  }
}

package io.blockofenergy.cloud.report.pack;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/** A file of a pack. */
public record PackFile(Name name, Buffer content) {
  /** The files that there can be. */
  public enum Name {
    PDF("report.pdf", "application/pdf"),
    CSV("report.csv", "text/csv; charset=utf-8"),
    BUNDLE("report.boe-bundle.json", "application/json");

    private final String text;
    private final String contentType;

    Name(String text, String contentType) {
      this.text = text;
      this.contentType = contentType;
    }

    public String contentType() {
      return contentType;
    }

    /** The file's name. */
    @Override
    public String toString() {
      return text;
    }

    public static Optional<Name> of(String text) {
      for (Name name : values()) {
        if (name.text.equals(text)) {
          return Optional.of(name);
        }
      }
      return Optional.empty();
    }
  }
}

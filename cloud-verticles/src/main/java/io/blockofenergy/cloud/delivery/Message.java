package io.blockofenergy.cloud.delivery;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * What is sent, the same bytes however often.
 *
 * @param id never used again; receivers know a repetition by it. Of the characters that a header
 *     may have
 * @param subject one line, of a mail
 * @param text for people to read
 * @param body JSON, of a webhook
 * @param attachments of a mail
 */
public record Message(
    String id, String subject, String text, String body, List<Attachment> attachments) {

  /**
   * A file.
   *
   * @param contentType such as {@code application/pdf}
   */
  public record Attachment(String name, String contentType, Buffer content) {}
}

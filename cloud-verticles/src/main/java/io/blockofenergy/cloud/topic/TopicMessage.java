package io.blockofenergy.cloud.topic;

import io.blockofenergy.telemetry.Batch;
import io.blockofenergy.telemetry.MalformedReadingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Section;
import org.apache.qpid.proton.message.Message;

/**
 * An AMQP 1.0 message (OASIS amqp-core-messaging 3.2) as this pipeline uses it: one data section
 * and texts as application properties. Immutable.
 *
 * @param messageId the sender's id, or null
 * @param contentType MIME type, or null
 * @param contentEncoding such as {@code gzip}, or null
 * @param applicationProperties the sender's; values of other types arrive as their text
 * @param annotations what a broker on the way said, by symbol; a sender on the device side cannot
 *     set them
 * @param body not copied, so not to be written to
 */
public record TopicMessage(
    String messageId,
    String contentType,
    String contentEncoding,
    Map<String, String> applicationProperties,
    Map<String, Object> annotations,
    byte[] body) {

  /** Application property that names a batch's bridge on the topic. */
  public static final String BRIDGE = "bridge";

  /** What a message takes beside its body and properties, roughly. */
  private static final int OVERHEAD_BYTES = 512;

  public TopicMessage {
    applicationProperties = Collections.unmodifiableMap(new LinkedHashMap<>(applicationProperties));
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /** Roughly what it takes in memory while it is held. */
  int bytes() {
    int bytes = OVERHEAD_BYTES + body.length;
    for (Map.Entry<String, String> property : applicationProperties.entrySet()) {
      bytes += property.getKey().length() + property.getValue().length();
    }
    return bytes;
  }

  /** A batch as it travels on the topic: exactly as the bridge cut it, with the bridge's name. */
  public static TopicMessage of(Batch batch) {
    Map<String, String> properties = new HashMap<>(batch.applicationProperties());
    properties.put(BRIDGE, batch.bridge());
    return new TopicMessage(
        batch.id(), Batch.CONTENT_TYPE, Batch.CONTENT_ENCODING, properties, Map.of(), batch.body());
  }

  /**
   * The batch that {@link #of} was given. What the topic carries has passed ingestion's checks.
   *
   * @throws MalformedReadingException when this is no batch
   */
  public Batch batch() {
    String bridge = applicationProperties.get(BRIDGE);
    if (bridge == null) {
      throw new MalformedReadingException("property " + BRIDGE + " is missing");
    }
    return Batch.fromMessage(bridge, applicationProperties, body);
  }

  /** The same with further application properties, which win over those of the same name. */
  public TopicMessage with(Map<String, String> more) {
    Map<String, String> properties = new LinkedHashMap<>(applicationProperties);
    properties.putAll(more);
    return new TopicMessage(messageId, contentType, contentEncoding, properties, annotations, body);
  }

  Message toProton() {
    Message message = Proton.message();
    message.setDurable(true);
    if (messageId != null) {
      message.setMessageId(messageId);
    }
    message.setContentType(contentType);
    message.setContentEncoding(contentEncoding);
    message.setApplicationProperties(
        new ApplicationProperties(new LinkedHashMap<>(applicationProperties)));
    if (!annotations.isEmpty()) {
      Map<Symbol, Object> symbols = new LinkedHashMap<>();
      annotations.forEach((name, value) -> symbols.put(Symbol.valueOf(name), value));
      message.setMessageAnnotations(new MessageAnnotations(symbols));
    }
    message.setBody(new Data(new Binary(body)));
    return message;
  }

  static TopicMessage of(Message message) {
    Map<String, String> properties = new LinkedHashMap<>();
    if (message.getApplicationProperties() != null
        && message.getApplicationProperties().getValue() != null) {
      message
          .getApplicationProperties()
          .getValue()
          .forEach((name, value) -> properties.put(name, String.valueOf(value)));
    }
    Map<String, Object> annotations = new LinkedHashMap<>();
    if (message.getMessageAnnotations() != null
        && message.getMessageAnnotations().getValue() != null) {
      message
          .getMessageAnnotations()
          .getValue()
          .forEach((name, value) -> annotations.put(name.toString(), plain(value)));
    }
    return new TopicMessage(
        message.getMessageId() == null ? null : message.getMessageId().toString(),
        message.getContentType(),
        message.getContentEncoding(),
        properties,
        annotations,
        bytes(message.getBody()));
  }

  /** Only what can be sent on is kept as it is: a described type of a foreign broker could not. */
  private static Object plain(Object value) {
    boolean sendable = value instanceof Number || value instanceof Boolean || value instanceof Date;
    return sendable ? value : String.valueOf(value);
  }

  /** Nothing here sends other sections than data, but a foreign device may. */
  private static byte[] bytes(Section body) {
    if (body instanceof Data data && data.getValue() != null) {
      return copy(data.getValue());
    }
    if (body instanceof AmqpValue value && value.getValue() instanceof Binary binary) {
      return copy(binary);
    }
    if (body instanceof AmqpValue value && value.getValue() != null) {
      return value.getValue().toString().getBytes(StandardCharsets.UTF_8);
    }
    return body == null ? new byte[0] : body.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] copy(Binary binary) {
    byte[] bytes = new byte[binary.getLength()];
    System.arraycopy(binary.getArray(), binary.getArrayOffset(), bytes, 0, bytes.length);
    return bytes;
  }
}

package io.blockofenergy.telemetry;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Consecutive readings of one journal as one hub message, schema {@code boe.batch.v1}: a gzip body
 * of canonical readings, one a line, signed by the bridge and chained to the batch before.
 * Immutable; a resend is byte for byte the same.
 *
 * @param bridge the bridge's hub device id; authenticated by the hub, signed here
 * @param journal the journal's 8 hex digits
 * @param firstSeq sequence number of the first reading, from 1
 * @param count number of readings, from 1
 * @param bodySha256 SHA-256 of {@code body} as sent, 64 hex digits
 * @param prev {@code bodySha256} of the journal's batch before; 64 zeros for its first
 * @param signature Ed25519 by the bridge over {@link #signedBytes()}, base64
 * @param body gzip of NDJSON; not copied, so not to be written to
 */
public record Batch(
    String bridge,
    String journal,
    long firstSeq,
    int count,
    String bodySha256,
    String prev,
    String signature,
    byte[] body) {

  public static final String SCHEMA = "boe.batch.v1";
  public static final String CONTENT_TYPE = "application/x-ndjson";
  public static final String CONTENT_ENCODING = "gzip";

  /** IoT Hub takes device messages of 256 KB, properties included; this leaves 6 KB for them. */
  public static final int MAX_BODY_BYTES = 250_000;

  /** A body may not unfold to more than this: a small message must not be able to fill memory. */
  public static final int MAX_UNCOMPRESSED_BYTES = 8 << 20;

  /** {@code prev} of a journal's first batch. */
  public static final String NO_PREV = "0".repeat(64);

  /** Signs the given canonical readings, which must be consecutive from {@code firstSeq}. */
  public static Batch sign(
      String bridge,
      String journal,
      long firstSeq,
      List<byte[]> canonicalReadings,
      String prev,
      SigningKey key) {
    return sign(bridge, journal, firstSeq, canonicalReadings, prev, key, false);
  }

  /**
   * Signs the given canonical readings, which must be consecutive from {@code firstSeq}.
   *
   * @param hurried whether to compress in a third of the time, to a tenth more
   */
  public static Batch sign(
      String bridge,
      String journal,
      long firstSeq,
      List<byte[]> canonicalReadings,
      String prev,
      SigningKey key,
      boolean hurried) {
    byte[] body = compress(canonicalReadings, hurried);
    Batch unsigned =
        new Batch(
            bridge, journal, firstSeq, canonicalReadings.size(), Sha256.hex(body), prev, "", body);
    String signature = Base64.getEncoder().encodeToString(key.sign(unsigned.signedBytes()));
    return new Batch(
        bridge, journal, firstSeq, unsigned.count, unsigned.bodySha256, prev, signature, body);
  }

  /**
   * Builds a batch from a message as it arrived.
   *
   * @param bridge who sent it, as authenticated by the transport
   * @throws MalformedReadingException when a property is missing or not of its form
   */
  public static Batch fromMessage(String bridge, Map<String, String> properties, byte[] body) {
    String schema = property(properties, "schema", ".{1,64}");
    if (!schema.equals(SCHEMA)) {
      throw new MalformedReadingException("unknown schema " + schema);
    }
    return new Batch(
        bridge,
        property(properties, "journal", "[0-9a-f]{8}"),
        Long.parseLong(property(properties, "firstSeq", "[1-9][0-9]{0,15}")),
        Integer.parseInt(property(properties, "count", "[1-9][0-9]{0,6}")),
        property(properties, "bodySha256", "[0-9a-f]{64}"),
        property(properties, "prev", "[0-9a-f]{64}"),
        property(properties, "signature", "[A-Za-z0-9+/]{86}=="),
        body);
  }

  /** The message id: {@code <bridge>.<journal>.<firstSeq>}. */
  public String id() {
    return id(firstSeq);
  }

  /** An id whose text order is the order of sequence numbers: 16 digits with leading zeros. */
  public String sortableId() {
    return new ReadingId(bridge, journal, firstSeq).sortable();
  }

  public long lastSeq() {
    return firstSeq + count - 1;
  }

  /** The application properties that travel beside the body. */
  public Map<String, String> applicationProperties() {
    return Map.of(
        "schema", SCHEMA,
        "journal", journal,
        "firstSeq", Long.toString(firstSeq),
        "count", Integer.toString(count),
        "bodySha256", bodySha256,
        "prev", prev,
        "signature", signature);
  }

  /**
   * What the signature covers: schema, bridge, journal, firstSeq, count, bodySha256 and prev, each
   * followed by a line feed, in UTF-8.
   */
  public byte[] signedBytes() {
    return String.join(
            "\n",
            SCHEMA,
            bridge,
            journal,
            Long.toString(firstSeq),
            Integer.toString(count),
            bodySha256,
            prev,
            "")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Whether the body is the one that was signed, and the signature is by this 32-byte key. */
  public boolean isSignedBy(byte[] publicKey) {
    return Sha256.hex(body).equals(bodySha256)
        && SigningKey.verify(publicKey, signedBytes(), Base64.getDecoder().decode(signature));
  }

  /**
   * The readings, checked: canonical, {@code count} of them, of this bridge and journal, without a
   * gap.
   *
   * @throws MalformedReadingException saying what is wrong
   */
  public List<Reading> readings() {
    byte[] lines = uncompress();
    List<Reading> readings = new ArrayList<>(Math.min(count, 4096));
    int start = 0;
    while (start < lines.length) {
      int end = start;
      while (end < lines.length && lines[end] != '\n') {
        end++;
      }
      if (end == lines.length) {
        throw new MalformedReadingException("the body's last line has no line feed");
      }
      Reading reading = Reading.parseCanonical(Arrays.copyOfRange(lines, start, end));
      if (!reading.id().equals(id(firstSeq + readings.size()))) {
        throw new MalformedReadingException(
            "expected reading " + id(firstSeq + readings.size()) + ", found " + reading.id());
      }
      readings.add(reading);
      start = end + 1;
    }
    if (readings.size() != count) {
      throw new MalformedReadingException(
          "the body holds " + readings.size() + " readings, announced were " + count);
    }
    return readings;
  }

  private String id(long seq) {
    return bridge + '.' + journal + '.' + seq;
  }

  /** Whether a batch of this canonical reading alone is within the bound of a body. */
  public static boolean hasRoomFor(byte[] canonicalReading) {
    // What does not shrink grows by less than a thousandth (RFC 1951).
    return canonicalReading.length < MAX_BODY_BYTES - MAX_BODY_BYTES / 1000
        || compress(List.of(canonicalReading), true).length <= MAX_BODY_BYTES;
  }

  private static byte[] compress(List<byte[]> lines, boolean hurried) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128 << 10);
    try (Gzip gzip = new Gzip(bytes, hurried)) {
      for (byte[] line : lines) {
        gzip.write(line);
        gzip.write('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static final class Gzip extends GZIPOutputStream {
    /** Readings are full of digits that repeat by chance: short repetitions are not worth it. */
    private static final int STRATEGY = Deflater.FILTERED;

    private static final int LEVEL = 8;
    private static final int HURRIED_LEVEL = 5;

    Gzip(OutputStream out, boolean hurried) throws IOException {
      super(out, 8 << 10);
      def.setLevel(hurried ? HURRIED_LEVEL : LEVEL);
      def.setStrategy(STRATEGY);
    }
  }

  private byte[] uncompress() {
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(body), 8 << 10)) {
      byte[] lines = gzip.readNBytes(MAX_UNCOMPRESSED_BYTES);
      if (gzip.read() >= 0) {
        throw new MalformedReadingException(
            "the body unfolds to more than " + MAX_UNCOMPRESSED_BYTES + " bytes");
      }
      return lines;
    } catch (IOException e) {
      throw new MalformedReadingException("the body is not gzip: " + e.getMessage(), e);
    }
  }

  private static String property(Map<String, String> properties, String name, String form) {
    String value = properties.get(name);
    if (value == null) {
      throw new MalformedReadingException("property " + name + " is missing");
    }
    if (!value.matches(form)) {
      throw new MalformedReadingException("property " + name + " is not valid");
    }
    return value;
  }
}

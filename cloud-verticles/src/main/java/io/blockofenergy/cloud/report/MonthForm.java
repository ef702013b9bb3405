package io.blockofenergy.cloud.report;

import java.io.ByteArrayOutputStream;
import java.time.YearMonth;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The form in which a month is kept in the store: a byte with the form's number, then, as zlib
 * packs it with a checksum, the days' versions and the days. Whoever changes what {@link DaySeries}
 * holds, or how it follows from rollups, counts the number up.
 */
final class MonthForm {
  static final byte NUMBER = 1;

  /** Of what is unpacked: a hundred times what a month has. */
  private static final int MAX_BYTES = 16 << 20;

  private static final int BUFFER = 1 << 16;

  private MonthForm() {}

  /**
   * @param versions of the days that are to be kept
   * @return empty when it is too long to be kept
   */
  static Optional<byte[]> of(Map<Integer, Long> versions, DaySeries[] days) {
    PackedOutput out = new PackedOutput();
    out.number(versions.size());
    new TreeMap<>(versions)
        .forEach(
            (day, version) -> {
              out.number(day);
              out.number(version);
              DaySeries its = days[day - 1];
              out.number(its == null ? 0 : 1);
              if (its != null) {
                its.write(out);
              }
            });
    byte[] plain = out.bytes();
    return plain.length > MAX_BYTES ? Optional.empty() : Optional.of(packed(plain));
  }

  private static byte[] packed(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(plain);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 2 + 64);
      out.write(NUMBER);
      byte[] buffer = new byte[BUFFER];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /** Empty when it is of another form, or damaged. */
  static Optional<MonthSeries> read(YearMonth month, byte[] form) {
    if (form.length == 0 || form[0] != NUMBER) {
      return Optional.empty();
    }
    try {
      PackedInput in = new PackedInput(unpacked(form));
      Map<Integer, Long> versions = new TreeMap<>();
      DaySeries[] days = new DaySeries[month.lengthOfMonth()];
      for (int left = in.count(); left > 0; left--) {
        int day = in.number(1, days.length);
        versions.put(day, in.number());
        if (in.number(0, 1) == 1) {
          days[day - 1] = DaySeries.read(month.atDay(day), in);
        }
      }
      in.end();
      Map<Integer, Long> read = Map.copyOf(versions);
      return Optional.of(new MonthSeries(read, days, read));
    } catch (IllegalArgumentException | DataFormatException e) {
      return Optional.empty();
    }
  }

  private static byte[] unpacked(byte[] form) throws DataFormatException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(form, 1, form.length - 1);
      ByteArrayOutputStream out = new ByteArrayOutputStream(8 * form.length);
      byte[] buffer = new byte[BUFFER];
      while (!inflater.finished()) {
        int count = inflater.inflate(buffer);
        if (count == 0 && !inflater.finished() || out.size() + count > MAX_BYTES) {
          throw new DataFormatException("it is cut off, or too long");
        }
        out.write(buffer, 0, count);
      }
      return out.toByteArray();
    } finally {
      inflater.end();
    }
  }
}

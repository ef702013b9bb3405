package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/** How the local MongoDB server lays keys and documents out in H2's store: as BSON. */
final class LocalMongoTypes {
  /** Stands in a bound only, above every value; never stored. */
  static final Object ABOVE = new Object();

  private LocalMongoTypes() {}

  /** One BSON value as a key, in MongoDB's order of values. */
  static final class Key extends BasicDataType<Object> {
    @Override
    public int compare(Object a, Object b) {
      return compareValues(a, b);
    }

    @Override
    public int getMemory(Object value) {
      return memory(value);
    }

    @Override
    public void write(WriteBuffer to, Object value) {
      ByteBuf bytes = Unpooled.buffer(64);
      encode(bytes, value);
      to.put(bytes.nioBuffer());
    }

    @Override
    public Object read(ByteBuffer from) {
      ByteBuf bytes = Unpooled.wrappedBuffer(from);
      Object value = decode(bytes);
      from.position(from.position() + bytes.readerIndex());
      return value;
    }

    @Override
    public Object[] createStorage(int size) {
      return new Object[size];
    }
  }

  /** The values of an index entry; a bound may be shorter, and sorts before what it begins. */
  static final class Entry extends BasicDataType<Object[]> {
    private final boolean[] ascending;

    Entry(boolean[] ascending) {
      this.ascending = ascending;
    }

    @Override
    public int compare(Object[] a, Object[] b) {
      int common = Math.min(a.length, b.length);
      for (int i = 0; i < common; i++) {
        if (a[i] == ABOVE || b[i] == ABOVE) {
          return a[i] == b[i] ? 0 : a[i] == ABOVE ? 1 : -1;
        }
        int order = compareValues(a[i], b[i]);
        if (order != 0) {
          return i >= ascending.length || ascending[i] ? order : -order;
        }
      }
      return Integer.compare(a.length, b.length);
    }

    @Override
    public int getMemory(Object[] values) {
      int bytes = 24;
      for (Object value : values) {
        bytes += memory(value);
      }
      return bytes;
    }

    @Override
    public void write(WriteBuffer to, Object[] values) {
      ByteBuf bytes = Unpooled.buffer(128);
      bytes.writeByte(values.length);
      for (Object value : values) {
        encode(bytes, value);
      }
      to.put(bytes.nioBuffer());
    }

    @Override
    public Object[] read(ByteBuffer from) {
      ByteBuf bytes = Unpooled.wrappedBuffer(from);
      Object[] values = new Object[bytes.readUnsignedByte()];
      for (int i = 0; i < values.length; i++) {
        values[i] = decode(bytes);
      }
      from.position(from.position() + bytes.readerIndex());
      return values;
    }

    @Override
    public Object[][] createStorage(int size) {
      return new Object[size][];
    }
  }

  /**
   * A whole document as its BSON: reading a page of the file then does not parse the neighbours of
   * the document that is wanted.
   */
  static final class Whole extends BasicDataType<byte[]> {
    @Override
    public int getMemory(byte[] document) {
      return 24 + document.length;
    }

    @Override
    public void write(WriteBuffer to, byte[] document) {
      to.putInt(document.length).put(document);
    }

    @Override
    public byte[] read(ByteBuffer from) {
      byte[] document = new byte[from.getInt()];
      from.get(document);
      return document;
    }

    @Override
    public byte[][] createStorage(int size) {
      return new byte[size][];
    }
  }

  static byte[] bytes(Document document) {
    ByteBuf bytes = Unpooled.buffer(1024);
    BsonEncoder.encodeDocument(document, bytes);
    return ByteBufUtil.getBytes(bytes);
  }

  /** A document of its own for each caller, or null for null. */
  static Document document(byte[] bytes) {
    return bytes == null ? null : BsonDecoder.decodeBson(Unpooled.wrappedBuffer(bytes));
  }

  /** The value of maps that are sets. */
  static final class Nothing extends BasicDataType<Boolean> {
    @Override
    public int getMemory(Boolean value) {
      return 0;
    }

    @Override
    public void write(WriteBuffer to, Boolean value) {
      // Being there is all it says.
    }

    @Override
    public Boolean read(ByteBuffer from) {
      return Boolean.TRUE;
    }

    @Override
    public Boolean[] createStorage(int size) {
      return new Boolean[size];
    }
  }

  static int compareValues(Object a, Object b) {
    if (a instanceof String left && b instanceof String right) {
      return left.compareTo(right);
    }
    try {
      return ValueComparator.ascWithoutListHandling().compare(a, b);
    } catch (UnsupportedOperationException e) {
      // Regular expressions and code have no order there; any stable one does for an index.
      return a.toString().compareTo(b.toString());
    }
  }

  private static void encode(ByteBuf to, Object value) {
    Object bson = value instanceof Missing ? null : value;
    byte type = BsonEncoder.determineType(bson);
    to.writeByte(type);
    BsonEncoder.encodeValue(type, bson, to);
  }

  private static Object decode(ByteBuf from) {
    return Missing.ofNullable(BsonDecoder.decodeValue(from.readByte(), from));
  }

  /** A rough size on the heap: the store's cache is bounded by the sum. */
  private static int memory(Object value) {
    if (value instanceof String text) {
      return 48 + text.length();
    }
    if (value instanceof Document document) {
      int bytes = 64;
      for (var member : document.entrySet()) {
        bytes += 64 + memory(member.getValue());
      }
      return bytes;
    }
    if (value instanceof Iterable<?> values) {
      int bytes = 40;
      for (Object each : values) {
        bytes += memory(each);
      }
      return bytes;
    }
    if (value instanceof de.bwaldvogel.mongo.bson.BinData data) {
      return 32 + data.getData().length;
    }
    return 24;
  }
}

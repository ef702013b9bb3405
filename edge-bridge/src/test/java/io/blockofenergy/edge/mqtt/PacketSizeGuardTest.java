package io.blockofenergy.edge.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PacketSizeGuardTest {
  private static final int MAX = 300;

  private final AtomicInteger stopped = new AtomicInteger();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new PacketSizeGuard(MAX, stopped::incrementAndGet));

  @Test
  void passesPacketsUpToTheBoundHoweverTheyAreCut() {
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      ByteArrayOutputStream sent = new ByteArrayOutputStream();
      for (int i = 0; i < 5; i++) {
        sent.writeBytes(packet(random.nextInt(MAX - 3)));
      }
      sent.writeBytes(packet(MAX - 3));
      byte[] bytes = sent.toByteArray();
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(400));
        channel.writeInbound(Unpooled.copiedBuffer(bytes, at, length));
        at += length;
      }
      assertThat(received()).isEqualTo(bytes);
    }
    assertThat(stopped).hasValue(0);
  }

  @Test
  void stopsAtThePacketThatIsTooLargeAndPassesWhatCameBefore() {
    byte[] good = packet(10);
    byte[] large = packet(MAX - 2);
    byte[] both = Arrays.copyOf(good, good.length + large.length);
    System.arraycopy(large, 0, both, good.length, large.length);
    channel.writeInbound(Unpooled.wrappedBuffer(both));
    channel.writeInbound(Unpooled.wrappedBuffer(packet(1)));
    assertThat(received()).isEqualTo(good);
    assertThat(stopped).hasValue(1);
  }

  @Test
  void stopsAtALengthOfFiveBytes() {
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0x30, -1, -1, -1, -1, 1}));
    assertThat(stopped).hasValue(1);
  }

  /** PUBLISH with that remaining length. */
  private static byte[] packet(int length) {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(0x30);
    int rest = length;
    do {
      packet.write(rest % 128 | (rest >= 128 ? 128 : 0));
      rest /= 128;
    } while (rest > 0);
    packet.writeBytes(new byte[length]);
    return packet.toByteArray();
  }

  private byte[] received() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
      byte[] content = new byte[part.readableBytes()];
      part.readBytes(content);
      bytes.writeBytes(content);
      part.release();
    }
    return bytes.toByteArray();
  }
}

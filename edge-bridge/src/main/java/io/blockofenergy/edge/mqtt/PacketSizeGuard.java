package io.blockofenergy.edge.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Stops a packet that is too large at its first bytes. Netty's decoder would first read all of a
 * CONNECT's or PUBLISH's properties, 256 MB of them if the sender likes, and judge the size then.
 */
final class PacketSizeGuard extends ChannelInboundHandlerAdapter {
  private static final int LONGEST_HEADER_BYTES = 5;

  private final int maxBytes;
  private final Runnable tooLarge;
  private int toCome;
  private int headerBytes;
  private int length;
  private boolean stopped;

  /**
   * @param maxBytes largest packet, its fixed header included
   * @param tooLarge told once, after what came before was passed on
   */
  PacketSizeGuard(int maxBytes, Runnable tooLarge) {
    this.maxBytes = maxBytes;
    this.tooLarge = tooLarge;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (stopped) {
      ReferenceCountUtil.release(message);
      return;
    }
    ByteBuf bytes = (ByteBuf) message;
    int good = goodBytes(bytes);
    if (good == bytes.readableBytes()) {
      context.fireChannelRead(bytes);
      return;
    }
    stopped = true;
    context.fireChannelRead(bytes.readRetainedSlice(good));
    bytes.release();
    tooLarge.run();
  }

  /** How many of the bytes belong to packets that may pass. */
  private int goodBytes(ByteBuf bytes) {
    int packet = bytes.readerIndex();
    int at = packet;
    while (at < bytes.writerIndex()) {
      if (toCome > 0) {
        int skipped = Math.min(toCome, bytes.writerIndex() - at);
        toCome -= skipped;
        at += skipped;
        packet = at;
        continue;
      }
      int next = bytes.getByte(at++);
      if (headerBytes > 0) {
        length |= (next & 0x7f) << 7 * (headerBytes - 1);
      }
      headerBytes++;
      boolean complete = headerBytes > 1 && (next & 0x80) == 0;
      if (complete ? headerBytes + length > maxBytes : headerBytes >= LONGEST_HEADER_BYTES) {
        return packet - bytes.readerIndex();
      }
      if (complete) {
        toCome = length;
        headerBytes = 0;
        length = 0;
        packet = toCome == 0 ? at : packet;
      }
    }
    return bytes.readableBytes();
  }
}

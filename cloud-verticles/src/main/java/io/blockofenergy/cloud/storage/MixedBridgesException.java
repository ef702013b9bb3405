package io.blockofenergy.cloud.storage;

/** Readings that are to be taken for one meter's come from two bridges, or from two sites. */
public class MixedBridgesException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MixedBridgesException(String device) {
    super(
        "the readings of "
            + device
            + " come from more than one bridge or site: they may be of two meters of one name");
  }
}

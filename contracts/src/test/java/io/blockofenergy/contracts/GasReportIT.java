package io.blockofenergy.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Keys;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.tx.RawTransactionManager;
import org.web3j.tx.gas.StaticGasProvider;

/** Prints what the contract costs, and notices when it becomes dearer. */
class GasReportIT {
  private static final StaticGasProvider GAS =
      new StaticGasProvider(BigInteger.valueOf(3_000_000_000L), BigInteger.valueOf(3_000_000));

  private final List<String> lines = new ArrayList<>();

  @Test
  void nothingCostsMoreThanTheDocumentationSays() throws Exception {
    try (Anvil anvil = new Anvil()) {
      Credentials account = Credentials.create(Keys.createEcKeyPair());
      anvil.fund(account);
      String self = account.getAddress();
      CheckpointAnchor contract =
          CheckpointAnchor.deploy(
                  anvil.web3j(),
                  new RawTransactionManager(anvil.web3j(), account, 31337, 1000, 5),
                  GAS,
                  self,
                  self)
              .send();
      report("deployment", 950_000, contract.getTransactionReceipt().orElseThrow().getGasUsed());
      report("first anchor", 96_000, anchor(contract, 1, bytes(1)));
      report("later anchor", 80_000, anchor(contract, 2, bytes(2)));
      for (int count = 3; count <= 1000; count++) {
        anchor(contract, count, bytes(count));
        if (count == 10 || count == 100 || count == 1000) {
          String call = contract.indexOf(BigInteger.valueOf(count - 1)).encodeFunctionCall();
          report("indexOf, " + count + " anchors", 60_000, estimate(anvil, contract, call));
        }
      }
      report("anchor after 1000", 80_000, anchor(contract, 1001, bytes(7)));
      for (int levels : new int[] {10, 20, 30}) {
        List<byte[]> path = new ArrayList<>();
        byte[] root = Rfc6962.sha256(new byte[] {0}, bytes(1));
        for (int level = 0; level < levels; level++) {
          path.add(bytes(level + 100));
          root = Rfc6962.sha256(new byte[] {1}, root, path.get(level));
        }
        // Only the leftmost path of this tree exists.
        BigInteger size = BigInteger.ONE.shiftLeft(levels);
        anchor(contract, size.longValueExact(), root);
        var call = contract.verifyInclusion(bytes(1), BigInteger.ZERO, size, path);
        assertThat(call.send()).isTrue();
        report(
            "verifyInclusion, 2^" + levels + " leaves",
            160_000,
            estimate(anvil, contract, call.encodeFunctionCall()));
      }
    }
    lines.forEach(System.out::println);
  }

  private void report(String what, long bound, BigInteger gas) {
    lines.add("GAS | %s | %,d |".formatted(what, gas));
    assertThat(gas.longValueExact()).as(lines.toString()).isBetween(21_000L, bound);
  }

  private static BigInteger anchor(CheckpointAnchor contract, long size, byte[] root)
      throws Exception {
    return contract.anchor(BigInteger.valueOf(size), root).send().getGasUsed();
  }

  private static BigInteger estimate(Anvil anvil, CheckpointAnchor contract, String data)
      throws Exception {
    return anvil
        .web3j()
        .ethEstimateGas(
            Transaction.createEthCallTransaction(null, contract.getContractAddress(), data))
        .send()
        .getAmountUsed();
  }

  private static byte[] bytes(int value) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < 32; i++) {
      bytes[i] = (byte) (value * 31 + i + 1);
    }
    return bytes;
  }
}

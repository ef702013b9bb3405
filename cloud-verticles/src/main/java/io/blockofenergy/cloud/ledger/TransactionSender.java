package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.UnavailableException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Hash;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;

/**
 * Brings the transactions of one account into the chain, one at a time. The nonce is always the
 * first that no block holds: what hangs in the node's pool, from this process or from one before
 * it, is waited for or replaced at a higher price, and never followed by a second transaction. So
 * two transactions for one purpose cannot both be mined.
 *
 * <p>Blocks for up to the receipt timeout; for one thread at a time.
 */
final class TransactionSender {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionSender.class);

  private static final BigInteger GWEI = BigInteger.valueOf(1_000_000_000);
  private static final BigInteger TIP_WEI = GWEI;

  private final EvmRpc rpc;
  private final Credentials credentials;
  private final BigInteger maxFeeWei;
  private final Duration receiptTimeout;
  private final Duration pollInterval;

  // Of the transaction that was sent last, for as long as its nonce is not used.
  private BigInteger nonce;
  private String data;
  private BigInteger feeWei;
  private final Set<String> hashes = new LinkedHashSet<>();

  /**
   * @param maxFeeGwei a unit of gas never costs more
   * @param receiptTimeout how long to wait for a transaction to be mined, a few block times
   * @param pollInterval how often to look for it, about a block time
   */
  TransactionSender(
      EvmRpc rpc,
      Credentials credentials,
      long maxFeeGwei,
      Duration receiptTimeout,
      Duration pollInterval) {
    this.rpc = rpc;
    this.credentials = credentials;
    this.maxFeeWei = GWEI.multiply(BigInteger.valueOf(maxFeeGwei));
    this.receiptTimeout = receiptTimeout;
    this.pollInterval = pollInterval;
  }

  /**
   * Sends a transaction and waits until it is mined.
   *
   * @return its receipt; empty when another transaction of this account used the nonce: ask the
   *     contract what that was
   * @throws UnavailableException when it is not mined (yet): call again
   */
  Optional<TransactionReceipt> send(long chainId, String to, BigInteger gas, String input) {
    return send(chainId, minedCount(), to, gas, input);
  }

  /** The same for the account's first transaction, and for no other, which deploys a contract. */
  Optional<TransactionReceipt> deploy(long chainId, BigInteger gas, String code) {
    return send(chainId, BigInteger.ZERO, null, gas, code);
  }

  private Optional<TransactionReceipt> send(
      long chainId, BigInteger at, String to, BigInteger gas, String input) {
    BigInteger asked = askedFee();
    boolean waiting = isWaiting(at);
    boolean same = at.equals(nonce) && input.equals(data);
    if (!same) {
      hashes.clear();
    }
    BigInteger fee = asked;
    if (waiting && at.equals(nonce)) {
      // It has had its time. When the pool has lost it, it starts at the price of the day again.
      fee = raised(feeWei).max(asked).min(maxFeeWei);
      LOG.info("transaction {} of {} is replaced at {} wei", at, credentials.getAddress(), fee);
    }
    nonce = at;
    data = input;
    while (true) {
      feeWei = fee;
      byte[] signed = sign(chainId, to, gas, input);
      String hash = Numeric.toHexString(Hash.sha3(signed));
      // Before it is sent: the answer may be lost and the transaction mined all the same.
      hashes.add(hash);
      EthSendTransaction answer =
          rpc.exchange(rpc.web3j().ethSendRawTransaction(Numeric.toHexString(signed)));
      // Texts of nodes differ, so they decide nothing; the chain is asked instead.
      if (!answer.hasError() || isKnown(hash)) {
        return awaitReceipt();
      }
      if (minedCount().compareTo(nonce) > 0) {
        return awaitReceipt();
      }
      if (!isWaiting(nonce) || fee.compareTo(maxFeeWei) >= 0) {
        throw new UnavailableException(
            "the node refused transaction " + hash + ": " + answer.getError().getMessage());
      }
      // One of an earlier process hangs there, at a price that only it knew.
      fee = raised(fee).min(maxFeeWei);
    }
  }

  private byte[] sign(long chainId, String to, BigInteger gas, String input) {
    RawTransaction transaction =
        to == null
            ? RawTransaction.createContractTransaction(nonce, feeWei, gas, BigInteger.ZERO, input)
            : RawTransaction.createTransaction(nonce, feeWei, gas, to, BigInteger.ZERO, input);
    return TransactionEncoder.signMessage(transaction, chainId, credentials);
  }

  private Optional<TransactionReceipt> awaitReceipt() {
    long deadline = System.nanoTime() + receiptTimeout.toNanos();
    while (true) {
      // Before the receipts: a nonce that was used then has its receipt now, if it is one of ours.
      boolean used = minedCount().compareTo(nonce) > 0;
      for (String hash : hashes) {
        Optional<TransactionReceipt> receipt =
            rpc.read(rpc.web3j().ethGetTransactionReceipt(hash)).getTransactionReceipt();
        if (receipt.isPresent()) {
          return receipt;
        }
      }
      if (used) {
        return Optional.empty();
      }
      if (System.nanoTime() > deadline) {
        throw new UnavailableException(
            "transaction " + nonce + " of the key was not mined within " + receiptTimeout);
      }
      EvmRpc.sleep(pollInterval);
    }
  }

  /**
   * Twice the base fee, so that one that rises meanwhile does not strand the transaction, and a
   * small tip. The node's own suggestion is not used where there is a base fee: it follows the tips
   * of the blocks before, which on a chain of our own are ours, so paying a multiple of it would
   * double the price with every anchor.
   */
  private BigInteger askedFee() {
    String baseFee =
        rpc.read(rpc.web3j().ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false))
            .getBlock()
            .getBaseFeePerGasRaw();
    BigInteger least =
        baseFee == null
            ? rpc.read(rpc.web3j().ethGasPrice()).getGasPrice()
            : Numeric.decodeQuantity(baseFee);
    if (least.compareTo(maxFeeWei) > 0) {
      throw new UnavailableException(
          "the chain asks for " + least + " wei a unit of gas, chain.maxFeeGwei allows less");
    }
    return baseFee == null ? least : least.shiftLeft(1).add(TIP_WEI).min(maxFeeWei);
  }

  /** By half: nodes ask for a tenth more at least. */
  private static BigInteger raised(BigInteger fee) {
    return fee.add(fee.shiftRight(1)).add(BigInteger.ONE);
  }

  private BigInteger minedCount() {
    return rpc.transactionCount(credentials.getAddress(), DefaultBlockParameterName.LATEST);
  }

  /** Whether a transaction with this nonce is in the node's pool. */
  private boolean isWaiting(BigInteger at) {
    return rpc.transactionCount(credentials.getAddress(), DefaultBlockParameterName.PENDING)
            .compareTo(at)
        > 0;
  }

  private boolean isKnown(String hash) {
    return rpc.read(rpc.web3j().ethGetTransactionByHash(hash)).getTransaction().isPresent();
  }
}

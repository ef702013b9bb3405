package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.UnavailableException;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import okhttp3.OkHttpClient;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.datatypes.Function;
import org.web3j.abi.datatypes.Type;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.request.Transaction;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.exceptions.ClientConnectionException;
import org.web3j.protocol.http.HttpService;

/**
 * Questions to an Ethereum node by JSON-RPC over HTTP. All methods block, each for at most some
 * tens of seconds, and throw {@link UnavailableException} when the node does not answer or goes on
 * refusing.
 */
final class EvmRpc implements AutoCloseable {
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
  private static final int READ_ATTEMPTS = 5;

  private final Web3j web3j;

  EvmRpc(String url) {
    var client =
        new OkHttpClient.Builder()
            .connectTimeout(CALL_TIMEOUT)
            .readTimeout(CALL_TIMEOUT)
            .writeTimeout(CALL_TIMEOUT)
            .callTimeout(CALL_TIMEOUT)
            .build();
    this.web3j = Web3j.build(new HttpService(url, client));
  }

  /** For requests to be given to {@link #read} or {@link #exchange}. */
  Web3j web3j() {
    return web3j;
  }

  /** What a contract answered to a call: a result, or the data with which it refused. */
  record Answer(Function function, String revertData, String result) {
    boolean refusedWith(String selector) {
      return revertData != null && revertData.startsWith(selector);
    }

    /**
     * @throws AnchorConflictException when the contract refused
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    List<Type<?>> orRefuse() {
      if (revertData != null) {
        throw new AnchorConflictException(
            "the contract refused " + function.getName() + " with " + revertData);
      }
      List<Type<?>> values =
          (List) FunctionReturnDecoder.decode(result, function.getOutputParameters());
      if (values.isEmpty()) {
        throw new UnavailableException("there is no contract on the chain (any more)");
      }
      return values;
    }
  }

  Answer call(String from, String contract, Function function) {
    return call(from, contract, function, DefaultBlockParameterName.LATEST);
  }

  /** As the state was after a block. */
  Answer call(String from, String contract, Function function, DefaultBlockParameter at) {
    var transaction =
        Transaction.createEthCallTransaction(from, contract, FunctionEncoder.encode(function));
    for (int attempt = 1; ; attempt++) {
      EthCall answer = exchange(web3j.ethCall(transaction, at));
      if (!answer.hasError()) {
        return new Answer(function, null, answer.getValue());
      }
      String data = revertData(answer.getError().getData());
      if (data != null) {
        return new Answer(function, data, null);
      }
      retryOrGiveUp(attempt, answer);
    }
  }

  /** web3j hands the data on as the JSON text it read, quotation marks included. */
  private static String revertData(String json) {
    return json != null && json.startsWith("\"0x") ? json.substring(1, json.length() - 1) : null;
  }

  /** The bytecode at an address, hex without prefix; empty when there is none. */
  String code(String address) {
    return code(address, DefaultBlockParameterName.LATEST);
  }

  /** As the state was after a block. */
  String code(String address, DefaultBlockParameter at) {
    String code = read(web3j.ethGetCode(address, at)).getCode();
    return code == null || code.length() <= 2 ? "" : code.substring(2);
  }

  /** Transactions that an account has sent, as of the newest block or with the waiting ones. */
  BigInteger transactionCount(String account, DefaultBlockParameter at) {
    return read(web3j.ethGetTransactionCount(account, at)).getTransactionCount();
  }

  long blockNumber() {
    return read(web3j.ethBlockNumber()).getBlockNumber().longValueExact();
  }

  /** Reads, again when the node says no: anvil does at times while it prunes its history. */
  <T extends Response<?>> T read(Request<?, T> request) {
    for (int attempt = 1; ; attempt++) {
      T answer = exchange(request);
      if (!answer.hasError()) {
        return answer;
      }
      retryOrGiveUp(attempt, answer);
    }
  }

  private static void retryOrGiveUp(int attempt, Response<?> answer) {
    if (attempt == READ_ATTEMPTS) {
      throw new UnavailableException("the node says: " + answer.getError().getMessage());
    }
    sleep(Duration.ofMillis(20L * attempt));
  }

  /** Asks once; the answer may be an error. */
  <T extends Response<?>> T exchange(Request<?, T> request) {
    try {
      return request.send();
    } catch (IOException | ClientConnectionException e) {
      throw new UnavailableException("the node does not answer " + request.getMethod(), e);
    }
  }

  static void sleep(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while waiting for the chain", e);
    }
  }

  @Override
  public void close() {
    web3j.shutdown();
  }
}

package io.blockofenergy.edge.uplink;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * TLS sockets that connect to the host they are asked for, but always to one port, and can be cut
 * by their {@link Wires}. The host name stays, so certificates are checked as ever.
 */
final class RedirectingSocketFactory extends SSLSocketFactory {
  private final SSLSocketFactory factory;
  private final int port;
  private final Wires wires;

  RedirectingSocketFactory(SSLSocketFactory factory, int port, Wires wires) {
    this.factory = factory;
    this.port = port;
    this.wires = wires;
  }

  @Override
  public Socket createSocket() throws IOException {
    SSLSocket socket = (SSLSocket) factory.createSocket();
    wires.opened(socket);
    return new RedirectingSocket(socket, port);
  }

  @Override
  public Socket createSocket(Socket socket, String host, int ignored, boolean autoClose)
      throws IOException {
    return wired(factory.createSocket(socket, host, port, autoClose));
  }

  @Override
  public Socket createSocket(String host, int ignored) throws IOException {
    return wired(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int ignored, InetAddress local, int localPort)
      throws IOException {
    return wired(factory.createSocket(host, port, local, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int ignored) throws IOException {
    return wired(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int ignored, InetAddress local, int localPort)
      throws IOException {
    return wired(factory.createSocket(host, port, local, localPort));
  }

  private Socket wired(Socket socket) {
    wires.opened(socket);
    return socket;
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return factory.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return factory.getSupportedCipherSuites();
  }

  /**
   * Only {@code connect} differs; all that an MQTT client asks of a socket goes to the real one.
   */
  private static final class RedirectingSocket extends SSLSocket {
    private final SSLSocket socket;
    private final int port;

    RedirectingSocket(SSLSocket socket, int port) {
      this.socket = socket;
      this.port = port;
    }

    private SocketAddress redirect(SocketAddress address) {
      InetSocketAddress asked = (InetSocketAddress) address;
      return asked.isUnresolved()
          ? InetSocketAddress.createUnresolved(asked.getHostString(), port)
          : new InetSocketAddress(asked.getAddress(), port);
    }

    @Override
    public void connect(SocketAddress address) throws IOException {
      socket.connect(redirect(address));
    }

    @Override
    public void connect(SocketAddress address, int timeoutMillis) throws IOException {
      socket.connect(redirect(address), timeoutMillis);
    }

    @Override
    public void startHandshake() throws IOException {
      socket.startHandshake();
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return socket.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return socket.getOutputStream();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }

    @Override
    public void shutdownInput() throws IOException {
      socket.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
      socket.shutdownOutput();
    }

    @Override
    public boolean isConnected() {
      return socket.isConnected();
    }

    @Override
    public boolean isClosed() {
      return socket.isClosed();
    }

    @Override
    public boolean isBound() {
      return socket.isBound();
    }

    @Override
    public boolean isInputShutdown() {
      return socket.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
      return socket.isOutputShutdown();
    }

    @Override
    public InetAddress getInetAddress() {
      return socket.getInetAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
      return socket.getLocalAddress();
    }

    @Override
    public int getPort() {
      return socket.getPort();
    }

    @Override
    public int getLocalPort() {
      return socket.getLocalPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
      return socket.getRemoteSocketAddress();
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
      socket.setSoTimeout(millis);
    }

    @Override
    public int getSoTimeout() throws SocketException {
      return socket.getSoTimeout();
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
      socket.setTcpNoDelay(on);
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
      socket.setKeepAlive(on);
    }

    @Override
    public void setSoLinger(boolean on, int seconds) throws SocketException {
      socket.setSoLinger(on, seconds);
    }

    @Override
    public SSLParameters getSSLParameters() {
      return socket.getSSLParameters();
    }

    @Override
    public void setSSLParameters(SSLParameters parameters) {
      socket.setSSLParameters(parameters);
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return socket.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
      return socket.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
      socket.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
      return socket.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
      return socket.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
      socket.setEnabledProtocols(protocols);
    }

    @Override
    public SSLSession getSession() {
      return socket.getSession();
    }

    @Override
    public SSLSession getHandshakeSession() {
      return socket.getHandshakeSession();
    }

    @Override
    public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
      socket.addHandshakeCompletedListener(listener);
    }

    @Override
    public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
      socket.removeHandshakeCompletedListener(listener);
    }

    @Override
    public void setUseClientMode(boolean mode) {
      socket.setUseClientMode(mode);
    }

    @Override
    public boolean getUseClientMode() {
      return socket.getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
      socket.setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
      return socket.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
      socket.setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
      return socket.getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
      socket.setEnableSessionCreation(flag);
    }

    @Override
    public boolean getEnableSessionCreation() {
      return socket.getEnableSessionCreation();
    }
  }
}

#include "net/tls/server_tls.hpp"

#include <boost/asio/buffer.hpp>

#include "net/tls/context.hpp"

namespace tripcurve::net {

std::optional<Error> unusable(const Certificate& given) {
  boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
  boost::system::error_code error;
  context.use_certificate_chain(boost::asio::buffer(given.chain), error);
  if (error) {
    return Error{"--cert: this is no certificate: " + error.message(),
                 "name a file with the server's certificate in PEM, and those that signed it "
                 "behind it"};
  }
  context.use_private_key(boost::asio::buffer(given.key), boost::asio::ssl::context::pem, error);
  if (error) {
    return Error{"--key: this is not the key of the certificate: " + error.message(),
                 "name a file with its private key in PEM, without a password"};
  }
  return std::nullopt;
}

ServerTls::ServerTls() {
  for (std::size_t flaw = 0; flaw < flaws; ++flaw) {
    contexts_[flaw] = std::make_unique<boost::asio::ssl::context>(
        server_context(authority_.issue(static_cast<CertificateFlaw>(flaw))));
  }
}

ServerTls::ServerTls(const Certificate& given) : ServerTls() {
  contexts_.front() = std::make_unique<boost::asio::ssl::context>(server_context(given));
}

}  // namespace tripcurve::net

// What a server shows of itself when its clients speak TLS: its certificate, and those with a flaw
// that a fault shows instead.
//
// Immutable, safe to share between threads.
#pragma once

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "net/tls/certificates.hpp"

namespace tripcurve::net {

// Why a server cannot show that; nothing when it can.
[[nodiscard]] std::optional<Error> unusable(const Certificate& given);

class ServerTls {
 public:
  // All by an authority of its own. Throws std::system_error when OpenSSL cannot.
  ServerTls();
  // Shows this one, which is not unusable(); those with a flaw are by an authority of its own
  // nevertheless. Throws as above.
  explicit ServerTls(const Certificate& given);

  // What clients have to trust, in PEM; of a given certificate whoever has signed that.
  [[nodiscard]] const std::string& authority() const { return authority_.pem(); }

  [[nodiscard]] boost::asio::ssl::context& context(CertificateFlaw flaw) const {
    return *contexts_[static_cast<std::size_t>(flaw)];
  }

 private:
  static constexpr std::size_t flaws = 5;

  CertificateAuthority authority_;
  std::array<std::unique_ptr<boost::asio::ssl::context>, flaws> contexts_;
};

}  // namespace tripcurve::net

// tls-certificate: the server shows a certificate that its clients are to refuse.
#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {
namespace {

constexpr Parameter tls_certificate_parameters[]{
    {"flaw", Parameter::Type::flaw, "expired", "what is wrong with the certificate"},
};

void apply_tls_certificate(const Values& values, Exchange& exchange) {
  exchange.opening.end = Opening::End::failed;
  exchange.opening.flaw = std::get<CertificateFlaw>(values[0]);
}

}  // namespace

const Kind& tls_certificate_kind() {
  static constexpr Kind kind{
      .word = "tls-certificate",
      .summary = "shows a certificate that is expired, another host's or signed by nobody known",
      .effect =
          "The client ends the handshake, so that it has no connection. One that takes any "
          "certificate notices nothing and is served.",
      .parameters = tls_certificate_parameters,
      .of = Kind::Of::connections,
      .needs_tls = true,
      .apply = apply_tls_certificate,
  };
  return kind;
}

}  // namespace tripcurve::faults

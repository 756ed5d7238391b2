#include "cli/tls_flags.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/text_file.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {
namespace {

// A fault that only tripcurve's own certificates can show.
const faults::ErrorItem* certificate_fault(const experiment::Experiment& experiment) {
  const auto find = [](const faults::Errors& errors) -> const faults::ErrorItem* {
    const auto found = std::ranges::find_if(errors.items(), [](const faults::ErrorItem& item) {
      return item.opening.flaw != faults::CertificateFlaw::none;
    });
    return found == errors.items().end() ? nullptr : &*found;
  };
  const auto* found = find(experiment.upstream.normal.errors);
  for (const auto& phase : experiment.phases) {
    found = found == nullptr && phase.errors ? find(*phase.errors) : found;
  }
  return found;
}

std::optional<Error> contradiction(const ExperimentFlags& flags,
                                   const experiment::Experiment& experiment) {
  if (flags.cert.has_value() != flags.key.has_value()) {
    const bool has_cert = flags.cert.has_value();
    return Error{std::string(has_cert ? "--cert" : "--key") + " is given without " +
                     (has_cert ? "--key" : "--cert"),
                 std::string("add ") + (has_cert ? "--key" : "--cert") +
                     " FILE, or use --tls with a certificate that is made for it"};
  }
  if (flags.tls_ca_out && !experiment.upstream.tls) {
    return Error{"--tls-ca-out writes the authority of a certificate, and there is no TLS",
                 "add --tls, or leave it out"};
  }
  if (flags.tls_ca_out && flags.cert) {
    return Error{
        "--tls-ca-out writes the authority of certificates that tripcurve makes, and "
        "--cert gives another one",
        "leave out one of them"};
  }
  if (const auto* fault = flags.cert ? certificate_fault(experiment) : nullptr) {
    return Error{"--cert: " + fault->kind() +
                     " is shown by tripcurve's own authority, which clients of this certificate do "
                     "not know",
                 "leave out --cert and --key, and have clients trust the file of --tls-ca-out"};
  }
  return std::nullopt;
}

Result<std::shared_ptr<const net::ServerTls>> given_tls(const ExperimentFlags& flags) {
  const auto chain = existing_file_text(*flags.cert);
  if (!chain) {
    return chain.error().in("--cert");
  }
  const auto key = existing_file_text(*flags.key);
  if (!key) {
    return key.error().in("--key");
  }
  if (auto mistake = net::unusable({*chain, *key})) {
    return *std::move(mistake);
  }
  return std::make_shared<const net::ServerTls>(net::Certificate{*chain, *key});
}

}  // namespace

void add_tls_flags(CLI::App& command, ExperimentFlags& flags, TlsServer which) {
  const FlagGroup add(command, "Upstream");
  add("--tls-ca-out", flags.tls_ca_out, "FILE", "write what clients of --tls have to trust, in PEM",
      Completion::of_files());
  if (which == TlsServer::alone) {
    add("--cert", flags.cert, "FILE", "speak TLS with this certificate, in PEM",
        Completion::of_files());
    add("--key", flags.key, "FILE", "... and its key", Completion::of_files());
  }
}

Result<std::shared_ptr<const net::ServerTls>> server_tls(const ExperimentFlags& flags,
                                                         const experiment::Experiment& experiment) {
  if (auto mistake = contradiction(flags, experiment)) {
    return *std::move(mistake);
  }
  if (!experiment.upstream.tls) {
    return std::shared_ptr<const net::ServerTls>();
  }
  if (flags.cert) {
    return given_tls(flags);
  }
  auto made = std::make_shared<const net::ServerTls>();
  if (flags.tls_ca_out) {
    OutputFile("--tls-ca-out", *flags.tls_ca_out).write(made->authority());
  }
  return made;
}

std::optional<Error> take_trust(const ExperimentFlags& flags, net::Target& target) {
  if (flags.insecure && flags.cacert) {
    return Error{"--insecure takes any certificate, whatever --cacert names", "give one"};
  }
  if (!target.tls && (flags.insecure || flags.cacert)) {
    return Error{std::string(flags.insecure ? "--insecure" : "--cacert") +
                     " is for certificates, and '" + target.origin() + "/' has none",
                 "write https://" + target.authority() + target.path + ", or leave it out"};
  }
  if (target.tls) {
    target.tls = {.anyone = flags.insecure, .ca_file = flags.cacert.value_or("")};
  }
  return std::nullopt;
}

}  // namespace tripcurve::cli

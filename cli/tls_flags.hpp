// The flags of a server that speaks TLS, and of a proxy whose service does.
#pragma once

#include <memory>
#include <optional>

#include "cli/experiment_flags.hpp"
#include "experiment/experiment.hpp"
#include "net/client.hpp"
#include "net/tls/server_tls.hpp"

namespace tripcurve::cli {

// --tls-ca-out, and of a server alone --cert and --key. --tls itself is of add_upstream_flags().
enum class TlsServer { of_run, alone };
void add_tls_flags(CLI::App& command, ExperimentFlags& flags, TlsServer which);

// What the upstream of `experiment` shows its clients; null where it speaks plain HTTP. Writes
// --tls-ca-out. An Error when flags contradict each other, or the experiment, or when a file is not
// what it should be.
[[nodiscard]] Result<std::shared_ptr<const net::ServerTls>> server_tls(
    const ExperimentFlags& flags, const experiment::Experiment& experiment);

// Gives a target of https whom --cacert and --insecure say to trust.
[[nodiscard]] std::optional<Error> take_trust(const ExperimentFlags& flags, net::Target& target);

}  // namespace tripcurve::cli

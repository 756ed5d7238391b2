// The kinds of faults, a file each. faults/registry.cpp lists them.
#pragma once

#include "faults/fault.hpp"

namespace tripcurve::faults {

[[nodiscard]] const Kind& status_kind();
[[nodiscard]] const Kind& reset_kind();
[[nodiscard]] const Kind& empty_kind();
[[nodiscard]] const Kind& hang_kind();
[[nodiscard]] const Kind& refuse_kind();
[[nodiscard]] const Kind& truncate_kind();
[[nodiscard]] const Kind& malformed_head_kind();
[[nodiscard]] const Kind& malformed_chunk_kind();
[[nodiscard]] const Kind& garbage_kind();
[[nodiscard]] const Kind& header_flood_kind();
[[nodiscard]] const Kind& endless_kind();
[[nodiscard]] const Kind& close_kind();
[[nodiscard]] const Kind& half_close_kind();
[[nodiscard]] const Kind& slow_close_kind();
[[nodiscard]] const Kind& slow_accept_kind();
[[nodiscard]] const Kind& full_backlog_kind();
[[nodiscard]] const Kind& tls_certificate_kind();
[[nodiscard]] const Kind& tls_hang_kind();
[[nodiscard]] const Kind& tls_reset_kind();
[[nodiscard]] const Kind& tls_slow_kind();

}  // namespace tripcurve::faults

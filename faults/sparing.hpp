// What a fault finds to do in the answer that a real service has given, of which nobody knows
// beforehand what it will be: it may be shorter than the fault has it, or no answer in HTTP but the
// beginning of another protocol. A request whose answer leaves a fault nothing to do is spared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "faults/fault.hpp"

namespace tripcurve::faults {

// Whether the answer, whose body has that size (none: nobody knows it yet), comes whole and its
// connection stays usable until after it, although it was to be cut off or to stand still.
[[nodiscard]] bool spares(const Delivery& delivery, std::optional<std::uint64_t> size);

// Whether that holds of a connection that the service has upgraded, such as to a WebSocket: its
// bytes have neither chunks nor an end after which the connection might be kept.
[[nodiscard]] bool spares_upgraded(const Delivery& delivery);

// `course` without what its fault does: its pace alone.
[[nodiscard]] std::shared_ptr<const Course> spared(const Course& course);

// `course` for the bytes of an upgraded connection: how many come, how fast, and how they end.
[[nodiscard]] std::shared_ptr<const Course> for_upgraded(const Course& course);

}  // namespace tripcurve::faults

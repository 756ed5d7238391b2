// Numbers of others, as they published them or as an independent simulation of their models gave
// them.
#pragma once

#include <array>

#include "validate/icsa2020.hpp"

namespace tripcurve::validate {

// By availability, as icsa_availabilities. The paper's are read off its charts, about one of its
// units to and fro, and are themselves simulated; the reference simulated each point 40,000 times.
struct IcsaRow {
  IcsaModel model;
  std::array<double, 6> paper_total;
  std::array<double, 6> total;
  std::array<double, 6> paper_contention;
  std::array<double, 6> contention;
};

inline constexpr std::array icsa_published{
    IcsaRow{{Pattern::simple, "CTO", 2},
            {1156, 975, 847, 748, 672, 616},
            {1161.1, 976.5, 846.1, 747.3, 670.5, 616.5},
            {866, 737, 653, 589, 538, 502},
            {865.7, 742.6, 655.8, 589.9, 538.6, 500.4}},
    IcsaRow{{Pattern::simple, "CTO", 10},
            {1151, 980, 841, 745, 665, 616},
            {1158.0, 974.1, 842.5, 745.1, 668.0, 616.1},
            {991, 831, 712, 619, 552, 501},
            {996.9, 829.8, 709.9, 621.1, 550.2, 500.1}},
    IcsaRow{{Pattern::simple, "CTO", 40},
            {1156, 972, 842, 741, 669, 618},
            {1156.5, 973.6, 842.6, 743.9, 668.1, 615.7},
            {1031, 857, 726, 628, 553, 499},
            {1031.8, 852.9, 724.6, 627.5, 552.1, 499.6}},
    IcsaRow{{Pattern::retry, "MBO", 10},
            {1298, 1123, 981, 875, 780, 689},
            {1305.4, 1117.9, 982.2, 875.7, 779.8, 690.4},
            {626, 588, 560, 535, 524, 498},
            {624.2, 586.4, 559.7, 539.5, 521.9, 499.6}},
    IcsaRow{{Pattern::retry, "MBO", 40},
            {1493, 1272, 1092, 946, 807, 691},
            {1489.7, 1270.5, 1093.8, 939.0, 799.0, 695.5},
            {581, 561, 549, 538, 520, 498},
            {581.0, 563.0, 548.6, 535.9, 521.4, 500.3}},
    IcsaRow{{Pattern::static_breaker, "CBTO", 10},
            {1248, 1076, 932, 829, 736, 643},
            {1256.5, 1071.4, 935.2, 830.3, 735.6, 640.8},
            {605, 579, 557, 537, 525, 499},
            {605.5, 577.3, 556.6, 540.0, 524.3, 499.8}},
    IcsaRow{{Pattern::static_breaker, "CBTO", 40},
            {1581, 1388, 1258, 1129, 957, 709},
            {1577.8, 1393.7, 1254.7, 1134.0, 970.4, 716.9},
            {554, 543, 538, 532, 522, 500},
            {552.0, 543.7, 537.1, 531.5, 522.8, 500.1}},
    IcsaRow{{Pattern::dynamic_breaker, "CBTO", 20},
            {1352, 1140, 1002, 874, 762, 646},
            {1336.9, 1143.4, 997.8, 877.7, 761.3, 646.8},
            {580, 566, 547, 537, 526, 500},
            {579.7, 562.4, 548.9, 537.5, 524.4, 499.5}},
};

// resilience4j 2.4.0 in real time: 1000 breakers with 20 users each, 50 s for each phase. Written
// by tests/recorders/resilience4j-load/measure, kept in tests/golden/measured.
struct MeasuredPhase {
  const char* name;
  int slow_percent;  // of what the service answers; the rest is quick
  int failing_percent;
  // Ends of the calls that began in it.
  double quick, slow, failed, rejected;

  [[nodiscard]] double calls() const { return quick + slow + failed + rejected; }
};

inline constexpr std::array measured_phases{
    MeasuredPhase{"ok", 0, 0, 938409, 0, 0, 0},
    MeasuredPhase{"mixed", 30, 10, 344324, 172096, 57481, 1002},
    MeasuredPhase{"failing", 0, 100, 0, 0, 29086, 954362},
    MeasuredPhase{"recovered", 0, 0, 944681, 0, 0, 32111},
    MeasuredPhase{"slow", 100, 0, 0, 36120, 0, 872280},
    MeasuredPhase{"half-failing", 0, 50, 33120, 0, 32697, 932458},
    MeasuredPhase{"ok-again", 0, 0, 866497, 0, 0, 110419},
    MeasuredPhase{"all-modes", 60, 25, 16907, 67713, 28434, 720602}};

}  // namespace tripcurve::validate

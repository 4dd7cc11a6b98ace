# The house: every room with the rooms it may use, lowest floor first. docs/architecture.md draws it,
# tests/layering checks every #include against it. A room named before the rooms it uses is an error.
berth_room(base)
# The same bits on every machine: no fused multiply and add. Here, in plan and in sim.
target_compile_options(berth_base PRIVATE -ffp-contract=off)

berth_room(cluster    USES base)
berth_room(kube       USES base                            LINKS simdjson::simdjson)

berth_room(core       USES base cluster)
berth_room(device     USES base cluster kube               LINKS simdjson::simdjson)
berth_room(leadership USES base kube)
berth_room(net        USES base                            LINKS OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
berth_room(signing    USES base                            LINKS OpenSSL::Crypto)
berth_room(plan       USES base)
target_compile_options(berth_plan PRIVATE -ffp-contract=off)

berth_room(state      USES base cluster kube device signing)
berth_room(config     USES base cluster core               LINKS yaml-cpp)
berth_room(apiclient  USES base kube net                   LINKS simdjson::simdjson)
berth_room(telemetry  USES base cluster net            LINKS simdjson::simdjson)
berth_room(inventory  USES base cluster kube device        LINKS OpenSSL::Crypto)
berth_room(observe    USES base cluster core               LINKS prometheus-cpp::core spdlog::spdlog)

berth_room(extender   USES base cluster kube device core state observe  LINKS simdjson::simdjson)

berth_room(server     USES base cluster kube net device state extender observe  LINKS nlohmann_json::nlohmann_json)
berth_room(sim        USES base cluster kube device core state extender config)
target_compile_options(berth_sim PRIVATE -ffp-contract=off)

berth_room(app        USES base cluster kube core device leadership net signing state config apiclient telemetry inventory observe extender server sim plan)

set(BERTH_REVISION "unknown" CACHE STRING "Source revision that `berth version` names")
target_compile_definitions(berth_app PRIVATE
  BERTH_VERSION="${PROJECT_VERSION}" BERTH_REVISION="${BERTH_REVISION}"
  BERTH_COMPILER="${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")

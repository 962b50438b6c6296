# One target per parser, and some for sessions. With VUICC_FUZZ each is a libFuzzer program (clang); without, the same target
# is replayed over its corpus in the ordinary test run.

# The fixture's sources, not its library: a build for fuzzing has no unit tests.
set(fuzz_fixture
  ${CMAKE_SOURCE_DIR}/tests/unit/card_fixture.c ${CMAKE_SOURCE_DIR}/tests/unit/mikey_fixture.c)
set(fuzz_equal ${VUICC_AREA_DIR}/equal.c)
set(fuzz_sequence ${VUICC_AREA_DIR}/sequence.c ${fuzz_equal})

function(vuicc_fuzz name)
  cmake_parse_arguments(F "" "" "LIBS" ${ARGN})
  set(target fuzz_${name})
  add_executable(${target} ${VUICC_AREA_DIR}/${target}.c ${F_UNPARSED_ARGUMENTS})
  vuicc_settings(${target})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/card/include)
  target_link_libraries(${target} PRIVATE ${F_LIBS})
  if(VUICC_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    return()
  endif()
  target_sources(${target} PRIVATE ${VUICC_AREA_DIR}/replay.c)
  add_test(NAME fuzz_${name} COMMAND ${target} ${VUICC_AREA_DIR}/corpus/${name})
  set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()

vuicc_fuzz(apdu LIBS vuicc::wire)
vuicc_fuzz(auth LIBS vuicc::wire)
vuicc_fuzz(mikey LIBS vuicc::wire)
vuicc_fuzz(image ${fuzz_fixture} LIBS vuicc::card vuicc::store)
vuicc_fuzz(acl ${fuzz_fixture} LIBS vuicc::card vuicc::store)
vuicc_fuzz(t0 ${fuzz_fixture} ${fuzz_sequence} LIBS vuicc::card vuicc::store)
vuicc_fuzz(card ${fuzz_sequence} ${CMAKE_SOURCE_DIR}/tests/power/state.c LIBS vuicc::perso vuicc::store)
set(wrapped fuzz_t0 fuzz_card)

# What comes from the network.
if(VUICC_HOST)
  vuicc_fuzz(mikey_rx LIBS vuicc::me)
  vuicc_fuzz(http LIBS vuicc::http)
  vuicc_fuzz(url LIBS vuicc::http)
  vuicc_fuzz(digest LIBS vuicc::http)
  vuicc_fuzz(base64 LIBS vuicc::host)
  vuicc_fuzz(xml LIBS vuicc::host)
  vuicc_fuzz(secdesc LIBS vuicc::host)
  vuicc_fuzz(mtk_record LIBS vuicc::media)
  vuicc_fuzz(srtp ${CMAKE_SOURCE_DIR}/tests/unit/srtp_sender.c LIBS vuicc::srtp)
  vuicc_fuzz(testnet ${fuzz_equal} LIBS vuicc::testnet vuicc::http)
  vuicc_fuzz(control LIBS vuicc::testnet)
  vuicc_fuzz(net_config LIBS vuicc::testnet)
  list(APPEND wrapped fuzz_testnet)
endif()

foreach(target ${wrapped})
  target_link_options(${target} PRIVATE -Wl,--wrap=ct_eq)
endforeach()

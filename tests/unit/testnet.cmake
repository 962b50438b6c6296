# The test network without a process, and a UE made by hand of card/crypto.
if(NOT TARGET vuicc_testnet)
  return()
endif()

add_library(net_fixture STATIC ${VUICC_AREA_DIR}/net_fixture.c ${VUICC_AREA_DIR}/../vectors/json.c)
vuicc_settings(net_fixture)
target_include_directories(net_fixture PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_definitions(net_fixture PRIVATE VUICC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(net_fixture PUBLIC vuicc::testnet vuicc::http PkgConfig::SQLITE PkgConfig::CUNIT)

vuicc_test(test_text unit ${VUICC_AREA_DIR}/test_text.c LIBS vuicc::host PkgConfig::SQLITE)
vuicc_test(test_message_log unit ${VUICC_AREA_DIR}/test_message_log.c LIBS vuicc::host)
vuicc_test(test_xml unit ${VUICC_AREA_DIR}/test_xml.c ${VUICC_AREA_DIR}/../vectors/json.c
  LIBS vuicc::host PkgConfig::SQLITE)
vuicc_test(test_secdesc unit ${VUICC_AREA_DIR}/test_secdesc.c LIBS vuicc::host)
vuicc_test(test_lookup unit ${VUICC_AREA_DIR}/test_lookup.c LIBS vuicc::testnet)
vuicc_test(test_bsf unit ${VUICC_AREA_DIR}/test_bsf.c LIBS net_fixture)
vuicc_test(test_ua unit ${VUICC_AREA_DIR}/test_ua.c LIBS net_fixture)
vuicc_test(test_delivery unit ${VUICC_AREA_DIR}/test_delivery.c LIBS net_fixture)
vuicc_test(test_net_config unit ${VUICC_AREA_DIR}/test_net_config.c LIBS net_fixture)
vuicc_test(test_operator unit ${VUICC_AREA_DIR}/test_operator.c LIBS net_fixture)
vuicc_test(test_state unit ${VUICC_AREA_DIR}/test_state.c LIBS net_fixture)
vuicc_test(test_net_fault unit ${VUICC_AREA_DIR}/test_net_fault.c LIBS net_fixture)

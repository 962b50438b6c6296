foreach(part decisions status)
  vuicc_test(test_card_${part} unit ${VUICC_AREA_DIR}/test_card_${part}.c ${VUICC_AREA_DIR}/../vectors/json.c
    LIBS card_fixture PkgConfig::SQLITE)
endforeach()
vuicc_test(test_card_apps unit ${VUICC_AREA_DIR}/test_card_apps.c LIBS card_fixture vuicc::perso)
vuicc_script_test(check_trace unit ${CMAKE_SOURCE_DIR}/tests/check_trace.py)

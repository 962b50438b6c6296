foreach(part decisions)
  vuicc_test(test_card_${part} unit ${VUICC_AREA_DIR}/test_card_${part}.c ${VUICC_AREA_DIR}/../vectors/json.c
    LIBS card_fixture PkgConfig::SQLITE)
endforeach()

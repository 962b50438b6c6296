vuicc_test(test_yamlpos unit ${VUICC_AREA_DIR}/test_yamlpos.c LIBS vuicc::yaml)

if(TARGET vuicc_storm)
  vuicc_test(test_storm unit ${VUICC_AREA_DIR}/test_storm.c LIBS vuicc::storm)
endif()

if(NOT TARGET vuicc_media)
  return()
endif()

vuicc_test(test_mtk_record unit ${VUICC_AREA_DIR}/test_mtk_record.c ${VUICC_AREA_DIR}/../vectors/json.c
  LIBS vuicc::media PkgConfig::SQLITE)
vuicc_test(test_mtk_out unit ${VUICC_AREA_DIR}/test_mtk_out.c LIBS vuicc::media)

vuicc_test(test_store unit ${VUICC_AREA_DIR}/test_store.c LIBS vuicc::store PkgConfig::SQLITE)
vuicc_test(test_profile unit ${VUICC_AREA_DIR}/test_profile.c LIBS vuicc::perso vuicc::store)
vuicc_test(test_profile_keys unit ${VUICC_AREA_DIR}/test_profile_keys.c LIBS vuicc::perso)
vuicc_test(test_profile_card unit ${VUICC_AREA_DIR}/test_profile_card.c LIBS vuicc::perso vuicc::store vuicc::card)

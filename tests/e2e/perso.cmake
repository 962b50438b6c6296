vuicc_script_test(perso_cli e2e ${VUICC_AREA_DIR}/perso_cli.sh)
